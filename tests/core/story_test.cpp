#include "core/story.hpp"

#include "finished_event.hpp"

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

TEST_SUITE("core/story") {
    TEST_CASE("how it stands with one user, and what would have to happen") {
        const auto unread = [](FinishedEvent& e) {
            e.lose_row(UserId(10));
            auto& lag = e.topic().partitions[1];
            lag.committed = lag.high - 1;
        };
        const std::vector<Case> table = {
            {"a winner", 3, nothing, Story::Ending::has_coupon, "has the coupon of slot 3", ""},
            {"too late", 11, nothing, Story::Ending::has_none, "has no claim", "all 10 slots are taken"},
            {"never there", stranger, nothing, Story::Ending::has_none, "was never seen in this round", "all 10 slots are taken"},
            {"never there, and a slot is free", stranger, take_free, Story::Ending::has_none, "was never seen",
             "apply: 1 of 10 slots are free"},
            {"before it opens", stranger,
             [](FinishedEvent& e) {
                 take_free(e);
                 e.gate().fields.window.opens_at = Instant(Milliseconds(1000));
             },
             Story::Ending::has_none, "was never seen", "apply from 1970-01-01T00:00:01.000Z on"},
            {"after it closed", stranger,
             [](FinishedEvent& e) {
                 take_free(e);
                 e.gate().fields.door = GateDoor::closed;
             },
             Story::Ending::has_none, "was never seen", "--reopen"},
            {"pending", 10,
             [](FinishedEvent& e) {
                 e.lose_row(UserId(10));
                 e.lose_record(UserId(10));
                 e.leave_pending(UserId(10), Slot(10));
             },
             Story::Ending::on_its_way, "not known to be on the topic", "publishes it again"},
            {"published and not read", 10, unread, Story::Ending::on_its_way, "record 1@1004 waits", "coupon-consume issues it"},
            {"claimed, and its record was purged", 3,
             [](FinishedEvent& e) {
                 e.lose_row(UserId(3));
                 e.lose_record(UserId(3));
             },
             Story::Ending::on_its_way, "slot 3 is claimed, and no record", "publishes it again"},
            {"claimed, and its record was read without a row", 3, [](FinishedEvent& e) { e.lose_row(UserId(3)); },
             Story::Ending::on_its_way, "slot 3 is claimed, and no record", "publishes it again"},
            {"a record that failed", 3,
             [](FinishedEvent& e) {
                 e.lose_row(UserId(3));
                 e.fail(e.record_of(UserId(3)).at, "slot 3 belongs to user 999", UserId(3));
             },
             Story::Ending::has_none, "slot 3 belongs to user 999", "--retry-failed"},
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
                 e.ledger().fences[Round(4)].push_back({Epoch(2), 1, 1004});
                 e.ledger().rounds.back().epoch = Epoch(2);
                 e.gate().fields.epoch = Epoch(2);
             },
             Story::Ending::has_none, "lost with the gate's memory", "apply: 1 of 10"},
            {"without the ledger", 3, [](FinishedEvent& e) { e.input.ledger.reset(); }, Story::Ending::cannot_tell,
             "the ledger was not read", "all three stores"},
            {"without the gate", 11, [](FinishedEvent& e) { e.input.gate.reset(); }, Story::Ending::cannot_tell,
             "gate of the round was not read", "all three stores"},
            {"a winner without the gate", 3, [](FinishedEvent& e) { e.input.gate.reset(); }, Story::Ending::has_coupon, "slot 3", ""},
            {"a gate that may have forgotten", 11, [](FinishedEvent& e) { e.gate().server.run_id = "run-2"; }, Story::Ending::cannot_tell,
             "not armed", "arms it"},
            {"purged", 3,
             [](FinishedEvent& e) {
                 e.ledger().rounds.back().state = RoundState::purged;
                 e.ledger().coupons.clear();
             },
             Story::Ending::cannot_tell, "were purged", "before"},
            {"no round", 3, [](FinishedEvent& e) { e.input.round.reset(); }, Story::Ending::has_none, "has no round", "coupon-reset"},
        };
        for (const auto& row : table) {
            CAPTURE(row.what);
            FinishedEvent event;
            row.spoil(event);
            const auto story = story_of(event.input, CloserLook{UserId(row.user), {}, {}});
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
        event.history().entries.replace(30, last);
        const Claim claim{UserId(3), Slot(3), "00000000000000000000000000000001"};
        const auto story = story_of(event.input, {UserId(3), claim, {{{Slot(3), UserId(3)}, Instant{}, Instant(Milliseconds(7))}}});
        std::vector<std::string> lines;
        for (const auto& line : story.lines)
            lines.push_back(line.place + ": " + line.text);
        CHECK(lines == std::vector<std::string>{
                           "history: application 3 of a.jsonl, 0.0 ms after its first: told granted slot 3 published after 0.0 ms",
                           "history: application 31 of a.jsonl, 0.0 ms after its first: no answer was written, so the outcome is unknown",
                           "gate: claim of slot 3, application 00000000000000000000000000000001",
                           "topic: record 0@1001, slot 3, epoch 1, granted at 1970-01-01T00:00:00.000Z: issued",
                           "ledger: coupon of slot 3, issued at 1970-01-01T00:00:00.007Z",
                       });
    }

    TEST_CASE("an older round is told from ledger and history alone") {
        FinishedEvent event;
        event.input.is_older_round = true;
        event.input.gate.reset();
        event.input.topic_log.reset();
        CHECK(story_of(event.input, {UserId(3), {}, {}}).ending == Story::Ending::has_coupon);
        const auto late = story_of(event.input, {UserId(11), {}, {}});
        CHECK(late.ending == Story::Ending::has_none);
        CHECK(late.lines.size() == 2);
        CHECK(late.next == "apply in a later round");
    }
}
