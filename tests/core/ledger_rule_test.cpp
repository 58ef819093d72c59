#include "core/ledger_rule.hpp"

#include <doctest/doctest.h>

#include <array>
#include <limits>
#include <set>
#include <utility>

using namespace coupon;

namespace {

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

RoundRow round_row(RoundState state = RoundState::open, std::int64_t epoch = 3, std::int64_t limit = 100) {
    RoundRow row;
    row.event = "coupon";
    row.round = Round(4);
    row.limit = Limit(limit);
    row.topic = "coupon_create";
    row.state = state;
    row.epoch = Epoch(epoch);
    row.owner = "token";
    return row;
}

IssueRecord record(std::int64_t slot, std::int64_t epoch = 3) {
    return {"coupon", {Round(4), Epoch(epoch), Slot(slot), UserId(7), Instant{}}};
}

const std::array all_states{RoundState::opening, RoundState::open, RoundState::closed, RoundState::abandoned, RoundState::purged};

} // namespace

TEST_SUITE_BEGIN("core/ledger_rule");

TEST_CASE("only slots 1 to N have a home") {
    struct Row {
        std::int64_t limit;
        std::int64_t slot;
        Admission admission;
    };
    for (const auto& row :
         {Row{100, 1, Admission::issue}, Row{100, 2, Admission::issue}, Row{100, 99, Admission::issue}, Row{100, 100, Admission::issue},
          Row{100, 0, Admission::failed}, Row{100, 101, Admission::failed}, Row{100, -1, Admission::failed}, Row{1, 1, Admission::issue},
          Row{1, 2, Admission::failed}, Row{100, largest, Admission::failed}, Row{10'000'000, 10'000'000, Admission::issue},
          Row{10'000'000, 10'000'001, Admission::failed}}) {
        CAPTURE(row.limit);
        CAPTURE(row.slot);
        const auto round = round_row(RoundState::open, 3, row.limit);
        const auto admitted = admit(record(row.slot), {0, 0}, &round, {});
        CHECK(admitted.admission == row.admission);
        CHECK(admitted.reason.empty() == (row.admission == Admission::issue));
    }
}

TEST_CASE("a round's state says what becomes of its records, now and after a later reset") {
    struct Row {
        RoundState state;
        Admission admission;
    };
    for (const auto& row :
         {Row{RoundState::opening, Admission::failed}, Row{RoundState::open, Admission::issue}, Row{RoundState::closed, Admission::issue},
          Row{RoundState::abandoned, Admission::stale}, Row{RoundState::purged, Admission::stale}}) {
        CAPTURE(std::string(name_of(row.state)));
        const auto round = round_row(row.state);
        CHECK(admit(record(1), {0, 0}, &round, {}).admission == row.admission);
    }
}

TEST_CASE("a round the ledger does not know is a failed event that names it") {
    const auto admitted = admit(record(1), {0, 0}, nullptr, {});
    CHECK(admitted.admission == Admission::failed);
    CHECK(admitted.reason == "round 4 of event coupon is unknown");
}

TEST_CASE("an epoch that never was is a failed event") {
    const auto round = round_row();
    for (const auto& [epoch, admission] : {std::pair{0L, Admission::failed},
                                           {1L, Admission::issue},
                                           {2L, Admission::issue},
                                           {3L, Admission::issue},
                                           {4L, Admission::failed},
                                           {largest, Admission::failed}}) {
        CAPTURE(epoch);
        CHECK(admit(record(1, epoch), {0, 0}, &round, {}).admission == admission);
    }
}

TEST_CASE("a fence keeps out what an older epoch wrote at or after its end") {
    const std::vector<Fence> fences{{Epoch(2), 0, 10}, {Epoch(2), 1, 0}, {Epoch(3), 0, 20}, {Epoch(3), 1, 5}};
    struct Row {
        std::int64_t epoch;
        SourcePosition at;
        bool fenced;
    };
    for (const auto& row : {Row{1, {0, 9}, false}, Row{1, {0, 10}, true}, Row{1, {0, 11}, true}, Row{1, {1, 0}, true},
                            Row{2, {0, 10}, false}, Row{2, {0, 19}, false}, Row{2, {0, 20}, true}, Row{2, {1, 4}, false},
                            Row{2, {1, 5}, true}, Row{3, {0, 20}, false}, Row{3, {1, 1'000'000}, false}}) {
        CAPTURE(row.epoch);
        CAPTURE(row.at.partition);
        CAPTURE(row.at.offset);
        CHECK(is_fenced(Epoch(row.epoch), row.at, fences) == row.fenced);
        const auto round = round_row();
        CHECK(admit(record(1, row.epoch), row.at, &round, fences).admission == (row.fenced ? Admission::fenced : Admission::issue));
    }
}

TEST_CASE("a partition added to the topic after a fence belongs to the newer epochs alone") {
    const std::vector<Fence> fences{{Epoch(2), 0, 10}, {Epoch(3), 0, 20}, {Epoch(3), 4, 5}};
    CHECK(is_fenced(Epoch(1), {4, 0}, fences));
    CHECK_FALSE(is_fenced(Epoch(2), {4, 4}, fences));
    CHECK(is_fenced(Epoch(2), {4, 5}, fences));
    CHECK_FALSE(is_fenced(Epoch(3), {4, 0}, fences));
    CHECK_FALSE(is_fenced(Epoch(1), {4, 0}, {}));
}

TEST_CASE("a round that was given up makes its records stale, wherever they lie") {
    const std::vector<Fence> fences{{Epoch(2), 0, 10}};
    const auto round = round_row(RoundState::abandoned);
    CHECK(admit(record(1, 1), {0, 10}, &round, fences).admission == Admission::stale);
}

TEST_CASE("what a record meets in the coupon table decides its class") {
    struct Row {
        std::string what;
        std::optional<Slot> user_row;
        std::optional<UserId> slot_row;
        RecordClass becomes;
        const char* reason;
    };
    const Slot other_slot(9);
    const UserId other_user(8);
    for (const auto& row :
         {Row{"nothing", {}, {}, RecordClass::issued, ""}, Row{"its own row", Slot(3), UserId(7), RecordClass::already_issued, ""},
          Row{"its own row, seen by user only", Slot(3), {}, RecordClass::already_issued, ""},
          Row{"its own row, committed between the two looks", {}, UserId(7), RecordClass::already_issued, ""},
          Row{"another slot of the user", other_slot, {}, RecordClass::failed, "user 7 has slot 9 already"},
          Row{"another user of the slot", {}, other_user, RecordClass::failed, "slot 3 belongs to user 8"},
          Row{"both taken by others", other_slot, other_user, RecordClass::failed, "user 7 has slot 9 already"}}) {
        CAPTURE(row.what);
        const auto settlement = settle(record(3).grant, row.user_row, row.slot_row);
        CHECK(settlement.becomes == row.becomes);
        CHECK(settlement.reason == row.reason);
    }
}

TEST_CASE("a round goes from opening to open, to and fro with closed, and ends once") {
    const std::set<std::pair<RoundState, RoundState>> allowed{
        {RoundState::opening, RoundState::open},     {RoundState::open, RoundState::closed},   {RoundState::closed, RoundState::open},
        {RoundState::closed, RoundState::abandoned}, {RoundState::closed, RoundState::purged}, {RoundState::abandoned, RoundState::purged},
    };
    for (const auto from : all_states) {
        for (const auto to : all_states) {
            CAPTURE(std::string(name_of(from)));
            CAPTURE(std::string(name_of(to)));
            CHECK(may_become(from, to) == allowed.contains({from, to}));
        }
    }
}

TEST_CASE("every class has a name of its own") {
    std::set<std::string> names;
    for (const auto value :
         {RecordClass::issued, RecordClass::already_issued, RecordClass::stale, RecordClass::fenced, RecordClass::failed})
        names.insert(name_of(value));
    CHECK(names == std::set<std::string>{"issued", "already_issued", "stale", "fenced", "failed"});
}

TEST_SUITE_END();
