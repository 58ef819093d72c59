#pragma once

#include "audit/reconcile.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace coupon {

/// Findings of one weight that ask for the same thing to be done.
struct FindingGroup {
    /// One of them, with its check. Users as the finding counts them.
    struct Member {
        std::string check;
        std::string name;
        std::int64_t users_total = 0;
    };

    Weight weight = Weight::mention;
    std::string hint;
    std::vector<Member> members;
    std::vector<Trail> trails;    ///< the first 20 users that no group before this one names, ascending
    std::int64_t users_total = 0; ///< distinct users, those that a group before names, too
    std::int64_t new_users = 0;   ///< those that no group before names
};

/// The findings of all checks, the gravest first and otherwise in the order of the checks. Each hint comes once for each weight, each user
/// is shown once.
[[nodiscard]] std::vector<FindingGroup> group_findings(const std::vector<Check>& checks);

} // namespace coupon
