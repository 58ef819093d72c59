#include "audit/finding_groups.hpp"

#include <algorithm>
#include <iterator>

namespace coupon {

namespace {

constexpr std::size_t users_shown = 20;

using Users = std::vector<UserId>;

Users united(const Users& some, const Users& others) {
    Users all;
    std::ranges::set_union(some, others, std::back_inserter(all));
    return all;
}

/// A group in the making: everybody it names.
struct Gathered {
    FindingGroup group;
    Users users;
    std::vector<const Finding*> findings;
};

std::vector<Gathered> gather(const std::vector<Check>& checks, Weight weight) {
    std::vector<Gathered> all;
    for (const auto& check : checks) {
        for (const auto& finding : check.findings) {
            if (finding.weight != weight) continue;
            auto found = std::ranges::find_if(all, [&](const Gathered& one) { return one.group.hint == finding.hint; });
            if (found == all.end()) found = all.insert(all.end(), Gathered{{weight, finding.hint, {}, {}, 0, 0}, {}, {}});
            found->group.members.push_back({check.id, finding.name, finding.users_total});
            found->users = united(found->users, finding.users);
            found->findings.push_back(&finding);
        }
    }
    return all;
}

/// A user's trail as the first finding that shows it tells it.
const Trail* trail_in(const std::vector<const Finding*>& findings, UserId user) {
    for (const auto* finding : findings) {
        const auto trail = std::ranges::find(finding->trails, user, &Trail::user);
        if (trail != finding->trails.end()) return &*trail;
    }
    return nullptr;
}

} // namespace

std::vector<FindingGroup> group_findings(const std::vector<Check>& checks) {
    std::vector<FindingGroup> groups;
    Users named;
    for (const auto weight : {Weight::violated, Weight::cannot_tell, Weight::not_yet, Weight::mention}) {
        for (auto& gathered : gather(checks, weight)) {
            auto& group = gathered.group;
            Users fresh;
            std::ranges::set_difference(gathered.users, named, std::back_inserter(fresh));
            group.users_total = static_cast<std::int64_t>(gathered.users.size());
            group.new_users = static_cast<std::int64_t>(fresh.size());
            for (const auto user : fresh) {
                if (group.trails.size() == users_shown) break;
                if (const auto* trail = trail_in(gathered.findings, user)) group.trails.push_back(*trail);
            }
            named = united(named, gathered.users);
            groups.push_back(std::move(group));
        }
    }
    return groups;
}

} // namespace coupon
