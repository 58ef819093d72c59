#include "flow/apply/apply.hpp"

#include "fakes/fake_gate.hpp"
#include "fakes/fake_topic.hpp"
#include "fakes/fake_world.hpp"

#include <doctest/doctest.h>

#include <climits>
#include <deque>

using namespace coupon;

TEST_SUITE_BEGIN("flow/apply");

namespace {

constexpr Milliseconds timeout{5000};

/// An open event of some limit, and an engine before it.
struct Event {
    explicit Event(std::int64_t limit) {
        NewGate fresh{Round(1), Limit(limit), {}, "token"};
        REQUIRE(create(gate.memory, fresh, gate.server));
        REQUIRE(open_and_arm(gate.memory, {Round(1), "token"}, gate.server, gate.server));
    }

    /// Polls until everything is told, moving the clock.
    std::vector<Finished> run() {
        std::vector<Finished> finished;
        for (int i = 0; i < 10'000 && engine.in_flight() > 0; ++i) {
            engine.poll(finished, Milliseconds(100));
            world.advance(Milliseconds(10));
        }
        REQUIRE(engine.in_flight() == 0);
        return finished;
    }
    Told one(std::int64_t user) {
        engine.start(++last_id, UserId(user));
        const auto finished = run();
        REQUIRE(finished.size() == 1);
        return finished.front().told;
    }

    FakeGate gate;
    FakeBroker broker;
    FakePublisher publisher{broker};
    FakeWorld world;
    ApplyEngine engine{gate, publisher, world, "coupon", Round(1), {}, timeout};
    std::uint64_t last_id = 0;
};

std::int64_t records_on(const FakeBroker& broker) {
    std::int64_t count = 0;
    for (const auto& partition : broker.partitions)
        count += static_cast<std::int64_t>(partition.records.size());
    return count;
}

} // namespace

TEST_CASE("a winner is told granted only after its record is on the topic and the claim is confirmed") {
    Event event(2);
    const auto told = event.one(7);
    CHECK(told.answer == Answer::granted);
    CHECK(told.slot == Slot(1));
    CHECK(told.level == Level::published);
    CHECK(records_on(event.broker) == 1);
    CHECK(event.gate.memory->outbox.empty());
    CHECK(event.gate.memory->fields.published == 1);
}

TEST_CASE("users after the last slot are sold out, the same user is a duplicate that names the slot") {
    Event event(1);
    CHECK(event.one(7).answer == Answer::granted);
    CHECK(event.one(8).answer == Answer::sold_out);
    const auto again = event.one(7);
    CHECK(again.answer == Answer::duplicate);
    CHECK(again.slot == Slot(1));
    CHECK(records_on(event.broker) == 1);
}

TEST_CASE("a slot that was given to somebody else before shows that the gate went back: pending, not published, and an alarm") {
    Event event(5);
    std::vector<Grant> alarms;
    event.engine.on_went_back([&](const Grant& grant) { alarms.push_back(grant); });
    CHECK(event.one(7).answer == Answer::granted);
    const auto before = event.gate.memory;
    CHECK(event.one(8).answer == Answer::granted);
    event.gate.memory = before;
    const auto records = records_on(event.broker);
    const auto told = event.one(9);
    CHECK(told.answer == Answer::pending);
    CHECK(told.reason.find("went back in time") != std::string::npos);
    CHECK(records_on(event.broker) == records);
    REQUIRE(alarms.size() == 1);
    CHECK(alarms.front().user == UserId(9));
    CHECK(alarms.front().slot == Slot(2));
}

TEST_CASE("a confirm that the gate knows nothing of is not told granted, though the record is on the topic") {
    Event event(5);
    int alarms = 0;
    event.engine.on_went_back([&](const Grant&) { ++alarms; });
    const auto before = event.gate.memory;
    event.engine.start(1, UserId(7));
    std::vector<Finished> finished;
    event.engine.poll(finished, Milliseconds(0)); // claimed, and its record handed over
    REQUIRE(event.gate.memory->claims.size() == 1);
    event.gate.memory = before;
    finished = event.run();
    REQUIRE(finished.size() == 1);
    CHECK(finished.front().told.answer == Answer::pending);
    CHECK(alarms == 1);
    CHECK_FALSE(is_armed(event.gate.memory->fields, event.gate.server));
}

TEST_CASE("an arming that fills holes below pending claims is not taken for a gate that went back") {
    Event event(5);
    int alarms = 0;
    event.engine.on_went_back([&](const Grant&) { ++alarms; });
    CHECK(event.one(7).answer == Answer::granted);
    event.gate.meet(GateTrouble::reply_lost, 1);
    event.engine.start(++event.last_id, UserId(8));
    std::vector<Finished> finished;
    event.engine.poll(finished, Milliseconds(0)); // user 8 has slot 2, and the answer was lost
    auto& memory = *event.gate.memory;
    memory.claims.erase(UserId(7)); // the gate lost user 7 in a restart, and is armed again with a hole
    memory.fields.granted = 1;
    memory.fields.published = 0;
    memory.fields.epoch = Epoch(2);
    memory.fields.free = SlotRanges::holes_in({Slot(2)});
    memory.outbox.at(UserId(8)).epoch = Epoch(2);
    finished = event.run();
    REQUIRE(finished.size() == 1);
    CHECK(finished.front().told.answer == Answer::granted);
    CHECK(finished.front().told.slot == Slot(2));
    CHECK(event.one(9).slot == Slot(1));
    CHECK(alarms == 0);
}

TEST_CASE("a claim whose answer was lost is asked for again and gets the same slot") {
    Event event(2);
    event.gate.meet(GateTrouble::reply_lost, 1);
    const auto told = event.one(7);
    CHECK(told.answer == Answer::granted);
    CHECK(told.slot == Slot(1));
    CHECK(event.gate.memory->claims.size() == 1);
}

TEST_CASE("a confirm whose answer was lost is asked for again") {
    Event event(2);
    event.broker.meet(DeliveryTrouble::silent);
    event.engine.start(1, UserId(7));
    std::vector<Finished> finished;
    event.engine.poll(finished, Milliseconds(0)); // claimed, and with the publisher
    event.gate.meet(GateTrouble::reply_lost, 1);  // the confirm
    event.broker.meet(DeliveryTrouble::none);
    finished = event.run();
    REQUIRE(finished.size() == 1);
    CHECK(finished.front().told.answer == Answer::granted);
}

TEST_CASE("a claim that could not be published stays in the outbox and is told pending") {
    for (const auto trouble : {DeliveryTrouble::refused, DeliveryTrouble::record_lost, DeliveryTrouble::report_lost}) {
        Event event(2);
        event.broker.meet(trouble);
        const auto told = event.one(7);
        CHECK(told.answer == Answer::pending);
        CHECK(told.slot == Slot(1));
        CHECK(told.level == Level::claimed);
        CHECK(event.gate.memory->claims.size() == 1);
        CHECK(event.gate.memory->outbox.size() == 1);
    }
}

TEST_CASE("a duplicate of a pending claim publishes it too") {
    Event event(2);
    event.broker.meet(DeliveryTrouble::refused, 1);
    CHECK(event.one(7).answer == Answer::pending);
    const auto again = event.one(7);
    CHECK(again.answer == Answer::duplicate);
    CHECK(again.level == Level::published);
    CHECK(event.gate.memory->outbox.empty());
    CHECK(records_on(event.broker) == 1);
}

TEST_CASE("without any reply the answer is unknown, never no") {
    Event event(2);
    event.gate.meet(GateTrouble::reply_lost);
    const auto told = event.one(7);
    CHECK(told.answer == Answer::unknown);
    CHECK_FALSE(told.slot);
}

TEST_CASE("a claim that is still with the gate when its time is up is unknown, and may land later") {
    Event event(2);
    event.gate.meet(GateTrouble::silent);
    CHECK(event.one(7).answer == Answer::unknown);
    event.gate.meet(GateTrouble::none);
    std::vector<Finished> finished;
    event.engine.start(++event.last_id, UserId(8));
    finished = event.run();
    CHECK(finished.size() == 1);
    CHECK(event.gate.memory->claims.size() == 2);
}

TEST_CASE("a gate that cannot be reached, or refuses, is an error that certainly had no effect") {
    for (const auto trouble : {GateTrouble::unreachable, GateTrouble::refused}) {
        Event event(2);
        event.gate.meet(trouble);
        CHECK(event.one(7).answer == Answer::error);
        CHECK(event.gate.memory->claims.empty());
    }
}

TEST_CASE("closed settles nothing: an unanswered claim stays unknown when the gate closes meanwhile") {
    Event event(2);
    event.gate.meet(GateTrouble::reply_lost, 1);
    event.engine.start(1, UserId(7));
    std::vector<Finished> finished;
    event.engine.poll(finished, Milliseconds(0));
    REQUIRE(finished.empty());
    event.gate.memory->claims.clear(); // whatever became of the claim, the gate does not show it
    event.gate.memory->outbox.clear();
    event.gate.memory->fields.granted = 0;
    event.gate.memory->fields.door = GateDoor::closed;
    finished = event.run();
    REQUIRE(finished.size() == 1);
    CHECK(finished.front().told.answer == Answer::unknown);
}

TEST_CASE("a closed gate says closed with its reason, a later round says round_over") {
    Event event(2);
    event.gate.memory->fields.door = GateDoor::closed;
    auto told = event.one(7);
    CHECK(told.answer == Answer::closed);
    CHECK(told.reason == "by_operator");
    event.gate.memory->fields.round = Round(2);
    told = event.one(8);
    CHECK(told.answer == Answer::closed);
    CHECK(told.reason == "round_over");
}

TEST_CASE("a claim the gate lost before it was confirmed is asked for again from the start") {
    Event event(2);
    event.broker.meet(DeliveryTrouble::silent);
    event.engine.start(1, UserId(7));
    std::vector<Finished> finished;
    event.engine.poll(finished, Milliseconds(0));
    REQUIRE(finished.empty());
    // The gate forgets everything and is armed again, in a new epoch.
    event.gate.memory->claims.clear();
    event.gate.memory->outbox.clear();
    event.gate.memory->fields.granted = 0;
    event.gate.memory->fields.epoch = Epoch(2);
    event.broker.meet(DeliveryTrouble::none);
    finished = event.run();
    REQUIRE(finished.size() == 1);
    CHECK(finished.front().told.answer == Answer::granted);
    CHECK(event.gate.memory->claims.size() == 1);
    CHECK(event.gate.memory->fields.published == 1);
    CHECK(records_on(event.broker) == 2); // the first one is of epoch 1
}

TEST_CASE("a thousand applications in flight are each told once, and exactly the limit is granted") {
    Event event(100);
    for (std::uint64_t id = 1; id <= 1000; ++id)
        event.engine.start(id, UserId(static_cast<std::int64_t>(id)));
    const auto finished = event.run();
    CHECK(finished.size() == 1000);
    AnswerCounts counts;
    for (const auto& one : finished)
        counts.add(one.told.answer);
    CHECK(counts.of(Answer::granted) == 100);
    CHECK(counts.of(Answer::sold_out) == 900);
    CHECK(records_on(event.broker) == 100);
}

TEST_CASE("a server is silent only when it was asked and says nothing for a whole timeout") {
    Event event(2);
    event.gate.meet(GateTrouble::reply_lost);
    event.engine.start(1, UserId(7));
    CHECK_FALSE(event.engine.silent_server());
    std::ignore = event.run();
    CHECK(event.engine.silent_server() == ApplyServer::redis);
    event.gate.meet(GateTrouble::refused); // a word of the server, though not the one wanted
    event.engine.start(2, UserId(8));
    std::ignore = event.run();
    CHECK_FALSE(event.engine.silent_server());
}

TEST_CASE("apply() reports bad lines by their number and goes on with the others") {
    Event event(10);
    std::deque<NextUser> input{UserId(1), BadLine{2, "x"}, NoUserYet{}, UserId(3), UserId(1)};
    const auto next = [&]() -> NextUser {
        if (input.empty()) return NoMoreUsers{};
        auto one = input.front();
        input.pop_front();
        return one;
    };
    std::vector<Told> told;
    std::vector<BadLine> bad;
    const auto report = apply(
        event.engine, event.world, 1, next, [&](const Told& one) { told.push_back(one); },
        [&](const BadLine& line) { bad.push_back(line); }, nullptr);
    REQUIRE(told.size() == 3);
    CHECK(told[0].answer == Answer::granted);
    CHECK(told[1].user == UserId(3));
    CHECK(told[2].answer == Answer::duplicate);
    REQUIRE(bad.size() == 1);
    CHECK(bad[0].number == 2);
    CHECK(report.bad_lines == 1);
    CHECK(report.counts.of(Answer::granted) == 2);
    CHECK_FALSE(report.interrupted);
}

TEST_CASE("apply() stops starting applications when no server answers any more, and counts only what was sent") {
    Event event(10);
    event.gate.meet(GateTrouble::unreachable);
    std::int64_t asked = 0;
    event.world.on_pause = nullptr;
    const auto report = apply(
        event.engine, event.world, 4, [&]() -> NextUser { return UserId(++asked); }, [](const Told&) {}, [](const BadLine&) {}, nullptr);
    CHECK(report.silent == ApplyServer::redis);
    CHECK(report.counts.of(Answer::error) == asked);
    CHECK(asked == 4);
    CHECK(report.worst_cause == FaultKind::unreachable);
}

TEST_CASE("no further claim is sent once the topic refused a record because a right is missing") {
    Event event(100);
    event.broker.broker = BrokerTrouble::denied;
    std::int64_t next = 0;
    std::vector<Told> told;
    const auto report = apply(
        event.engine, event.world, 4, [&]() -> NextUser { return ++next <= 50 ? NextUser(UserId(next)) : NoMoreUsers{}; },
        [&](const Told& one) { told.push_back(one); }, [](const BadLine&) {}, nullptr);
    REQUIRE(report.refused);
    CHECK(report.refused->kind == FaultKind::denied);
    CHECK(event.gate.memory->claims.size() == 4);
    CHECK(report.counts.of(Answer::pending) == 4);
    CHECK(report.counts.total() == 4);
    CHECK(told.front().reason.find("refuses the login") != std::string::npos);
}

TEST_CASE("a claim that waits for its retry is not sent once the topic refused a record") {
    Event event(100);
    event.broker.broker = BrokerTrouble::denied;
    event.gate.meet(GateTrouble::unreachable, 1);
    std::vector<Finished> none;
    event.engine.start(1, UserId(1));
    event.engine.poll(none, Milliseconds(0)); // it meets the trouble, and waits
    REQUIRE(none.empty());
    event.engine.start(2, UserId(2));
    const auto finished = event.run();
    REQUIRE(finished.size() == 2);
    CHECK(event.gate.memory->claims.size() == 1);
    for (const auto& one : finished)
        CHECK(one.told.answer == (one.id == 2 ? Answer::pending : Answer::error));
}

TEST_CASE("apply() stops starting applications on a signal and lets those in flight finish") {
    Event event(10);
    std::int64_t asked = 0;
    const auto next = [&]() -> NextUser {
        if (asked == 3) event.world.stop();
        return UserId(++asked);
    };
    const auto report = apply(
        event.engine, event.world, 1, next, [](const Told&) {}, [](const BadLine&) {}, nullptr);
    CHECK(report.interrupted);
    CHECK(report.counts.of(Answer::granted) == asked);
}

namespace {

/// Keeps what was written.
class FakeHistory final : public HistorySink {
public:
    Status write(std::string_view lines, const HistoryCounts& of) override {
        if (lines_left == 0) return Fault{FaultKind::refused, "the disk is full", ""};
        --lines_left;
        text += lines;
        held.applications += of.applications;
        held.answers += of.answers;
        return Done{};
    }
    std::string text;
    HistoryCounts held;
    int lines_left = INT_MAX; ///< calls that succeed before the disk is full
};

} // namespace

TEST_CASE("where the history cannot be written no more users are applied for, and what is in flight is told") {
    for (const int lines : {2, 3, 4}) {
        CAPTURE(lines);
        Event event(10);
        FakeHistory history;
        history.lines_left = lines;
        std::int64_t asked = 0;
        std::vector<std::int64_t> told;
        const auto report = apply(
            event.engine, event.world, 1, [&]() -> NextUser { return UserId(++asked); },
            [&](const Told& one) { told.push_back(one.user.value()); }, [](const BadLine&) {}, &history);
        REQUIRE(report.history_fault);
        CHECK(report.history_fault->message == "the disk is full");
        CHECK_FALSE(report.interrupted);
        // Without its invoke line, the second or third line of a user, no application is sent.
        CHECK(told.size() == (lines == 2 ? 1 : 2));
        CHECK(report.counts.of(Answer::granted) == static_cast<std::int64_t>(told.size()));
    }
}

TEST_CASE("users that cannot be read any further end the run with what was told so far") {
    Event event(10);
    std::deque<NextUser> input{UserId(1), Fault{FaultKind::usage, "cannot read the users from stdin: Input/output error", ""}};
    const auto next = [&]() -> NextUser {
        const auto user = input.front();
        input.pop_front();
        return user;
    };
    const auto report = apply(
        event.engine, event.world, 4, next, [](const Told&) {}, [](const BadLine&) {}, nullptr);
    CHECK(report.counts.of(Answer::granted) == 1);
    REQUIRE(report.input_fault);
    CHECK(report.input_fault->message.find("stdin") != std::string::npos);
}

TEST_CASE("the history has the invoke line before the application is sent, and the answer after") {
    Event event(1);
    FakeHistory history;
    std::int64_t asked = 0;
    bool invoked_first = false;
    const auto next = [&]() -> NextUser {
        if (asked == 1) return NoMoreUsers{};
        return UserId(++asked);
    };
    const auto report = apply(
        event.engine, event.world, 1, next,
        [&](const Told&) { invoked_first = history.text.find("invoke_ns") < history.text.find("answer_ns"); }, [](const BadLine&) {},
        &history);
    CHECK(report.counts.of(Answer::granted) == 1);
    CHECK(invoked_first);
    CHECK(history.held == HistoryCounts{1, 1});
    CHECK(history.text.find("\"answer\":\"granted\",\"slot\":1,\"level\":\"published\"") != std::string::npos);
}

TEST_SUITE_END();
