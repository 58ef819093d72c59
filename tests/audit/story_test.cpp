#include "audit/story.hpp"

#include "audit/finished_event.hpp"

#include <doctest/doctest.h>

#include <functional>

using namespace coupon;

namespace {

constexpr std::int64_t stranger = 777;

std::string everything_in(const Story& story) {
    std::string text = std::string(name_of(story.ending)) + ": " + story.standing + "; " + story.next;
    for (const auto& line : story.lines)
        text += "\n  " + line.place + ": " + line.text;
    return text;
}

void lose_all_but_claim(FinishedEvent& event) {
    event.lose_row(UserId(3));
    event.lose_record(UserId(3));
}

void take_free(FinishedEvent& event) {
    event.forget(UserId(10));
}

/// What happened to a user, and how the story ends.
struct Case {
    const char* what;
    std::int64_t user;
    std::function<void(FinishedEvent&)> spoil;
    Story::Ending ending;
    const char* standing;
    const char* next;
};

const auto nothing = [](FinishedEvent&) {};

} // namespace

TEST_SUITE("audit/story") {
    TEST_CASE("how it stands with one user, and what would have to happen") {
        const auto unread = [](FinishedEvent& e) {
            e.lose_row(UserId(10));
            auto& lag = e.topic().partitions[1];
            lag.committed = lag.high - 1;
        };
        const std::vector<Case> table = {
            {"a winner", 3, nothing, Story::Ending::has_coupon, "has the coupon of slot 3", ""},
            {"too late", 11, nothing, Story::Ending::has_none, "has no claim", "all 10 coupons are taken"},
            {"never there", stranger, nothing, Story::Ending::has_none,
             "no claim, record or coupon in round 4 (and in none of the histories given)", "all 10 coupons are taken"},
            {"never there, without histories", stranger, [](FinishedEvent& e) { e.forget_history(); }, Story::Ending::has_none,
             "no claim, record or coupon in round 4 (a refusal is recorded only in a history, and none was given)",
             "all 10 coupons are taken"},
            {"never there, by the stores but for the topic", stranger, [](FinishedEvent& e) { e.input.topic_log.reset(); },
             Story::Ending::has_none, "no claim or coupon in round 4, and the topic was not read", "all 10 coupons are taken"},
            {"never there, and a slot is free", stranger, take_free, Story::Ending::has_none, "no claim, record or coupon",
             "apply: 1 of 10 coupons are left"},
            {"before it opens", stranger,
             [](FinishedEvent& e) {
                 take_free(e);
                 e.gate().fields.window.opens_at = Instant(Milliseconds(1000));
             },
             Story::Ending::has_none, "no claim, record or coupon", "apply from 1970-01-01T00:00:01.000Z on"},
            {"after it closed", stranger,
             [](FinishedEvent& e) {
                 take_free(e);
                 e.gate().fields.door = GateDoor::closed;
             },
             Story::Ending::has_none, "no claim, record or coupon", "--reopen"},
            {"after its window", stranger,
             [](FinishedEvent& e) {
                 take_free(e);
                 e.gate().fields.door = GateDoor::closed;
                 e.gate().fields.window.closes_at = e.gate().now = Instant(Milliseconds(1000));
             },
             Story::Ending::has_none, "no claim, record or coupon", "none: the round ended at 1970-01-01T00:00:01.000Z"},
            {"pending", 10,
             [](FinishedEvent& e) {
                 e.lose_row(UserId(10));
                 e.lose_record(UserId(10));
                 e.leave_pending(UserId(10), Slot(10));
             },
             Story::Ending::on_its_way, "not known to be on the topic", "publishes it again"},
            {"published and not read", 10, unread, Story::Ending::on_its_way, "record 1@1004 waits", "coupon-consume, which issues it"},
            {"granted, and nothing of it is on the topic", 3, lose_all_but_claim, Story::Ending::broken,
             "promise broken: slot 3 was granted, but no coupon exists, and no record of it is on the topic",
             "run coupon-consume --recover"},
            {"granted, and its record was purged", 3,
             [](FinishedEvent& e) {
                 lose_all_but_claim(e);
                 e.topic().partitions[0].low = 1003;
             },
             Story::Ending::broken, "and records were deleted from the topic: partition 0 begins at 1003, resets purged up to 1000",
             "run coupon-consume --recover"},
            {"granted, and the topic was not read", 3,
             [](FinishedEvent& e) {
                 lose_all_but_claim(e);
                 e.input.topic_log.reset();
                 e.input.unreadable.push_back({FaultKind::unreachable, "cannot connect to kafka", "is it up?"});
             },
             Story::Ending::cannot_tell, "slot 3 is claimed; the topic was not read, so its record may wait there",
             "cannot connect to kafka; is it up?"},
            {"granted, and its record was read without a row", 3, [](FinishedEvent& e) { e.lose_row(UserId(3)); }, Story::Ending::broken,
             "promise broken: slot 3 was granted, but no coupon exists, although record 0@1001 was read", "run coupon-consume --recover"},
            {"granted while the event moves, and nothing of it was seen yet", 3,
             [](FinishedEvent& e) {
                 lose_all_but_claim(e);
                 e.keep_moving();
             },
             Story::Ending::on_its_way, "its record was not seen yet",
             "ask again in a few seconds; if this stays, run coupon-consume --recover"},
            {"granted while the event moves, and its record was read just now", 3,
             [](FinishedEvent& e) {
                 e.lose_row(UserId(3));
                 e.keep_moving();
                 e.not_read_before(UserId(3));
             },
             Story::Ending::on_its_way, "its record was not seen yet", "ask again"},
            {"granted while the event moves, and its record was read long ago", 3,
             [](FinishedEvent& e) {
                 e.lose_row(UserId(3));
                 e.keep_moving();
             },
             Story::Ending::broken, "although record 0@1001 was read", "run coupon-consume --recover"},
            {"told granted, and the gate knows nothing of it", 3,
             [](FinishedEvent& e) {
                 lose_all_but_claim(e);
                 e.forget_claim(UserId(3));
             },
             Story::Ending::on_its_way, "told granted slot 3; the claim is newer than what was read", "ask again"},
            {"a record that failed", 3,
             [](FinishedEvent& e) {
                 e.lose_row(UserId(3));
                 e.fail(e.record_of(UserId(3)).at, "slot 3 belongs to user 999", UserId(3));
             },
             Story::Ending::broken, "promise broken: slot 3 was granted, but the record cannot be issued: slot 3 belongs to user 999",
             "--retry-failed"},
            {"a record that failed, for its claim became void", 3,
             [](FinishedEvent& e) {
                 e.lose_row(UserId(3));
                 e.fail(e.record_of(UserId(3)).at, "slot 3 belongs to user 999", UserId(3));
                 e.ledger().void_claims.push_back({Epoch(2), Slot(3), UserId(3), VoidReason::slot_taken});
             },
             Story::Ending::broken, "promise broken: slot 3 was granted, but the record cannot be issued: slot 3 belongs to user 999",
             "give that user a coupon of a later round"},
            {"a gate of another round", 11, [](FinishedEvent& e) { e.gate().fields.round = Round(3); }, Story::Ending::cannot_tell,
             "the gate holds round 3", "repeat coupon-reset where it did not finish; otherwise run coupon-consume"},
            {"a record that failed of somebody who was promised nothing", 11,
             [](FinishedEvent& e) { e.fail(e.publish(UserId(11), Slot(3), Epoch(1)), "slot 3 belongs to user 3", UserId(11)); },
             Story::Ending::has_none, "the record cannot be issued: slot 3 belongs to user 3", "--retry-failed"},
            {"a record that failed and was dismissed", 3,
             [](FinishedEvent& e) {
                 e.lose_row(UserId(3));
                 e.fail(e.record_of(UserId(3)).at, "slot 3 belongs to user 999", UserId(3)).dismissed_why = "the user was told";
             },
             Story::Ending::broken, "promise broken: slot 3 was granted, but the record cannot be issued: slot 3 belongs to user 999",
             "dismissed it (the user was told): apply in a later round"},
            {"given up", 3,
             [](FinishedEvent& e) {
                 e.lose_row(UserId(3));
                 e.ledger().rounds.back().state = RoundState::abandoned;
                 e.ledger().abandoned.push_back({UserId(3), Slot(3)});
             },
             Story::Ending::has_none, "given up by a forced reset", "later round"},
            {"fenced, and its claim lost", 10,
             [](FinishedEvent& e) {
                 e.lose_row(UserId(10));
                 e.forget_claim(UserId(10));
                 e.forget_told(UserId(10));
                 e.ledger().fences[Round(4)].push_back({Epoch(2), 1, 1004});
                 e.ledger().rounds.back().epoch = Epoch(2);
                 e.gate().fields.epoch = Epoch(2);
             },
             Story::Ending::has_none, "lost with the gate's memory", "apply: 1 of 10"},
            {"without the ledger", 3, [](FinishedEvent& e) { e.input.ledger.reset(); }, Story::Ending::cannot_tell,
             "the ledger was not read", "start the server"},
            {"without the gate", 11, [](FinishedEvent& e) { e.input.gate.reset(); }, Story::Ending::cannot_tell,
             "gate of the round was not read", "start the server"},
            {"a winner without the gate", 3, [](FinishedEvent& e) { e.input.gate.reset(); }, Story::Ending::has_coupon, "slot 3", ""},
            {"a gate that may have forgotten", 11, [](FinishedEvent& e) { e.gate().server.run_id = "run-2"; }, Story::Ending::cannot_tell,
             "not armed", "coupon-consume, which arms the gate"},
            {"purged", 3,
             [](FinishedEvent& e) {
                 e.ledger().rounds.back().state = RoundState::purged;
                 e.ledger().coupons.clear();
             },
             Story::Ending::cannot_tell, "were deleted (coupon-reset --purge-ledger)", "ask a copy of the database from before"},
            {"no round", 3, [](FinishedEvent& e) { e.input.round.reset(); }, Story::Ending::has_none, "has no round", "coupon-reset"},
        };
        for (const auto& row : table) {
            CAPTURE(row.what);
            FinishedEvent event;
            row.spoil(event);
            const auto story = story_of(event.input, CloserLook{UserId(row.user), {}, {}, {}, false});
            CAPTURE(everything_in(story));
            CHECK(story.ending == row.ending);
            CHECK(story.standing.find(row.standing) != std::string::npos);
            CHECK(story.next.find(row.next) != std::string::npos);
            CHECK(story.next.empty() == (story.ending == Story::Ending::has_coupon));
        }
    }

    TEST_CASE("a winner's way is told from the request to the row") {
        FinishedEvent event;
        event.tell(UserId(3), Answer::duplicate, Slot(3));
        auto last = event.history().entries[30];
        last.answer_ns.reset();
        last.invoke_ns = 2'999'999;
        event.history().head.started_at = Instant(Milliseconds(1000));
        event.history().entries.replace(30, last);
        const Claim claim{UserId(3), Slot(3), "00000000000000000000000000000001"};
        const auto story =
            story_of(event.input, {UserId(3), claim, {{{Slot(3), UserId(3)}, Instant{}, Instant(Milliseconds(7))}}, claim, true});
        std::vector<std::string> lines;
        for (const auto& line : story.lines)
            lines.push_back(line.place + ": " + line.text);
        CHECK(lines ==
              std::vector<std::string>{
                  "history: applied at 1970-01-01T00:00:01.000Z, told granted slot 3 published after 0.0 ms (application 3 of a.jsonl)",
                  "history: applied at 1970-01-01T00:00:01.002Z, no answer was written, so the outcome is unknown (application 31 of "
                  "a.jsonl)",
                  "gate: claim of slot 3, application 00000000000000000000000000000001",
                  "topic: record 0@1001, slot 3, epoch 1, granted at 1970-01-01T00:00:00.000Z: issued",
                  "ledger: coupon of slot 3, issued at 1970-01-01T00:00:00.007Z",
              });
    }

    TEST_CASE("told granted without a claim is a broken promise once the gate, asked again, knows of none") {
        FinishedEvent event;
        lose_all_but_claim(event);
        event.forget_claim(UserId(3));
        const auto lost = story_of(event.input, {UserId(3), {}, {}, {}, true});
        CAPTURE(everything_in(lost));
        CHECK(lost.ending == Story::Ending::broken);
        CHECK(lost.standing == "promise broken: was told granted slot 3, but neither claim nor coupon exists");
        CHECK(lost.next.find("a coupon of a later round") != std::string::npos);
        const Claim claim{UserId(3), Slot(3), "00000000000000000000000000000001"};
        CHECK(story_of(event.input, {UserId(3), claim, {}, {}, true}).ending == Story::Ending::on_its_way);
    }

    TEST_CASE("while the event moves, a claim that stood confirmed before anything was read is a broken promise without its record") {
        const auto story_while_pending = [](std::int64_t pending, std::optional<Claim> before) {
            FinishedEvent event;
            lose_all_but_claim(event);
            event.keep_moving().before.after.outbox = pending;
            return story_of(event.input, {UserId(3), {}, {}, std::move(before), false});
        };
        const Claim claim{UserId(3), Slot(3), "00000000000000000000000000000001"};
        CHECK(story_while_pending(0, claim).ending == Story::Ending::broken);
        CHECK(story_while_pending(1, claim).ending == Story::Ending::on_its_way);
        CHECK(story_while_pending(0, std::nullopt).ending == Story::Ending::on_its_way);
        CHECK(story_while_pending(0, Claim{UserId(3), Slot(4), claim.application}).ending == Story::Ending::on_its_way);
    }

    TEST_CASE("a store that was not read is told with what to do, and the story is told once it is read") {
        FinishedEvent event;
        const auto gate = event.input.gate;
        event.input.gate.reset();
        CHECK(story_of(event.input, {UserId(11), {}, {}, {}, false}).next == "start the server, or correct its address, and audit again");
        event.input.unreadable.push_back({FaultKind::unreachable, "cannot read the gate", ""});
        CHECK(story_of(event.input, {UserId(11), {}, {}, {}, false}).next ==
              "cannot read the gate; start the server, or correct its address, and audit again");
        event.input.gate = gate;
        event.input.unreadable.clear();
        CHECK(story_of(event.input, {UserId(11), {}, {}, {}, false}).ending == Story::Ending::has_none);
    }

    TEST_CASE("what is newer than what was read is told once it is read") {
        const auto has_coupon = [](const FinishedEvent& event) {
            return story_of(event.input, {UserId(3), {}, {}, {}, false}).ending == Story::Ending::has_coupon;
        };
        FinishedEvent claimed;
        lose_all_but_claim(claimed);
        claimed.forget_claim(UserId(3));
        CHECK(story_of(claimed.input, {UserId(3), {}, {}, {}, false}).next == "ask again in a few seconds");
        FinishedEvent published;
        lose_all_but_claim(published);
        published.keep_moving();
        CHECK(story_of(published.input, {UserId(3), {}, {}, {}, false}).next ==
              "ask again in a few seconds; if this stays, run coupon-consume --recover: it lists what was lost, and with --yes it repairs "
              "it");
        CHECK(has_coupon(FinishedEvent()));
    }

    TEST_CASE("a store that was not read is told with its reason") {
        FinishedEvent event;
        event.input.topic_log.reset();
        event.input.unreadable.push_back({FaultKind::unreachable, "cannot connect to kafka at 127.0.0.1:1", ""});
        const auto story = story_of(event.input, {UserId(3), {}, {}, {}, false});
        CAPTURE(everything_in(story));
        CHECK(everything_in(story).find("stores: cannot connect to kafka at 127.0.0.1:1") != std::string::npos);
        CHECK(everything_in(story).find("topic: it was not read") != std::string::npos);
        CHECK(everything_in(story).find("no record") == std::string::npos);
    }

    TEST_CASE("an older round is told from ledger and history alone") {
        FinishedEvent event;
        event.input.is_older_round = true;
        event.input.gate.reset();
        event.input.topic_log.reset();
        CHECK(story_of(event.input, {UserId(3), {}, {}, {}, false}).ending == Story::Ending::has_coupon);
        const auto late = story_of(event.input, {UserId(11), {}, {}, {}, false});
        CHECK(late.ending == Story::Ending::has_none);
        CHECK(late.lines.size() == 2);
        CHECK(late.next == "apply in a later round");
        event.lose_row(UserId(3));
        const auto broken = story_of(event.input, {UserId(3), {}, {}, {}, false});
        CHECK(broken.ending == Story::Ending::broken);
        CHECK(broken.standing == "promise broken: was told granted slot 3, but has no coupon of round 4");
    }
}
