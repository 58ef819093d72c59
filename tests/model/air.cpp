#include "model/actors.hpp"
#include "model/gate_calls.hpp"

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

void step_air(const Scene& scene, const Take& take) {
    for (std::size_t i = 0; i < scene.air().records.size(); ++i) {
        auto air = scene.air();
        const auto grant = taken_out(air.records, i);
        take(Act::late_record_lands, who(grant), with_record(scene, air, grant));
    }
    for (std::size_t i = 0; i < scene.air().redriven.size(); ++i) {
        auto air = scene.air();
        const auto grant = taken_out(air.redriven, i);
        air.to_confirm.push_back(grant);
        take(Act::redriven_record_lands, who(grant), with_record(scene, air, grant));
    }
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
        const auto number = static_cast<std::size_t>(taken_out(air.claims, i));
        const auto& applicant = scene.applicant(number);
        Scene after = scene;
        std::ignore = call_claim(after, {applicant.user, "application-" + std::to_string(number), *applicant.round});
        after.set(air);
        take(Act::late_claim_arrives, number, after);
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
