#include "model/actors.hpp"
#include "model/gate_calls.hpp"

#include <algorithm>

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
        Scene after = scene;
        const auto claims_before = scene.gate().memory ? scene.gate().memory->claims.size() : 0;
        std::ignore = call_claim(after, {late.user, "application-" + std::to_string(late.number), late.round});
        if (after.gate().memory && after.gate().memory->claims.size() > claims_before) after.note(Situation::reply_lost_after_claim);
        after.set(air);
        if (after.bounds().goes_back && after.gate().went_back) {
            auto doubted = after.applicant(static_cast<std::size_t>(late.number));
            doubted.late_in_doubt = true;
            after.set(static_cast<std::size_t>(late.number), doubted);
        }
        take(Act::late_claim_arrives, static_cast<std::size_t>(late.number), after);
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
