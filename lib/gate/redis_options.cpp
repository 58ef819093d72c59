#include "gate/redis_gate.hpp"

namespace coupon {

std::string RedisOptions::address() const {
    return "redis://" + host + ":" + std::to_string(port) + "/" + std::to_string(database);
}

} // namespace coupon
