#pragma once

#include "cli/command_line.hpp"
#include "cli/timeout_options.hpp"
#include "gate/redis_gate.hpp"

namespace coupon {

/// --redis, --redis-password-file. `warn` is told where the password leaves this machine, for it goes in clear text.
void add_redis_options(CommandLine& line, RedisOptions& options, const TimeoutOptions& timeout,
                       std::function<void(const std::string&)> warn);

} // namespace coupon
