#include "audit/health.hpp"

#include "audit/checking.hpp"

#include <algorithm>

namespace coupon {

namespace {

/// By the gate's own clock. A claim is published within milliseconds, and a worker publishes again what stayed pending for seconds.
void note_old_claims(const Evidence& evidence, std::vector<std::string>& objections) {
    std::optional<Instant> oldest;
    for (const auto& pending : evidence.gate()->outbox)
        oldest = std::min(oldest.value_or(pending.granted_at), pending.granted_at);
    if (!oldest) return;
    const auto age = evidence.gate()->now - *oldest;
    if (age < MotionWatch::longest_standstill) return;
    objections.push_back("a claim has been pending for " + std::to_string(std::chrono::floor<std::chrono::seconds>(age).count()) + " s");
}

/// A user can be told "granted" after the claims were listed; but not more users than the gate granted since.
void note_promises_without_claim(const Evidence& evidence, std::vector<std::string>& objections) {
    std::int64_t without_claim = 0;
    evidence.fates().for_each_unusual([&](const Fate& fate) { without_claim += fate.told_granted && !fate.claim ? 1 : 0; });
    const auto since = evidence.input().motion->after.after.granted - static_cast<std::int64_t>(evidence.gate()->claims.size());
    if (without_claim <= since) return;
    objections.push_back(counted(static_cast<std::size_t>(without_claim), "user") + " told granted have no claim, and only " +
                         std::to_string(std::max<std::int64_t>(0, since)) + " can have been granted since the claims were listed");
}

} // namespace

std::vector<std::string> objections_to_health(const Evidence& evidence) {
    const auto& motion = *evidence.input().motion;
    auto objections = motion.faults;
    if (!motion.goes_forward && objections.empty()) objections.emplace_back("nothing went forward while the event was watched");
    if (evidence.gate() == nullptr) return objections; // "stores" and "round" say why.
    if (!evidence.is_one_epoch()) objections.emplace_back("the gate and the ledger were not in one epoch while the event was read");
    note_old_claims(evidence, objections);
    note_promises_without_claim(evidence, objections);
    return objections;
}

std::int64_t claims_unseen_at_most(const Evidence& evidence) {
    const auto& motion = evidence.input().motion;
    if (!motion) return 0;
    const auto& before = motion->before.after;
    const auto& fields = evidence.gate()->fields;
    const auto granted = fields.granted - before.granted;
    const auto confirmed = fields.published - before.published;
    return std::max<std::int64_t>(0, granted) + std::clamp<std::int64_t>(confirmed, 0, before.outbox);
}

} // namespace coupon
