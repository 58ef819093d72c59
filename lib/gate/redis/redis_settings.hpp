#pragma once

#include "core/server_settings.hpp"
#include "gate/redis/gate_layout.hpp"
#include "gate/redis/redis_caller.hpp"

namespace coupon {

/// Asks for everything a preflight judges, in four calls. Faults: those of the caller, but for a CONFIG GET that is refused.
[[nodiscard]] Result<GateSettings> read_gate_settings(RedisCaller& caller, const RedisOptions& options, const GateKeys& keys,
                                                      Deadline deadline);

} // namespace coupon
