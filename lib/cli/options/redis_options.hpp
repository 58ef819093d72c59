#pragma once

#include "cli/command_line.hpp"
#include "cli/options/timeout_options.hpp"
#include "gate/redis/redis_gate.hpp"

namespace coupon {

/// --redis, --redis-password-file. `warn` is told where the password leaves this machine, for it goes in clear text.
void add_redis_options(CommandLine& line, RedisOptions& options, const TimeoutOptions& timeout,
                       std::function<void(const std::string&)> warn);

/// The server at an address that the ledger lists, with the login of these options. usage where the address means another server on this
/// host, or is none.
[[nodiscard]] Result<RedisOptions> at_listed_address(const RedisOptions& options, const std::string& address);

} // namespace coupon
