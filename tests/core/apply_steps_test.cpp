#include "core/apply_steps.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

TEST_SUITE_BEGIN("core/apply_steps");

using namespace coupon;

namespace {

const Grant slot_3{Round(1), Epoch(1), Slot(3), UserId(7), {}};

/// One thing that happens to an application.
using Event = std::function<void(Applying&)>;

Event claim_says(ClaimReply::Kind kind, ClaimState state = ClaimState::pending, ClosedReason reason = ClosedReason::by_operator) {
    return [=](Applying& way) { way.on_claim(ClaimReply{kind, slot_3, state, reason}); };
}
Event claim_fails(FaultKind kind) {
    return [=](Applying& way) { way.on_claim(Fault{kind, "why", ""}); };
}
Event confirm_says(ConfirmReply reply) {
    return [=](Applying& way) { way.on_confirm(reply); };
}
Event confirm_fails(FaultKind kind) {
    return [=](Applying& way) { way.on_confirm(Fault{kind, "why", ""}); };
}

const auto granted = claim_says(ClaimReply::Kind::granted);
const auto granted_confirmed = claim_says(ClaimReply::Kind::granted, ClaimState::confirmed);
const auto duplicate = claim_says(ClaimReply::Kind::duplicate);
const auto duplicate_confirmed = claim_says(ClaimReply::Kind::duplicate, ClaimState::confirmed);
const Event duplicate_of_slot_4 = [](Applying& way) {
    auto slot_4 = slot_3;
    slot_4.slot = Slot(4);
    way.on_claim(ClaimReply{ClaimReply::Kind::duplicate, slot_4, ClaimState::confirmed, {}});
};
const auto sold_out = claim_says(ClaimReply::Kind::sold_out);
const auto closed = claim_says(ClaimReply::Kind::closed);
const auto round_over = claim_says(ClaimReply::Kind::closed, ClaimState::pending, ClosedReason::round_over);
const Event delivered = [](Applying& way) { way.on_delivery(Done{}); };
const Event not_delivered = [](Applying& way) { way.on_delivery(Fault{FaultKind::unknown, "timed out", ""}); };
const auto confirmed = confirm_says(ConfirmReply::confirmed);
const auto gone = confirm_says(ConfirmReply::gone);
const Event time_is_up = [](Applying& way) { way.on_deadline("time is up"); };

/// Where an application stands, in words: the step, or what was told.
std::string words_of(const Applying& way) {
    switch (way.step()) {
    case ApplyStep::claim: return "claim";
    case ApplyStep::claim_later: return "claim later";
    case ApplyStep::publish: return "publish " + way.grant().slot.text();
    case ApplyStep::confirm: return "confirm " + way.grant().slot.text();
    case ApplyStep::confirm_later: return "confirm later";
    case ApplyStep::tell: break;
    }
    const auto& told = way.told();
    std::string text = name_of(told.answer);
    if (told.slot) text += " " + told.slot->text();
    if (told.level) text += std::string(" ") + name_of(*told.level);
    if (!told.reason.empty()) text += " (" + told.reason + ")";
    return text;
}

} // namespace

TEST_CASE("every answer leads to the next step or to what the user is told") {
    struct Row {
        const char* what;
        std::vector<Event> events;
        const char* stands;
    };
    const std::vector<Row> rows{
        {"nothing yet", {}, "claim"},
        // The way that goes well.
        {"granted", {granted}, "publish 3"},
        {"published", {granted, delivered}, "confirm 3"},
        {"confirmed", {granted, delivered, confirmed}, "granted 3 published"},
        {"granted and confirmed before", {granted_confirmed}, "granted 3 published"},
        // Somebody else's claim, or our own of another application.
        {"duplicate", {duplicate_confirmed}, "duplicate 3 published"},
        {"duplicate still pending is published too", {duplicate}, "publish 3"},
        {"duplicate published and confirmed", {duplicate, delivered, confirmed}, "duplicate 3 published"},
        {"duplicate not published", {duplicate, not_delivered}, "duplicate 3 claimed (not published: timed out)"},
        // Definite no.
        {"sold out", {sold_out}, "sold_out"},
        {"closed", {closed}, "closed (by_operator)"},
        // No effect: ask again later, until time is up.
        {"unreachable", {claim_fails(FaultKind::unreachable)}, "claim later"},
        {"refused", {claim_fails(FaultKind::refused)}, "claim later"},
        {"not armed", {claim_fails(FaultKind::not_armed)}, "claim later"},
        {"the gate was lost", {claim_fails(FaultKind::missing)}, "claim later"},
        {"the gate stays lost", {claim_fails(FaultKind::missing), time_is_up}, "error (time is up)"},
        {"the gate was lost, then made again", {claim_fails(FaultKind::missing), granted}, "publish 3"},
        {"unreachable to the end", {claim_fails(FaultKind::unreachable), time_is_up}, "error (time is up)"},
        {"unreachable, then granted", {claim_fails(FaultKind::unreachable), granted}, "publish 3"},
        {"denied", {claim_fails(FaultKind::denied)}, "error (why)"},
        {"corrupt", {claim_fails(FaultKind::corrupt)}, "error (why)"},
        // Unknown is never turned into "no": only granted, duplicate or sold out settles it.
        {"unknown", {claim_fails(FaultKind::unknown)}, "claim later"},
        {"unknown to the end", {claim_fails(FaultKind::unknown), time_is_up}, "unknown (time is up)"},
        {"unknown, then unreachable to the end",
         {claim_fails(FaultKind::unknown), claim_fails(FaultKind::unreachable), time_is_up},
         "unknown (time is up)"},
        {"unknown, then closed", {claim_fails(FaultKind::unknown), closed}, "unknown (no reply, then closed: by_operator)"},
        {"unknown, then round over", {claim_fails(FaultKind::unknown), round_over}, "unknown (no reply, then closed: round_over)"},
        {"unknown, then no gate", {claim_fails(FaultKind::unknown), claim_fails(FaultKind::missing), time_is_up}, "unknown (time is up)"},
        {"unknown, then denied", {claim_fails(FaultKind::unknown), claim_fails(FaultKind::denied)}, "unknown (why)"},
        {"unknown, then sold out", {claim_fails(FaultKind::unknown), sold_out}, "sold_out"},
        {"unknown, then granted", {claim_fails(FaultKind::unknown), granted, delivered, confirmed}, "granted 3 published"},
        {"unknown, then duplicate", {claim_fails(FaultKind::unknown), duplicate_confirmed}, "duplicate 3 published"},
        // A claim is never taken back.
        {"not published", {granted, not_delivered}, "pending 3 claimed (not published: timed out)"},
        {"time up before it was published", {granted, time_is_up}, "pending 3 claimed (time is up)"},
        {"time up before it was confirmed", {granted, delivered, time_is_up}, "pending 3 published (time is up)"},
        {"confirm unanswered", {granted, delivered, confirm_fails(FaultKind::unknown)}, "confirm later"},
        {"confirm not armed", {granted, delivered, confirm_fails(FaultKind::not_armed)}, "confirm later"},
        {"confirm refused, then confirmed", {granted, delivered, confirm_fails(FaultKind::refused), confirmed}, "granted 3 published"},
        {"confirm unreachable to the end",
         {granted, delivered, confirm_fails(FaultKind::unreachable), time_is_up},
         "pending 3 published (time is up)"},
        {"confirm without a gate", {granted, delivered, confirm_fails(FaultKind::missing)}, "confirm later"},
        {"confirm corrupt", {granted, delivered, confirm_fails(FaultKind::corrupt)}, "pending 3 published (not confirmed: why)"},
        {"confirm after the round", {granted, delivered, confirm_says(ConfirmReply::round_over)}, "pending 3 published (round_over)"},
        // Gone: start again.
        {"gone", {granted, delivered, gone}, "claim"},
        {"gone, then granted again", {granted, delivered, gone, granted, delivered, confirmed}, "granted 3 published"},
        {"gone, then sold out", {granted, delivered, gone, sold_out}, "sold_out"},
        {"gone, then closed", {granted, delivered, gone, closed}, "pending 3 claimed (by_operator)"},
        {"gone, then no gate", {granted, delivered, gone, claim_fails(FaultKind::missing), time_is_up}, "pending 3 claimed (time is up)"},
        {"gone, then put back by arming", {granted, delivered, gone, duplicate_confirmed}, "confirm 3"},
        {"gone, put back and confirmed", {granted, delivered, gone, duplicate_confirmed, confirmed}, "granted 3 published"},
        {"gone, put back, gone once more, sold out", {granted, delivered, gone, duplicate_confirmed, gone, sold_out}, "sold_out"},
        {"gone, then another slot of another application", {granted, delivered, gone, duplicate_of_slot_4}, "duplicate 4 published"},
        // What was told stays told.
        {"told once", {sold_out, granted, delivered, confirmed, time_is_up}, "sold_out"},
        {"told granted", {granted_confirmed, closed, not_delivered, gone, time_is_up}, "granted 3 published"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        Applying way{UserId(7)};
        for (const auto& event : row.events)
            event(way);
        CHECK(words_of(way) == row.stands);
        if (way.step() == ApplyStep::tell) CHECK(way.told().user == UserId(7));
    }
}

TEST_CASE("the fault behind an answer is kept") {
    Applying way{UserId(7)};
    CHECK_FALSE(way.cause());
    claim_fails(FaultKind::denied)(way);
    REQUIRE(way.cause());
    CHECK(way.cause()->kind == FaultKind::denied);
}

TEST_CASE("an answer that a fault decides tells its hint as well") {
    Applying way{UserId(7)};
    way.on_claim(Fault{FaultKind::corrupt, "it contradicts itself", "make it again"});
    CHECK(way.told().reason == "it contradicts itself; make it again");
    Applying back{UserId(7)};
    granted(back);
    delivered(back);
    confirm_says(ConfirmReply::went_back)(back);
    CHECK(back.told().reason == "the gate went back in time: it forgot what it had granted; a running coupon-consume arms it again");
}

TEST_SUITE_END();
