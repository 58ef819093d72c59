#pragma once

#include "cli/command_line.hpp"
#include "cli/timeout_options.hpp"
#include "gate/redis_gate.hpp"

namespace coupon {

/// --redis, --redis-password-file
void add_redis_options(CommandLine& line, RedisOptions& options, const TimeoutOptions& timeout);

} // namespace coupon
