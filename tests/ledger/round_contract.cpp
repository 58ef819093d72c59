#include "ledger/ledger_bench.hpp"
#include "preflight/preflight.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace coupon {

namespace {

constexpr const char* mine = BenchEvent::token;
constexpr const char* another_s = "ffffffffffffffffffffffffffffffff";

RoundRow highest(BenchEvent& event) {
    const auto rounds = event.ledger().rounds(soon());
    REQUIRE_MESSAGE(rounds, told(rounds));
    REQUIRE_FALSE(rounds->empty());
    return rounds->back();
}

NewRound following(BenchEvent& event, std::int64_t round) {
    NewRound fresh;
    fresh.row = event.fresh_row(round);
    fresh.previous = highest(event).round;
    return fresh;
}

void check_who_may_insert(LedgerBench& bench, BenchEvent& event) {
    SUBCASE("a new round needs the old one over, mine and the highest") {
        event.open_round(1);
        auto fresh = following(event, 2);
        CHECK(kind_of(event.ledger().insert_round(fresh, soon())) == FaultKind::conflict);
        REQUIRE(event.ledger().close_round(Round(1), another_s, soon()));
        CHECK(kind_of(event.ledger().insert_round(fresh, soon())) == FaultKind::conflict);
        REQUIRE(event.ledger().close_round(Round(1), mine, soon()));
        fresh.previous.reset();
        CHECK(kind_of(event.ledger().insert_round(fresh, soon())) == FaultKind::conflict);
        fresh.previous = Round(1);
        REQUIRE(event.ledger().insert_round(fresh, soon()));
        CHECK(highest(event).round == Round(2));
        CHECK(event.ledger().rounds(soon())->size() == 2);
    }
    SUBCASE("a new round inserted again by its owner is done, by anybody else refused") {
        event.open_round(1);
        REQUIRE(event.ledger().close_round(Round(1), mine, soon()));
        auto fresh = following(event, 2);
        fresh.purge_offsets = {{0, 5}};
        REQUIRE(event.ledger().insert_round(fresh, soon()));
        CHECK(event.ledger().insert_round(fresh, soon()));
        fresh.row.owner = another_s;
        CHECK(kind_of(event.ledger().insert_round(fresh, soon())) == FaultKind::conflict);
        CHECK(*event.ledger().purge_offsets(Round(2), soon()) == std::map<std::int32_t, std::int64_t>{{0, 5}});
        CHECK(event.ledger().rounds(soon())->size() == 2);
    }
    SUBCASE("a key of --once belongs to one round, for each event its own") {
        event.open_round(1);
        REQUIRE(event.ledger().close_round(Round(1), mine, soon()));
        auto fresh = following(event, 2);
        fresh.row.once_key = "2026-12-01";
        REQUIRE(event.ledger().insert_round(fresh, soon()));
        CHECK(event.ledger().insert_round(fresh, soon()));
        CHECK(highest(event) == fresh.row);
        REQUIRE(event.ledger().finish_opening(Round(2), mine, some_home, soon()));
        REQUIRE(event.ledger().close_round(Round(2), mine, soon()));
        auto second = following(event, 3);
        second.row.once_key = "2026-12-01";
        const auto refused = event.ledger().insert_round(second, soon());
        CHECK(kind_of(refused) == FaultKind::conflict);
        CHECK(refused.fault().message == "round 2 of event " + event.name() + " was opened with --once 2026-12-01 already");
        CHECK(event.ledger().rounds(soon())->size() == 2);
        BenchEvent other(bench);
        NewRound first;
        first.row = other.fresh_row(1);
        first.row.once_key = "2026-12-01";
        CHECK(other.ledger().insert_round(first, soon()));
    }
    SUBCASE("a topic belongs to one event") {
        event.open_round(1);
        BenchEvent other(bench, event.topic());
        NewRound fresh;
        fresh.row = other.fresh_row(1);
        const auto refused = other.ledger().insert_round(fresh, soon());
        CHECK(kind_of(refused) == FaultKind::conflict);
        CHECK(refused.fault().message == "topic " + event.topic() + " is bound to event " + event.name() + ", not to " + other.name());
        CHECK(other.ledger().rounds(soon())->empty());
        CHECK(*other.ledger().event_of_topic(soon()) == event.name());
    }
    SUBCASE("a round of another event is not for this ledger") {
        NewRound fresh;
        fresh.row = event.fresh_row(1);
        fresh.row.event = fresh_name("x");
        CHECK(kind_of(event.ledger().insert_round(fresh, soon())) == FaultKind::usage);
    }
}

void check_what_is_kept(LedgerBench& bench, BenchEvent& event) {
    SUBCASE("a forced reset keeps each claim that has no row, once") {
        event.open_round(1);
        CHECK(event.issue(event.records({{1, 1}, {2, 2}})).size() == 2);
        REQUIRE(event.ledger().close_round(Round(1), mine, soon()));
        auto fresh = following(event, 2);
        const auto claim = [](std::int64_t user, std::int64_t slot) { return PendingClaim{UserId(user), Slot(slot), Instant{}, Epoch(1)}; };
        fresh.given_up = {claim(1, 1), claim(3, 3), claim(3, 3), claim(2, 9), claim(4, 3)};
        CHECK(kind_of(event.ledger().insert_round(fresh, soon())) == FaultKind::conflict);
        REQUIRE(event.ledger().abandon_round(Round(1), mine, soon()));
        REQUIRE(event.ledger().insert_round(fresh, soon()));
        const auto seen = event.ledger().snapshot(Round(1), soon());
        REQUIRE(seen);
        std::vector<std::pair<std::int64_t, std::int64_t>> given_up;
        for (const auto& each : seen->abandoned)
            given_up.emplace_back(each.slot.value(), each.user.value());
        CHECK(given_up == std::vector<std::pair<std::int64_t, std::int64_t>>{{3, 3}, {3, 4}, {9, 2}});
    }
    SUBCASE("an epoch is stored with its fences, and only rises") {
        event.open_round(1);
        const auto stored = event.ledger().store_fence(Round(1), Epoch(3), {{0, 10}, {1, 0}}, some_place, soon());
        REQUIRE_MESSAGE(stored, told(stored));
        CHECK(*stored == RoundState::open);
        CHECK(highest(event).epoch == Epoch(3));
        CHECK(kind_of(event.ledger().store_fence(Round(1), Epoch(3), {{0, 20}}, some_place, soon())) == FaultKind::conflict);
        CHECK(kind_of(event.ledger().store_fence(Round(1), Epoch(2), {{0, 20}}, some_place, soon())) == FaultKind::conflict);
        CHECK(kind_of(event.ledger().store_fence(Round(1), Epoch(4), {}, some_place, soon())) == FaultKind::usage);
        REQUIRE(event.ledger().close_round(Round(1), mine, soon()));
        CHECK(*event.ledger().store_fence(Round(1), Epoch(4), {{0, 30}, {1, 2}}, some_place, soon()) == RoundState::closed);
        CHECK(*event.ledger().fences(Round(1), soon()) ==
              std::vector<Fence>{{Epoch(3), 0, 10}, {Epoch(3), 1, 0}, {Epoch(4), 0, 30}, {Epoch(4), 1, 2}});
        REQUIRE(event.ledger().abandon_round(Round(1), mine, soon()));
        CHECK(kind_of(event.ledger().store_fence(Round(1), Epoch(5), {{0, 30}}, some_place, soon())) == FaultKind::conflict);
    }
    SUBCASE("a fence keeps the record before it, and the fences of a lost log end at 0, up to the epoch given") {
        event.open_round(1);
        const auto below = identity_of(event.record({7, 1}));
        REQUIRE(event.ledger().store_fence(Round(1), Epoch(2), {{0, LogEnd(10, below)}, {1, 4}}, some_place, soon()));
        REQUIRE(event.ledger().store_fence(Round(1), Epoch(3), {{0, LogEnd(20, below)}, {1, 5}}, some_place, soon()));
        REQUIRE(event.ledger().store_fence(Round(1), Epoch(4), {{0, 3}, {1, 6}}, some_place, soon()));
        const auto stored = *event.ledger().fences(Round(1), soon());
        REQUIRE(stored.size() == 6);
        CHECK(stored[0] == Fence{Epoch(2), 0, 10, below});
        CHECK(stored[1] == Fence{Epoch(2), 1, 4, {}});
        for (int i = 0; i < 2; ++i)
            CHECK(told(event.ledger().begin_fences_at_zero(Round(1), std::vector{stored[2]}, soon())) == "done");
        const std::vector<Fence> expected{{Epoch(2), 0, 0}, {Epoch(2), 1, 4}, {Epoch(3), 0, 0},
                                          {Epoch(3), 1, 5}, {Epoch(4), 0, 3}, {Epoch(4), 1, 6}};
        CHECK(*event.ledger().fences(Round(1), soon()) == expected);
        CHECK(event.ledger().snapshot(Round(1), soon())->fences == std::map<Round, std::vector<Fence>>{{Round(1), expected}});
    }
    SUBCASE("void claims are kept once, while the round is in the epoch that found them void") {
        event.open_round(1);
        const std::vector claims{VoidClaim{Epoch(2), Slot(4), UserId(8), VoidReason::slot_taken},
                                 VoidClaim{Epoch(2), Slot(5), UserId(9), VoidReason::old_copy}};
        CHECK(kind_of(event.ledger().keep_void(Round(1), claims, soon())) == FaultKind::conflict);
        CHECK(kind_of(event.ledger().keep_void(Round(2), claims, soon())) == FaultKind::conflict);
        REQUIRE(event.ledger().store_fence(Round(1), Epoch(2), {{0, 10}}, some_place, soon()));
        for (int i = 0; i < 2; ++i)
            CHECK(told(event.ledger().keep_void(Round(1), claims, soon())) == "done");
        REQUIRE(event.ledger().store_fence(Round(1), Epoch(3), {{0, 10}}, some_place, soon()));
        const std::vector later{VoidClaim{Epoch(3), Slot(5), UserId(8), VoidReason::other_slot}};
        CHECK(told(event.ledger().keep_void(Round(1), later, soon())) == "done");
        const auto seen = event.ledger().snapshot(Round(1), soon());
        REQUIRE_MESSAGE(seen, told(seen));
        CHECK(seen->void_claims == std::vector{claims[0], later[0], claims[1]});
    }
    SUBCASE("one reset of an event at a time") {
        const auto second = bench.ledger(event.name(), event.topic());
        REQUIRE(event.ledger().lock_resets(soon()));
        CHECK(event.ledger().lock_resets(soon()));
        CHECK(kind_of(second->lock_resets(soon())) == FaultKind::already_running);
        BenchEvent other(bench);
        CHECK(other.ledger().lock_resets(soon()));
    }
    SUBCASE("the lock of a reset goes with its ledger") {
        const auto second = bench.ledger(event.name(), event.topic());
        {
            const auto first = bench.ledger(event.name(), event.topic());
            REQUIRE(first->lock_resets(soon()));
        }
        Status locked = Fault{};
        // The server notices the end of a connection when it gets to it.
        for (const auto end = soon(); !(locked = second->lock_resets(soon())) && std::chrono::steady_clock::now() < end;) {
        }
        CHECK(locked);
    }
    SUBCASE("purging drops coupons of rounds that are over, never their rows of coupon_round") {
        event.open_round(1);
        CHECK(event.issue(event.records({{1, 1}, {2, 2}})).size() == 2);
        event.open_round(2);
        CHECK(event.issue(event.records({{3, 3, 2}})).size() == 1);
        event.open_round(3);
        CHECK(event.issue(event.records({{4, 4, 3}})).size() == 1);
        const auto dropped = event.ledger().purge_before(Round(2), soon());
        REQUIRE_MESSAGE(dropped, told(dropped));
        CHECK(*dropped == 2);
        CHECK(event.rows(1).empty());
        CHECK(event.rows(2).size() == 1);
        const auto rounds = event.ledger().rounds(soon());
        REQUIRE(rounds->size() == 3);
        CHECK((*rounds)[0].state == RoundState::purged);
        CHECK((*rounds)[1].state == RoundState::closed);
        CHECK(event.issue(event.records({{1, 1, 1}})) == std::vector{RecordClass::stale});
        CHECK(*event.ledger().purge_before(Round(9), soon()) == 1);
        CHECK(highest(event).state == RoundState::open);
        CHECK(event.rows(3).size() == 1);
    }
}

} // namespace

void check_round_contract(const MakeBench& make_bench) {
    const auto bench = make_bench();
    BenchEvent event(*bench);

    SUBCASE("a new round is kept with all that a lost gate needs") {
        NewRound fresh;
        fresh.row = event.fresh_row(3, 10'000'000);
        fresh.row.window = {Instant(Milliseconds(1'700'000'000'123)), std::nullopt};
        fresh.purge_offsets = {{0, 17}, {3, 9'000'000'000}};
        REQUIRE(event.ledger().insert_round(fresh, soon()));
        CHECK(highest(event) == fresh.row);
        CHECK(*event.ledger().purge_offsets(Round(3), soon()) == fresh.purge_offsets);
        CHECK(*event.ledger().event_of_topic(soon()) == event.name());
    }
    SUBCASE("a round goes opening, open, closed, open, closed, abandoned, and every step names its owner") {
        NewRound fresh;
        fresh.row = event.fresh_row(1);
        REQUIRE(event.ledger().insert_round(fresh, soon()));
        CHECK(highest(event).state == RoundState::opening);
        CHECK(kind_of(event.ledger().finish_opening(Round(1), another_s, some_home, soon())) == FaultKind::conflict);
        CHECK(kind_of(event.ledger().reopen_round(Round(1), mine, mine, {}, soon())) == FaultKind::conflict);
        REQUIRE(event.ledger().finish_opening(Round(1), mine, some_home, soon()));
        REQUIRE(event.ledger().finish_opening(Round(1), mine, some_home, soon()));
        CHECK(kind_of(event.ledger().abandon_round(Round(1), mine, soon())) == FaultKind::conflict);
        const auto closed = event.ledger().close_round(Round(1), another_s, soon());
        REQUIRE(closed);
        CHECK(closed->state == RoundState::closed);
        CHECK(closed->owner == another_s);
        CHECK(highest(event) == *closed);
        CHECK(kind_of(event.ledger().finish_opening(Round(1), mine, some_home, soon())) == FaultKind::conflict);
        CHECK(kind_of(event.ledger().abandon_round(Round(1), mine, soon())) == FaultKind::conflict);
        CHECK(kind_of(event.ledger().reopen_round(Round(1), "a third", mine, {}, soon())) == FaultKind::conflict);
        const auto reopened = event.ledger().reopen_round(Round(1), another_s, mine, {}, soon());
        REQUIRE_MESSAGE(reopened, told(reopened));
        CHECK(highest(event) == *reopened);
        CHECK(event.ledger().reopen_round(Round(1), another_s, mine, {}, soon()));
        CHECK(highest(event).state == RoundState::open);
        CHECK(highest(event).owner == mine);
        const Instant end{Milliseconds(1'800'000'000'000)};
        REQUIRE(event.ledger().reopen_round(Round(1), mine, mine, end, soon()));
        CHECK(highest(event).window.closes_at == end);
        REQUIRE(event.ledger().reopen_round(Round(1), mine, mine, {}, soon()));
        CHECK(highest(event).window.closes_at == end);
        REQUIRE(event.ledger().close_round(Round(1), mine, soon()));
        REQUIRE(event.ledger().abandon_round(Round(1), mine, soon()));
        REQUIRE(event.ledger().abandon_round(Round(1), mine, soon()));
        CHECK(highest(event).state == RoundState::abandoned);
        CHECK(kind_of(event.ledger().reopen_round(Round(1), mine, mine, {}, soon())) == FaultKind::conflict);
        const auto taken_over = event.ledger().close_round(Round(1), another_s, soon());
        REQUIRE(taken_over);
        CHECK(taken_over->state == RoundState::abandoned);
        CHECK(taken_over->owner == another_s);
    }
    SUBCASE("a close that only the gate knew of closes the round whose owner is still the one that was read") {
        event.open_round(1);
        CHECK(kind_of(event.ledger().close_owned_round(Round(1), another_s, "a worker's", soon())) == FaultKind::conflict);
        CHECK(kind_of(event.ledger().close_owned_round(Round(2), mine, "a worker's", soon())) == FaultKind::conflict);
        CHECK(highest(event).state == RoundState::open);
        CHECK(highest(event).owner == mine);
        const auto closed = event.ledger().close_owned_round(Round(1), mine, "a worker's", soon());
        REQUIRE_MESSAGE(closed, told(closed));
        CHECK(closed->state == RoundState::closed);
        CHECK(closed->owner == "a worker's");
        CHECK(highest(event) == *closed);
        CHECK(event.ledger().close_owned_round(Round(1), mine, "a worker's", soon()));
    }
    SUBCASE("taking over an opening round leaves it opening") {
        NewRound fresh;
        fresh.row = event.fresh_row(1);
        REQUIRE(event.ledger().insert_round(fresh, soon()));
        const auto taken_over = event.ledger().close_round(Round(1), another_s, soon());
        REQUIRE(taken_over);
        CHECK(taken_over->state == RoundState::opening);
        CHECK(kind_of(event.ledger().finish_opening(Round(1), mine, some_home, soon())) == FaultKind::conflict);
        CHECK(event.ledger().finish_opening(Round(1), another_s, some_home, soon()));
    }
    SUBCASE("nothing is closed, reopened, abandoned or fenced but the highest round") {
        CHECK(kind_of(event.ledger().close_round(Round(1), mine, soon())) == FaultKind::conflict);
        event.open_round(1);
        event.open_round(2);
        for (const auto round : {Round(1), Round(3)}) {
            CHECK(kind_of(event.ledger().close_round(round, mine, soon())) == FaultKind::conflict);
            CHECK(kind_of(event.ledger().reopen_round(round, mine, mine, {}, soon())) == FaultKind::conflict);
            CHECK(kind_of(event.ledger().abandon_round(round, mine, soon())) == FaultKind::conflict);
            CHECK(kind_of(event.ledger().finish_opening(round, mine, some_home, soon())) == FaultKind::conflict);
            CHECK(kind_of(event.ledger().store_fence(round, Epoch(2), {{0, 1}}, some_place, soon())) == FaultKind::conflict);
        }
        CHECK(highest(event).state == RoundState::open);
        CHECK(highest(event).epoch == Epoch(1));
    }
    check_who_may_insert(*bench, event);
    check_what_is_kept(*bench, event);
}

void check_reader_contract(const MakeBench& make_bench) {
    const auto bench = make_bench();
    BenchEvent event(*bench);

    SUBCASE("the server tells all that a preflight judges, and what lies in the tables") {
        event.open_round(1);
        event.issue({event.record({7, 101}), event.record({8, 1})});
        auto settings = event.ledger().settings(soon());
        REQUIRE_MESSAGE(settings, told(settings));
        CHECK(settings->missing_tables.empty());
        CHECK(settings->schema_defects.empty());
        REQUIRE(settings->leftovers);
        CHECK(settings->leftovers->failed_events.open_total() == 1);
        CHECK(settings->leftovers->event_of_topic == event.name());
        CHECK(settings->leftovers->abandoned_claims.empty());
        PreflightInput input;
        input.ledger = std::move(*settings);
        const auto report = preflight(input);
        const auto told = std::count_if(report.lines.begin(), report.lines.end(), [](const auto& line) {
            return line.name.starts_with("ledger-") && line.status != PreflightStatus::cannot_tell &&
                   line.status != PreflightStatus::dangerous;
        });
        CHECK(told == 19);
    }
    SUBCASE("the events that have a round are told once each, ascending, whichever event is asked about") {
        event.open_round(1);
        event.open_round(2);
        BenchEvent other(*bench);
        other.open_round(1);
        BenchEvent without_round(*bench);
        const auto events = without_round.ledger().events(soon());
        REQUIRE_MESSAGE(events, told(events));
        CHECK(std::is_sorted(events->begin(), events->end()));
        CHECK(std::count(events->begin(), events->end(), event.name()) == 1);
        CHECK(std::count(events->begin(), events->end(), other.name()) == 1);
        CHECK(std::count(events->begin(), events->end(), without_round.name()) == 0);
    }
    SUBCASE("a ledger without rounds is empty, not missing") {
        CHECK(event.ledger().rounds(soon())->empty());
        CHECK_FALSE(event.ledger().event_of_topic(soon())->has_value());
        CHECK(event.ledger().coupons(Round(1), soon())->empty());
        CHECK(*event.ledger().coupon_count(Round(1), soon()) == 0);
        CHECK(event.ledger().fences(Round(1), soon())->empty());
        CHECK(event.ledger().purge_offsets(Round(1), soon())->empty());
        CHECK(event.ledger().failed(soon())->empty());
        CHECK(event.ledger().check_schema(soon()));
        CHECK(event.ledger().create_schema(soon()));
    }
    SUBCASE("the coupons of a round are read piece by piece, by slot") {
        event.open_round(1, 10);
        CHECK(event.ledger().coupons_after(Round(1), Slot(0), 2, soon())->empty());
        REQUIRE(event.issue(event.records({{5, 4}, {6, 1}, {7, 9}})).size() == 3);
        const auto first = event.ledger().coupons_after(Round(1), Slot(0), 2, soon());
        REQUIRE_MESSAGE(first, told(first));
        CHECK(*first == std::vector<Coupon>{{Slot(1), UserId(6)}, {Slot(4), UserId(5)}});
        CHECK(*event.ledger().coupons_after(Round(1), Slot(4), 2, soon()) == std::vector<Coupon>{{Slot(9), UserId(7)}});
        CHECK(event.ledger().coupons_after(Round(1), Slot(9), 2, soon())->empty());
        CHECK(event.ledger().coupons_after(Round(2), Slot(0), 2, soon())->empty());
    }
    SUBCASE("a snapshot holds everything about the round, and nothing of other events") {
        event.open_round(1, 10);
        BenchEvent other(*bench);
        other.open_round(1);
        REQUIRE(other.issue(other.records({{1, 1}, {2, 0}})).size() == 2);
        REQUIRE(event.issue(event.records({{5, 2}, {6, 1}, {7, 11}})).size() == 3);
        REQUIRE(event.ledger().store_fence(Round(1), Epoch(2), {{0, 3}}, some_place, soon()));
        REQUIRE(event.ledger().close_round(Round(1), mine, soon()));
        auto fresh = following(event, 2);
        fresh.purge_offsets = {{0, 3}, {1, 8}};
        REQUIRE(event.ledger().insert_round(fresh, soon()));
        REQUIRE(event.ledger().finish_opening(Round(2), mine, some_home, soon()));
        REQUIRE(event.ledger().close_round(Round(2), mine, soon()));
        fresh = following(event, 3);
        fresh.purge_offsets = {{0, 2}, {2, 1}};
        REQUIRE(event.ledger().insert_round(fresh, soon()));

        const auto seen = event.ledger().snapshot(Round(1), soon());
        REQUIRE_MESSAGE(seen, told(seen));
        CHECK(seen->rounds == *event.ledger().rounds(soon()));
        CHECK(seen->rounds.size() == 3);
        CHECK(seen->fences == std::map<Round, std::vector<Fence>>{{Round(1), {{Epoch(2), 0, 3}}}});
        CHECK(seen->coupons == *event.ledger().coupons(Round(1), soon()));
        CHECK(seen->coupons.size() == 2);
        CHECK(seen->other_coupons.empty());
        REQUIRE(seen->failed.size() == 1);
        CHECK(seen->failed[0].user == UserId(7));
        CHECK(seen->abandoned.empty());
        CHECK(seen->purged_to == std::map<std::int32_t, std::int64_t>{{0, 3}, {1, 8}, {2, 1}});
    }
}

} // namespace coupon
