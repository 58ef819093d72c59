#include "model/actors.hpp"
#include "model/gate_calls.hpp"

#include <algorithm>
#include <span>

namespace coupon::model {

namespace {

std::size_t who(const Grant& grant) {
    return static_cast<std::size_t>(grant.user.value());
}

template <class Entry>
Entry taken_out(std::vector<Entry>& entries, std::size_t i) {
    Entry entry = entries[i];
    entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(i));
    return entry;
}

Scene with_record(const Scene& scene, const Air& air, const Grant& grant) {
    Scene after = scene;
    auto topic = scene.topic();
    topic.append(grant);
    after.set(topic);
    after.set(air);
    return after;
}

/// The claims arrive as one step, and nobody waits for the reply any more.
Scene with_claims(const Scene& scene, const Air& air, std::span<const LateClaim> late, Situation if_granted) {
    std::vector<Application> applications;
    for (const auto& one : late)
        applications.push_back({one.user, "application-" + std::to_string(one.number), one.round});
    Scene after = scene;
    const auto claims_before = scene.gate().memory ? scene.gate().memory->claims.size() : 0;
    std::ignore = call_claims(after, applications);
    if (after.gate().memory && after.gate().memory->claims.size() > claims_before) after.note(if_granted);
    after.set(air);
    for (const auto& one : late) {
        if (!after.bounds().goes_back || !after.gate().went_back) break;
        auto doubted = after.applicant(static_cast<std::size_t>(one.number));
        doubted.late_in_doubt = true;
        after.set(static_cast<std::size_t>(one.number), doubted);
    }
    return after;
}

} // namespace

void step_records(const Scene& scene, const Take& take) {
    for (std::size_t i = 0; i < scene.air().records.size(); ++i) {
        auto air = scene.air();
        const auto grant = taken_out(air.records, i);
        take(Act::late_record_lands, who(grant), with_record(scene, air, grant));
    }
    for (std::size_t i = 0; i < scene.air().redriven.size(); ++i) {
        auto air = scene.air();
        const auto grant = taken_out(air.redriven, i);
        air.to_confirm.push_back(grant);
        std::sort(air.to_confirm.begin(), air.to_confirm.end(), is_before);
        take(Act::redriven_record_lands, who(grant), with_record(scene, air, grant));
    }
}

void step_requests(const Scene& scene, const Take& take) {
    for (std::size_t i = 0; i < scene.air().to_confirm.size(); ++i) {
        auto air = scene.air();
        const auto grant = taken_out(air.to_confirm, i);
        Scene after = scene;
        std::ignore = call_confirm(after, grant);
        after.set(air);
        take(Act::redriven_record_confirmed, who(grant), after);
    }
    for (std::size_t i = 0; i < scene.air().claims.size(); ++i) {
        auto air = scene.air();
        const auto late = taken_out(air.claims, i);
        take(Act::late_claim_arrives, static_cast<std::size_t>(late.number),
             with_claims(scene, air, std::span(&late, 1), Situation::reply_lost_after_claim));
    }
    for (std::size_t i = 0; i < scene.air().together.size(); ++i) {
        auto air = scene.air();
        const auto both = taken_out(air.together, i);
        take(Act::late_claims_arrive, static_cast<std::size_t>(both[0].number),
             with_claims(scene, air, both, Situation::replies_lost_after_claims_together));
    }
    for (std::size_t i = 0; i < scene.air().confirms.size(); ++i) {
        auto air = scene.air();
        const auto grant = taken_out(air.confirms, i);
        Scene after = scene;
        std::ignore = call_confirm(after, grant);
        after.set(air);
        take(Act::late_confirm_arrives, who(grant), after);
    }
}

} // namespace coupon::model
