#pragma once

#include "gate/redis/redis_faults.hpp"

#include <string_view>

namespace coupon {

/// One Lua script of the gate and the SHA1 of its text, by which EVALSHA names it.
struct GateScript {
    std::string_view text;
    std::string_view sha;
    Effect effect = Effect::possible; ///< none: it is flagged no-writes
};

} // namespace coupon
