#include "model/actors.hpp"
#include "model/gate_calls.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

namespace coupon::model {

namespace {

Fault no_reply() {
    return {FaultKind::unknown, "no reply", {}};
}

/// A pause is nothing but time, which the explorer needs no step for.
void skip_pause(Applicant& applicant) {
    applicant.way.on_pause_over();
}

/// Writes the application back, and notes what it was told.
void set(Scene& after, std::size_t i, const Applicant& applicant) {
    after.set(i, applicant);
    if (!applicant.is_told()) return;
    if (after.bounds().goes_back && after.gate().went_back && !after.applicant(i).in_doubt) {
        auto doubted = applicant;
        doubted.in_doubt = true;
        after.set(i, doubted);
    }
    const auto answer = applicant.way.told().answer;
    if (answer == Answer::granted) after.note(Situation::told_granted);
    if (answer == Answer::sold_out) after.note(Situation::told_sold_out);
    if (answer == Answer::closed) after.note(Situation::told_closed);
}

/// Applications that differ in nothing but their user are alike as long as none has come: no rule knows a user but as equal or not equal to
/// another. Exchanging two of them all the way through a run gives a run of equal length with the same violation, so whoever comes first
/// may as well be the first of the list. With several partitions the users differ in where their records go.
bool is_ordered(const Bounds& bounds) {
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
    if (scene.does_order_count()) applicant.told_before = told_now(scene);
    return applicant;
}

Application request_of(const Applicant& applicant, std::size_t i) {
    return {applicant.user, "application-" + std::to_string(i), *applicant.round};
}

LateClaim late_claim_of(const Applicant& applicant, std::size_t i) {
    return {static_cast<std::int64_t>(i), applicant.user, *applicant.round};
}

/// They apply at the other gate.
bool is_stray(const Scene& scene, std::size_t i) {
    return i + static_cast<std::size_t>(scene.bounds().strays) >= scene.applicants();
}

/// flow/apply/apply_engine.cpp, proceed: the claim is sent.
void note_sent(const Scene& scene, Applicant& applicant) {
    if (!scene.bounds().goes_back) return;
    if (applicant.claims_sent == 0) applicant.sent = scene.apply_program().order().mark();
    applicant.claims_sent = std::min(applicant.claims_sent + 1, 2);
}

/// The same, on_claim: whether the gate can have given this without having gone back.
bool is_in_order(Scene& after, const Applicant& applicant, const Result<ClaimReply>& reply) {
    if (!after.bounds().goes_back || !reply || reply->kind != ClaimReply::Kind::granted) return true;
    auto program = after.apply_program();
    const ApplyProgram::Heard heard{reply->grant, applicant.sent, applicant.claims_sent == 1};
    const bool is_right = program.order().is_in_order(heard.grant, heard.sent, heard.is_fresh);
    program.heard.push_back(heard);
    if (!is_right) program.alarm = reply->grant;
    if (!is_right && after.has_bug(Bug::order_is_ignored)) return true;
    after.set(program);
    return is_right;
}

/// What the gate answers to the application, and what it makes of it.
void hear_claim(Scene& after, Applicant& applicant, const Result<ClaimReply>& reply) {
    const bool is_over = reply && reply->kind == ClaimReply::Kind::closed && reply->reason == ClosedReason::round_over;
    if (is_over && after.has_bug(Bug::round_over_is_no)) applicant.way = Applying(applicant.user);
    if (is_in_order(after, applicant, reply)) {
        applicant.way.on_claim(reply);
    } else {
        applicant.way.on_went_back(reply->grant);
    }
    if (is_over && applicant.is_told() && applicant.way.told().answer == Answer::unknown) after.note(Situation::round_over_after_no_reply);
    skip_pause(applicant);
    if (applicant.is_told() && applicant.way.told().answer == Answer::sold_out) applicant.sold_out_in = after.gate().memory->fields.epoch;
    if (applicant.way.step() != ApplyStep::publish) return;
    applicant.landed = false;
    if (after.has_bug(Bug::granted_before_publish)) {
        applicant.way.on_delivery(Done{});
        applicant.way.on_confirm(ConfirmReply::confirmed);
    }
}

/// A claim of this application, sent without a reply, may arrive yet.
bool is_on_its_way(const Scene& scene, std::size_t i) {
    const auto is_own = [&](const LateClaim& late) { return late.number == static_cast<std::int64_t>(i); };
    const auto& [alone, together] = std::tie(scene.air().claims, scene.air().together);
    return std::any_of(alone.begin(), alone.end(), is_own) ||
           std::any_of(together.begin(), together.end(), [&](const auto& both) { return std::any_of(both.begin(), both.end(), is_own); });
}

/// The application has sent its claim in `scene`, and no reply comes.
void hear_nothing(const Scene& scene, Scene& after, std::size_t i) {
    auto applicant = started(scene, i);
    note_sent(scene, applicant);
    if (!scene.has_bug(Bug::unknown_forgotten)) applicant.way.on_claim(no_reply());
    skip_pause(applicant);
    set(after, i, applicant);
}

/// Who may wait for the gate together with application i, on one connection to one gate.
bool may_go_together(const Scene& begun, std::size_t i, std::size_t j) {
    const auto& other = begun.applicant(j);
    if (i == j || other.way.step() != ApplyStep::claim || is_stray(begun, i) != is_stray(begun, j)) return false;
    return other.round ? other.round == begun.applicant(i).round : may_start(begun, j);
}

/// Application j's claim is decided as one step with that of application i, after it.
void claim_together_with(const Scene& begun, std::size_t i, std::size_t j, const Take& take) {
    std::array<Applicant, 2> both{started(begun, i), started(begun, j)};
    if (both[0].round != both[1].round) return;
    Scene after = begun;
    for (auto& one : both)
        note_sent(begun, one);
    const auto claims_before = begun.gate().memory ? begun.gate().memory->claims.size() : 0;
    const auto replies = call_claims(after, {request_of(both[0], i), request_of(both[1], j)});
    if (after.gate().memory && after.gate().memory->claims.size() > claims_before) after.note(Situation::claims_together);
    for (const auto& [at, number] : {std::pair(std::size_t{0}, i), std::pair(std::size_t{1}, j)}) {
        hear_claim(after, both.at(at), replies[at]);
        set(after, number, both.at(at));
    }
    take(Act::claims_together, i, after);

    if (!begun.has_left(Left::delayed_requests) || is_on_its_way(begun, i) || is_on_its_way(begun, j)) return;
    Scene delayed = begun;
    delayed.use(Left::delayed_requests);
    hear_nothing(begun, delayed, i);
    hear_nothing(begun, delayed, j);
    auto air = begun.air();
    air.together.push_back({late_claim_of(both[0], i), late_claim_of(both[1], j)});
    std::sort(air.together.begin(), air.together.end());
    delayed.set(air);
    take(Act::claims_together_without_reply, i, delayed);
}

void step_claims_together(const Scene& scene, std::size_t i, const Take& take) {
    if (!scene.bounds().together || scene.applicants() < 2) return;
    Scene begun = scene;
    begun.set(i, started(scene, i));
    for (std::size_t j = 0; j < scene.applicants(); ++j) {
        if (may_go_together(begun, i, j)) claim_together_with(begun, i, j, take);
    }
}

void step_claim(const Scene& scene, std::size_t i, const Take& take) {
    auto applicant = started(scene, i);
    Scene after = scene;
    if (scene.has_bug(Bug::claim_in_two_steps) && !applicant.checked)
        applicant.checked = slot_to_be_granted(scene, request_of(applicant, i));
    if (scene.has_bug(Bug::claim_in_two_steps) && applicant.checked && applicant.checked != scene.applicant(i).checked) {
        after.set(i, applicant);
        take(Act::claim_checks, i, after);
        return;
    }
    note_sent(scene, applicant);
    const auto reply = applicant.checked ? call_claim_of(after, request_of(applicant, i), *applicant.checked)
                                         : call_claim(after, request_of(applicant, i));
    applicant.checked.reset();
    hear_claim(after, applicant, reply);
    set(after, i, applicant);
    take(Act::claim, i, after);

    if (!scene.has_left(Left::delayed_requests) || is_on_its_way(scene, i)) return;
    Scene delayed = scene;
    delayed.use(Left::delayed_requests);
    hear_nothing(scene, delayed, i);
    applicant = started(scene, i);
    auto air = scene.air();
    air.claims.push_back(late_claim_of(applicant, i));
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
    if (scene.has_bug(Bug::release_on_unknown)) {
        Scene released = scene;
        release(released, applicant.way.grant());
        auto taken_back = applicant;
        taken_back.way = Applying(applicant.user);
        taken_back.way.on_deadline("not published in time");
        set(released, i, taken_back);
        take(Act::claim_is_taken_back, i, released);
    }
    applicant.way.on_delivery(Done{});
    applicant.landed = false;
    if (scene.has_bug(Bug::granted_before_confirm)) applicant.way.on_confirm(ConfirmReply::confirmed);
    set(after, i, applicant);
    take(Act::report_arrives, i, after);
}

void step_confirm(const Scene& scene, std::size_t i, const Take& take) {
    Scene after = scene;
    auto applicant = scene.applicant(i);
    applicant.way.on_confirm(call_confirm(after, applicant.way.grant()));
    skip_pause(applicant);
    set(after, i, applicant);
    take(Act::confirm, i, after);

    if (!scene.has_left(Left::delayed_requests)) return;
    Scene delayed = scene;
    delayed.use(Left::delayed_requests);
    applicant = scene.applicant(i);
    auto air = scene.air();
    air.confirms.push_back(applicant.way.grant());
    std::sort(air.confirms.begin(), air.confirms.end(), is_before);
    delayed.set(air);
    applicant.way.on_confirm(no_reply());
    skip_pause(applicant);
    set(delayed, i, applicant);
    take(Act::confirm_without_reply, i, delayed);
}

} // namespace

void step_applicant(const Scene& scene, std::size_t i, const Take& take) {
    const auto& applicant = scene.applicant(i);
    if (!applicant.round) {
        if (!may_start(scene, i)) return;
        // A reset may come between reading the round and the first claim.
        Scene after = scene;
        after.set(i, started(scene, i));
        take(Act::application_starts, i, after);
        return;
    }
    switch (applicant.way.step()) {
    case ApplyStep::claim:
        step_claim(scene, i, take);
        step_claims_together(scene, i, take);
        break;
    case ApplyStep::publish: step_publish(scene, i, take); break;
    case ApplyStep::confirm: step_confirm(scene, i, take); break;
    case ApplyStep::claim_later:
    case ApplyStep::confirm_later:
    case ApplyStep::tell: break;
    }
}

} // namespace coupon::model
