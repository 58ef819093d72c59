#include "gate/redis/redis_gate.hpp"

#include <hiredis/hiredis.h>

namespace coupon {

std::string redis_client_version() {
    return "hiredis " + std::to_string(HIREDIS_MAJOR) + "." + std::to_string(HIREDIS_MINOR) + "." + std::to_string(HIREDIS_PATCH);
}

} // namespace coupon
