#pragma once

#include "core/least_rights.hpp"
#include "gate/redis/gate_layout.hpp"
#include "gate/redis/redis_caller.hpp"

#include <span>
#include <vector>

namespace coupon {

/// The rights that an account lacks.
struct LackingRights {
    std::vector<GateRight> rights;
    bool are_all = true; ///< false: the account may run no script, so that its other rights are unknown
};

/// The rights of `wanted` that the login lacks. Asks the server and runs none of the commands.
[[nodiscard]] Result<LackingRights> lacking_rights(RedisCaller& caller, const GateKeys& keys, std::span<const GateRight> wanted,
                                                   Deadline deadline);

/// denied unless the login has all rights of `account`. The message names every missing right, the hint the rules that grant them.
[[nodiscard]] Status check_rights(RedisCaller& caller, const RedisOptions& options, const GateKeys& keys, Account account,
                                  Deadline deadline);

} // namespace coupon
