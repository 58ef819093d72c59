#include "flow/dry_run.hpp"

#include "core/escape.hpp"
#include "core/gate_faults.hpp"
#include "core/topic_binding.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace coupon {

namespace {

/// The gate that the applications of a dry run would find and change.
class Rehearsal {
public:
    explicit Rehearsal(const GateSummary& seen)
        : fields_(seen.fields), sizes_{seen.claims, seen.outbox}, server_(seen.server), now_(seen.now) {}

    WouldBe apply(std::optional<UserId> named, const std::optional<Claim>& held) {
        const auto user = named.value_or(UserId());
        const auto left = fields_.limit.value() - fields_.granted;
        const auto granted = granted_.find(user);
        const Claim* claim = granted != granted_.end() ? &granted->second : held ? &*held : nullptr;
        // No application has an empty name, so that a claim is always somebody else's.
        const Application application{user, {}, fields_.round};
        auto reply = decide(fields_, sizes_, {claim, nullptr}, application, server_, now_);
        if (reply && reply->kind == ClaimReply::Kind::granted) {
            granted_[user] = {user, take_slot(fields_), std::string(restored_application)};
            ++sizes_.claims;
            ++sizes_.outbox;
        }
        return {named, std::move(reply), left};
    }

private:
    GateFields fields_;
    GateSizes sizes_;
    ServerIdentity server_;
    Instant now_;
    std::map<UserId, Claim> granted_;
};

} // namespace

Result<DryRun> dry_run(GateReader& gate, std::span<const UserId> users, Deadline deadline) {
    const auto seen = gate.summary(deadline);
    if (!seen) return seen.fault();
    if (!seen->defects.empty())
        return Fault{FaultKind::corrupt, "the gate contradicts itself: " + seen->defects.front(), rebuild_gate_hint};
    DryRun run{seen->fields, {}};
    Rehearsal rehearsal(*seen);
    for (const auto user : users) {
        const auto held = gate.claim_of(user, deadline);
        if (!held) return held.fault();
        run.users.push_back(rehearsal.apply(user, *held));
    }
    if (users.empty()) run.users.push_back(rehearsal.apply(std::nullopt, std::nullopt));
    return run;
}

Status check_topic(TopicLog& topic, const TopicOfRound& wanted, Deadline deadline) {
    const auto& [name, has_open_round] = wanted;
    const auto told = topic.settings(deadline);
    if (!told) return told.fault();
    if (!told->exists())
        return Fault{FaultKind::missing,
                     "topic " + escape(name) + (has_open_round ? " is gone: it does not exist" : " does not exist") + " at kafka at " +
                         escape(told->address),
                     missing_topic_hint(has_open_round)};
    const bool is_led =
        std::all_of(told->partitions.begin(), told->partitions.end(), [](const auto& one) { return one.leader.has_value(); });
    if (is_led) return Done{};
    return Fault{FaultKind::unreachable, "topic " + escape(name) + " has a partition without a leader", "start the brokers that are down"};
}

} // namespace coupon
