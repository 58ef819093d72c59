#include "model/actors.hpp"
#include "model/gate_calls.hpp"

#include <algorithm>
#include <set>

namespace coupon::model {

namespace {

Fault no_reply() {
    return {FaultKind::unknown, "no reply", {}};
}

/// A pause is nothing but time, which the explorer needs no step for.
void skip_pause(Applicant& applicant) {
    applicant.way.on_pause_over();
}

bool is_ordered(const Bounds& bounds) {
    // Applications that differ in nothing but their user are alike: whoever comes first may as well be the first of the list.
    const std::set<std::int64_t> distinct(bounds.users.begin(), bounds.users.end());
    return bounds.partitions == 1 && (distinct.size() == bounds.users.size() || distinct.size() == 1);
}

bool may_start(const Scene& scene, std::size_t i) {
    if (!scene.gate().memory) return false;
    return i == 0 || !is_ordered(scene.bounds()) || scene.applicant(i - 1).round;
}

std::int64_t told_now(const Scene& scene) {
    std::int64_t bits = 0;
    for (std::size_t i = 0; i < scene.applicants(); ++i) {
        if (scene.applicant(i).is_told()) bits |= std::int64_t{1} << i;
    }
    return bits;
}

/// The round is read, and who was told before is noted where the order of coming counts: within one epoch.
Applicant started(const Scene& scene, std::size_t i) {
    auto applicant = scene.applicant(i);
    if (applicant.round) return applicant;
    applicant.round = scene.gate().memory->fields.round;
    if (scene.bounds().losses == 0 && scene.bounds().resets == 0) applicant.told_before = told_now(scene);
    return applicant;
}

Application request_of(const Applicant& applicant, std::size_t i) {
    return {applicant.user, "application-" + std::to_string(i), *applicant.round};
}

void after_claim(const Scene& scene, Applicant& applicant) {
    skip_pause(applicant);
    if (applicant.way.step() != ApplyStep::publish) return;
    applicant.landed = false;
    if (scene.is_mutated(Mutation::granted_before_publish)) {
        applicant.way.on_delivery(Done{});
        applicant.way.on_confirm(ConfirmReply::confirmed);
    }
}

void step_claim(const Scene& scene, std::size_t i, const Take& take) {
    auto applicant = started(scene, i);
    Scene after = scene;
    applicant.way.on_claim(call_claim(after, request_of(applicant, i)));
    after_claim(scene, applicant);
    if (applicant.is_told() && applicant.way.told().answer == Answer::sold_out) applicant.sold_out_in = scene.gate().memory->fields.epoch;
    after.set(i, applicant);
    take(Act::claim, i, after);

    const auto& waiting = scene.air().claims;
    const bool is_waiting = std::find(waiting.begin(), waiting.end(), static_cast<std::int64_t>(i)) != waiting.end();
    if (!scene.has_left(Left::delayed_requests) || is_waiting) return;
    Scene delayed = scene;
    delayed.use(Left::delayed_requests);
    applicant = started(scene, i);
    if (!scene.is_mutated(Mutation::unknown_forgotten)) applicant.way.on_claim(no_reply());
    skip_pause(applicant);
    delayed.set(i, applicant);
    auto air = scene.air();
    air.claims.push_back(static_cast<std::int64_t>(i));
    std::sort(air.claims.begin(), air.claims.end());
    delayed.set(air);
    take(Act::claim_without_reply, i, delayed);
}

void step_publish(const Scene& scene, std::size_t i, const Take& take) {
    // Handed to the topic and not on it yet is the same as not handed over yet. A lost report is one that never arrives.
    Scene after = scene;
    auto applicant = scene.applicant(i);
    if (!applicant.landed) {
        auto topic = scene.topic();
        topic.append(applicant.way.grant());
        after.set(topic);
        applicant.landed = true;
        after.set(i, applicant);
        take(Act::record_lands, i, after);
        return;
    }
    applicant.way.on_delivery(Done{});
    applicant.landed = false;
    if (scene.is_mutated(Mutation::granted_before_confirm)) applicant.way.on_confirm(ConfirmReply::confirmed);
    after.set(i, applicant);
    take(Act::report_arrives, i, after);
}

void step_confirm(const Scene& scene, std::size_t i, const Take& take) {
    Scene after = scene;
    auto applicant = scene.applicant(i);
    applicant.way.on_confirm(call_confirm(after, applicant.way.grant()));
    skip_pause(applicant);
    after.set(i, applicant);
    take(Act::confirm, i, after);

    if (!scene.has_left(Left::delayed_requests)) return;
    Scene delayed = scene;
    delayed.use(Left::delayed_requests);
    applicant = scene.applicant(i);
    auto air = scene.air();
    air.confirms.push_back(applicant.way.grant());
    std::sort(air.confirms.begin(), air.confirms.end(), [](const Grant& a, const Grant& b) {
        return std::tie(a.user, a.slot, a.epoch, a.round) < std::tie(b.user, b.slot, b.epoch, b.round);
    });
    delayed.set(air);
    applicant.way.on_confirm(no_reply());
    skip_pause(applicant);
    delayed.set(i, applicant);
    take(Act::confirm_without_reply, i, delayed);
}

} // namespace

void step_applicants(const Scene& scene, const Take& take) {
    for (std::size_t i = 0; i < scene.applicants(); ++i) {
        const auto& applicant = scene.applicant(i);
        if (!applicant.round) {
            if (!may_start(scene, i)) continue;
            if (scene.bounds().resets > 0) {
                // A reset may come between reading the round and the first claim.
                Scene after = scene;
                after.set(i, started(scene, i));
                take(Act::application_starts, i, after);
                continue;
            }
        }
        switch (applicant.way.step()) {
        case ApplyStep::claim: step_claim(scene, i, take); break;
        case ApplyStep::publish: step_publish(scene, i, take); break;
        case ApplyStep::confirm: step_confirm(scene, i, take); break;
        case ApplyStep::claim_later:
        case ApplyStep::confirm_later:
        case ApplyStep::tell: break;
        }
    }
}

} // namespace coupon::model
