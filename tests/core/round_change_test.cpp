#include "core/round_change.hpp"

#include <doctest/doctest.h>

#include <array>
#include <functional>
#include <map>

using namespace coupon;

namespace {

const std::array all_states{RoundState::opening, RoundState::open, RoundState::closed, RoundState::abandoned, RoundState::purged};

RoundRow row_in(RoundState state, const std::string& owner = "mine", std::int64_t round = 4) {
    RoundRow row;
    row.event = "coupon";
    row.round = Round(round);
    row.limit = Limit(100);
    row.topic = "coupon_create";
    row.state = state;
    row.epoch = Epoch(2);
    row.owner = owner;
    return row;
}

RoundRow fresh_row(std::int64_t round = 5) {
    auto row = row_in(RoundState::opening, "mine", round);
    row.epoch = Epoch(1);
    return row;
}

using Change = std::function<Result<RoundRow>(const std::optional<RoundRow>&, Round)>;
using States = std::map<RoundState, RoundState>; ///< allowed from -> to; anything else is a conflict

/// Every state and owner, and both a lower and a missing highest round.
void check_change(const Change& change, const States& mine, const States& another_s) {
    for (const auto& [owner, allowed] : {std::pair("mine", mine), std::pair("another's", another_s)}) {
        for (const auto state : all_states) {
            CAPTURE(std::string(owner));
            CAPTURE(std::string(name_of(state)));
            const auto before = row_in(state, owner);
            const auto after = change(before, Round(4));
            const auto target = allowed.find(state);
            REQUIRE(static_cast<bool>(after) == (target != allowed.end()));
            if (!after) {
                CHECK(after.fault().kind == FaultKind::conflict);
                continue;
            }
            auto expected = before;
            expected.state = target->second;
            expected.owner = "mine";
            CHECK(*after == expected);
        }
    }
    for (const auto round : {Round(3), Round(5)}) {
        const auto other = change(row_in(RoundState::closed), round);
        REQUIRE_FALSE(other);
        CHECK(other.fault().kind == FaultKind::conflict);
    }
    const auto none = change(std::nullopt, Round(4));
    REQUIRE_FALSE(none);
    CHECK(none.fault().kind == FaultKind::conflict);
}

} // namespace

TEST_SUITE_BEGIN("core/round_change");

TEST_CASE("closing takes any highest round over, and changes only an open one") {
    const States all{{RoundState::opening, RoundState::opening},
                     {RoundState::open, RoundState::closed},
                     {RoundState::closed, RoundState::closed},
                     {RoundState::abandoned, RoundState::abandoned},
                     {RoundState::purged, RoundState::purged}};
    check_change([](const auto& highest, Round round) { return close_round_row(highest, round, "mine"); }, all, all);
}

TEST_CASE("a close that only the gate knew of closes no round that somebody else has acted on since") {
    const States all{{RoundState::opening, RoundState::opening},
                     {RoundState::open, RoundState::closed},
                     {RoundState::closed, RoundState::closed},
                     {RoundState::abandoned, RoundState::abandoned},
                     {RoundState::purged, RoundState::purged}};
    check_change([](const auto& highest, Round round) { return close_owned_round_row(highest, round, "another's", "mine"); }, all, all);
    check_change([](const auto& highest, Round round) { return close_owned_round_row(highest, round, "a third", "mine"); }, all, {});
}

TEST_CASE("reopening opens a closed round whose owner is the one that was read, never an opening, abandoned or purged one") {
    const States some{{RoundState::open, RoundState::open}, {RoundState::closed, RoundState::open}};
    check_change([](const auto& highest, Round round) { return reopen_round_row(highest, round, "another's", "mine", {}); }, some, some);
    check_change([](const auto& highest, Round round) { return reopen_round_row(highest, round, "a third", "mine", {}); }, some, {});
}

TEST_CASE("abandoning is for the owner of a closed round") {
    const States some{{RoundState::closed, RoundState::abandoned}, {RoundState::abandoned, RoundState::abandoned}};
    check_change([](const auto& highest, Round round) { return abandon_round_row(highest, round, "mine"); }, some, {});
}

TEST_CASE("finishing is for the owner of an opening round, and may be repeated") {
    const States some{{RoundState::opening, RoundState::open}, {RoundState::open, RoundState::open}};
    check_change([](const auto& highest, Round round) { return finish_round_row(highest, round, "mine", {}); }, some, {});
}

TEST_CASE("an epoch only rises, and only in a round that has begun and is not over") {
    const ArmingPlace here{"run-2", 3, "redis://a:1/3"};
    for (const auto state : all_states) {
        for (const std::int64_t epoch : {1, 2, 3, 9}) {
            CAPTURE(std::string(name_of(state)));
            CAPTURE(epoch);
            const auto before = row_in(state, "anybody");
            const auto after = raise_epoch_row(before, Round(4), Epoch(epoch), here);
            const bool allowed = (state == RoundState::open || state == RoundState::closed) && epoch > 2;
            REQUIRE(static_cast<bool>(after) == allowed);
            if (!after) {
                CHECK(after.fault().kind == FaultKind::conflict);
                continue;
            }
            auto expected = before;
            expected.epoch = Epoch(epoch);
            expected.home = {"run-2", 3, {"redis://a:1/3"}};
            CHECK(*after == expected);
        }
    }
    CHECK_FALSE(raise_epoch_row(row_in(RoundState::open), Round(3), Epoch(9), {}));
    CHECK_FALSE(raise_epoch_row(std::nullopt, Round(4), Epoch(9), {}));
}

TEST_CASE("a new round follows the highest one, which is over and has the same owner") {
    for (const auto state : all_states) {
        for (const auto& owner : {"mine", "another's"}) {
            CAPTURE(std::string(name_of(state)));
            CAPTURE(std::string(owner));
            const auto verdict = may_insert_round(row_in(state, owner), fresh_row(), {Round(4), false, {}});
            const bool is_over = state != RoundState::opening && state != RoundState::open;
            REQUIRE(static_cast<bool>(verdict) == (is_over && std::string(owner) == "mine"));
            if (verdict) CHECK(*verdict == InsertVerdict::insert);
            if (!verdict) CHECK(verdict.fault().kind == FaultKind::conflict);
        }
    }
}

TEST_CASE("a new round is compared with the one it says it replaces") {
    struct Row {
        std::string what;
        std::optional<RoundRow> highest;
        RoundRow fresh;
        std::optional<Round> previous;
        bool inserted;
    };
    const auto over = row_in(RoundState::closed);
    for (const auto& row :
         {Row{"the first round", std::nullopt, fresh_row(1), std::nullopt, true},
          Row{"the first round after numbers the topic knows", std::nullopt, fresh_row(9), std::nullopt, true},
          Row{"a first round where there is one", over, fresh_row(), std::nullopt, false},
          Row{"a follower of nothing", std::nullopt, fresh_row(), Round(4), false},
          Row{"a follower of an older round", over, fresh_row(), Round(3), false},
          Row{"a number left out", over, fresh_row(7), Round(4), true}, Row{"its own number again", over, fresh_row(4), Round(4), false},
          Row{"a lower number", over, fresh_row(3), Round(4), false}}) {
        CAPTURE(row.what);
        const auto verdict = may_insert_round(row.highest, row.fresh, {row.previous, false, {}});
        REQUIRE(static_cast<bool>(verdict) == row.inserted);
        if (!verdict) CHECK(verdict.fault().kind == FaultKind::conflict);
    }
}

TEST_CASE("a new round inserted by an answer that was lost is done") {
    const auto verdict = may_insert_round(fresh_row(), fresh_row(), {Round(4), false, {}});
    REQUIRE(verdict);
    CHECK(*verdict == InsertVerdict::done_before);
    auto another_s = fresh_row();
    another_s.owner = "another's";
    CHECK_FALSE(may_insert_round(another_s, fresh_row(), {Round(4), false, {}}));
    auto bigger = fresh_row();
    bigger.limit = Limit(101);
    CHECK_FALSE(may_insert_round(bigger, fresh_row(), {Round(4), false, {}}));
}

TEST_CASE("a second round with the key of --once of another one is refused, an insertion repeated is not") {
    auto fresh = fresh_row();
    fresh.once_key = "2026-12-01";
    CHECK(may_insert_round(row_in(RoundState::closed), fresh, {Round(4), false, {}, {}}));
    const auto refused = may_insert_round(row_in(RoundState::closed), fresh, {Round(4), false, {}, Round(3)});
    REQUIRE_FALSE(refused);
    CHECK(refused.fault().kind == FaultKind::conflict);
    CHECK(refused.fault().message == "round 3 of event coupon was opened with --once 2026-12-01 already");
    CHECK(*may_insert_round(fresh, fresh, {Round(4), false, {}, Round(5)}) == InsertVerdict::done_before);
}

TEST_CASE("a round is reopened with another end of its window only where one is given") {
    auto closed = row_in(RoundState::closed);
    closed.window = {Instant(Milliseconds(1)), Instant(Milliseconds(9))};
    CHECK(reopen_round_row(closed, closed.round, "mine", "token", {})->window == closed.window);
    const auto longer = reopen_round_row(closed, closed.round, "mine", "token", Instant(Milliseconds(20)));
    REQUIRE(longer);
    CHECK(longer->window == Window{Instant(Milliseconds(1)), Instant(Milliseconds(20))});
}

TEST_CASE("claims are given up only with a round that was abandoned") {
    CHECK(may_insert_round(row_in(RoundState::abandoned), fresh_row(), {Round(4), true, {}}));
    CHECK_FALSE(may_insert_round(row_in(RoundState::closed), fresh_row(), {Round(4), true, {}}));
}

TEST_CASE("a topic of another event is refused with both names") {
    const auto verdict = may_insert_round(std::nullopt, fresh_row(1), {std::nullopt, false, "spring"});
    REQUIRE_FALSE(verdict);
    CHECK(verdict.fault().kind == FaultKind::conflict);
    CHECK(verdict.fault().message == "topic coupon_create is bound to event spring, not to coupon");
}

TEST_CASE("a row that may never begin is a usage fault") {
    const auto with = [](const std::function<void(RoundRow&)>& spoil) {
        auto row = fresh_row(1);
        spoil(row);
        return row;
    };
    for (const auto& row : {with([](RoundRow& r) { r.state = RoundState::open; }), with([](RoundRow& r) { r.round = Round(0); }),
                            with([](RoundRow& r) { r.limit = Limit(0); }), with([](RoundRow& r) { r.limit = Limit(10'000'001); }),
                            with([](RoundRow& r) { r.epoch = Epoch(2); }), with([](RoundRow& r) { r.owner.clear(); })}) {
        const auto verdict = may_insert_round(std::nullopt, row, {});
        REQUIRE_FALSE(verdict);
        CHECK(verdict.fault().kind == FaultKind::usage);
    }
}

TEST_CASE("a gate is armed only at an address that the ledger lists, unless it moves on purpose") {
    auto row = row_in(RoundState::open);
    row.home = {"run-1", 0, {"redis://a:1/0", "redis://b:1/0"}};
    const auto refused = raise_epoch_row(row, row.round, Epoch(9), {"run-2", 0, "redis://c:1/0"});
    REQUIRE_FALSE(refused);
    CHECK(refused.fault().kind == FaultKind::usage);
    CHECK(refused.fault().message.find("redis://a:1/0, redis://b:1/0") != std::string::npos);
    // The list begins again with the address of the arming: an old master at another listed one no longer counts.
    const auto listed = raise_epoch_row(row, row.round, Epoch(9), {"run-2", 0, "redis://b:1/0"});
    REQUIRE(listed);
    CHECK(listed->home == GateHome{"run-2", 0, {"redis://b:1/0"}});
    const auto moved = raise_epoch_row(row, row.round, Epoch(9), {"run-2", 4, "redis://c:1/4", true});
    REQUIRE(moved);
    CHECK(moved->home == GateHome{"run-2", 4, {"redis://c:1/4"}});
}

TEST_CASE("an address is listed only where the gate of the ledger's epoch, server and database was seen") {
    auto row = row_in(RoundState::open);
    row.home = {"run-1", 0, {"redis://a:1/0"}};
    const ArmingPlace same{"run-1", 0, "redis://b:1/0"};
    const auto listed = list_address_row(row, row.round, row.epoch, same);
    REQUIRE(listed);
    CHECK(listed->home.addresses == std::vector<std::string>{"redis://a:1/0", "redis://b:1/0"});
    CHECK(list_address_row(*listed, row.round, row.epoch, same)->home == listed->home);

    CHECK_FALSE(list_address_row(row, row.round, row.epoch.next(), same));
    CHECK_FALSE(list_address_row(row, row.round, row.epoch, {"run-2", 0, "redis://b:1/0"}));
    CHECK_FALSE(list_address_row(row, row.round, row.epoch, {"run-1", 1, "redis://b:1/1"}));
}

TEST_SUITE_END();
