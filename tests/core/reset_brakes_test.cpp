#include "core/reset_brakes.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>

using namespace coupon;

namespace {

constexpr Instant now{Milliseconds{1'700'000'000'000}};

/// Round 10 of 3,000, two granted, open in ledger and gate.
ResetScene running_scene() {
    RoundRow row;
    row.event = "coupon";
    row.round = Round(10);
    row.limit = Limit(3000);
    row.state = RoundState::open;
    GateFields gate;
    gate.round = row.round;
    gate.limit = row.limit;
    gate.door = GateDoor::open;
    gate.granted = 2;
    return {{row}, gate, 2, now};
}

using Change = std::function<void(ResetScene&)>;

ResetScene scene_with(const Change& change) {
    auto scene = running_scene();
    change(scene);
    return scene;
}

} // namespace

TEST_SUITE_BEGIN("core/reset_brakes");

TEST_CASE("a round that is open, within its window and not sold out is running") {
    struct Row {
        const char* what;
        Change change;
        const char* running; ///< empty: no round is
    };
    const auto ms = [](std::int64_t later) { return now + Milliseconds(later); };
    for (const auto& row : {
             Row{"open in both", [](auto&) {}, "This ends round 10 (2 of 3,000 granted)."},
             Row{"no round", [](auto& scene) { scene.rounds.clear(); }, ""},
             Row{"closed in the ledger", [](auto& scene) { scene.rounds[0].state = RoundState::closed; }, ""},
             Row{"opening", [](auto& scene) { scene.rounds[0].state = RoundState::opening; }, ""},
             Row{"abandoned", [](auto& scene) { scene.rounds[0].state = RoundState::abandoned; }, ""},
             Row{"closed in the gate", [](auto& scene) { scene.gate->door = GateDoor::closed; }, ""},
             Row{"given up in the gate", [](auto& scene) { scene.gate->door = GateDoor::given_up; }, ""},
             Row{"sold out", [](auto& scene) { scene.gate->granted = 3000; }, ""},
             Row{"sold out by the rows, which the gate forgot", [](auto& scene) { scene.rows = 3000; }, ""},
             Row{"one left", [](auto& scene) { scene.gate->granted = 2999; }, "This ends round 10 (2,999 of 3,000 granted)."},
             Row{"more rows than claims", [](auto& scene) { scene.rows = 1500; }, "This ends round 10 (1,500 of 3,000 granted)."},
             Row{"not armed", [](auto& scene) { scene.gate->armed_with = {}; }, "This ends round 10 (2 of 3,000 granted)."},
             Row{"the gate is lost", [](auto& scene) { scene.gate.reset(); }, "This ends round 10 (2 of 3,000 granted)."},
             Row{"the gate is of an older round",
                 [](auto& scene) {
                     scene.gate->round = Round(9);
                     scene.gate->door = GateDoor::closed;
                     scene.gate->granted = 3000;
                 },
                 "This ends round 10 (2 of 3,000 granted)."},
             Row{"opens in 1 ms", [&](auto& scene) { scene.gate->window.opens_at = ms(1); }, ""},
             Row{"opens now", [&](auto& scene) { scene.gate->window.opens_at = now; }, "This ends round 10 (2 of 3,000 granted)."},
             Row{"ends now", [&](auto& scene) { scene.gate->window.closes_at = now; }, ""},
             Row{"ends in 1 ms", [&](auto& scene) { scene.gate->window.closes_at = ms(1); }, "This ends round 10 (2 of 3,000 granted)."},
             Row{"the gate is lost, and by the ledger its window is over",
                 [&](auto& scene) {
                     scene.gate.reset();
                     scene.rounds[0].window.closes_at = now;
                 },
                 ""},
         }) {
        CAPTURE(row.what);
        const auto running = running_round(scene_with(row.change));
        CHECK((running ? running->text() : "") == row.running);
    }
}

TEST_CASE("the round opened with a key of --once is found, unless its reset is still to be finished") {
    auto scene = running_scene();
    CHECK(opened_once(scene.rounds, "2026-12-01") == nullptr);
    scene.rounds[0].once_key = "2026-12-01";
    for (const auto state : {RoundState::open, RoundState::closed, RoundState::abandoned, RoundState::purged}) {
        scene.rounds[0].state = state;
        const auto* row = opened_once(scene.rounds, "2026-12-01");
        REQUIRE(row != nullptr);
        CHECK(row->round == Round(10));
        CHECK(opened_once(scene.rounds, "2026-12-02") == nullptr);
    }
    scene.rounds[0].state = RoundState::opening;
    CHECK(opened_once(scene.rounds, "2026-12-01") == nullptr);
}

TEST_CASE("a reset ends a running round only where that was allowed for this round") {
    const auto scene = running_scene();
    const auto refused = may_begin(scene, {});
    REQUIRE_FALSE(refused);
    CHECK(refused.fault().kind == FaultKind::refused);
    CHECK(refused.fault().text() == "round 10 is running (2 of 3,000 granted); nothing was changed; pass --end-running to end it");
    CHECK(may_begin(scene, {.any = true, .confirmed = {}}));
    CHECK(may_begin(scene, {.any = false, .confirmed = Round(10)}));
    CHECK_FALSE(may_begin(scene, {.any = false, .confirmed = Round(9)}));
    CHECK(may_begin(scene_with([](auto& one) { one.gate->granted = 3000; }), {}));
}

TEST_CASE("a gate whose round the ledger does not know holds every reset back") {
    const auto lost = scene_with([](auto& scene) { scene.gate->round = Round(11); });
    const auto refused = may_begin(lost, {.any = true, .confirmed = {}});
    REQUIRE_FALSE(refused);
    CHECK(refused.fault().kind == FaultKind::refused);
    CHECK(refused.fault().message ==
          "the gate holds round 11, and the ledger does not know it: its highest round is 10; nothing was changed");
    const auto other = scene_with([](auto& scene) { scene.rounds.clear(); });
    CHECK(may_begin(other, {.any = true, .confirmed = {}}).fault().message ==
          "the gate holds round 10, and the ledger has no round of this event; nothing was changed");
    SUBCASE("one that the ledger skipped is as unknown") {
        const auto skipped = scene_with([](auto& scene) { scene.gate->round = Round(9); });
        CHECK_FALSE(may_begin(skipped, {.any = true, .confirmed = {}}));
    }
    SUBCASE("an older round that the ledger knows is its own") {
        auto older = scene_with([](auto& scene) { scene.gate->round = Round(9); });
        older.rounds.insert(older.rounds.begin(), older.rounds[0]);
        older.rounds[0].round = Round(9);
        CHECK(may_begin(older, {.any = true, .confirmed = {}}));
    }
    SUBCASE("no gate and no round: the first reset") {
        const auto first = scene_with([](auto& scene) {
            scene.rounds.clear();
            scene.gate.reset();
        });
        CHECK(may_begin(first, {}));
    }
}

TEST_CASE("a reset away from the gate that the ledger names is refused until every slot has its coupon") {
    struct Row {
        const char* what;
        Change change;
        bool may_begin;
    };
    const std::vector<Row> table{
        {"an open round", [](auto&) {}, false},
        {"the same server under a new name",
         [](auto& scene) {
             scene.server = {"run-1", "replication-1", 0};
             scene.gate->armed_with = scene.server;
             scene.gate->epoch = scene.rounds[0].epoch;
         },
         true},
        {"a listed address", [](auto& scene) { scene.address = "redis://a:6379/0"; }, true},
        {"no gate there",
         [](auto& scene) {
             scene.gate.reset();
             scene.rounds[0].state = RoundState::closed;
         },
         false},
        {"a closed round that is sold out and issued",
         [](auto& scene) {
             scene.rounds[0].state = RoundState::closed;
             scene.rows = scene.rounds[0].limit.value();
         },
         true},
        {"an abandoned round", [](auto& scene) { scene.rounds[0].state = RoundState::abandoned; }, true},
    };
    for (const auto& row : table) {
        CAPTURE(row.what);
        auto scene = running_scene();
        scene.rounds[0].home = {"run-1", 0, {"redis://a:6379/0"}};
        scene.address = "redis://b:6379/0";
        row.change(scene);
        const auto status = may_begin(scene, {.any = true, .confirmed = {}});
        CHECK(static_cast<bool>(status) == row.may_begin);
        if (!status) CHECK(status.fault().kind == FaultKind::usage);
    }
}

TEST_CASE("a reset at a gate with another ledger's seal is refused, also by force") {
    auto scene = running_scene();
    scene.rounds[0].key = RoundKey::parse("000102030405060708090a0b0c0d0e0f");
    scene.gate->key = scene.rounds[0].key;
    CHECK(may_begin(scene, {.any = true, .confirmed = {}}));
    scene.gate->key = RoundKey::parse("000102030405060708090a0b0c0d0e00");
    CHECK(may_begin(scene, {.any = true, .confirmed = {}}).fault().kind == FaultKind::usage);
}

TEST_SUITE_END();
