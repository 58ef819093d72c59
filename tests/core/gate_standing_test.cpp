#include "core/gate_standing.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

using namespace coupon;

TEST_SUITE_BEGIN("core/gate_standing");

namespace {

const ServerIdentity server{"run-1", "replication-1", 0};
const auto key = RoundKey::parse("000102030405060708090a0b0c0d0e0f");
const auto other_key = RoundKey::parse("000102030405060708090a0b0c0d0e00");

RoundRow some_row() {
    RoundRow row;
    row.event = "coupon";
    row.round = Round(3);
    row.limit = Limit(10);
    row.state = RoundState::open;
    row.epoch = Epoch(4);
    row.key = key;
    row.home = {"run-1", 0, {"redis://a:6379/0"}};
    return row;
}

/// The gate that counts, armed.
GateSight right_gate() {
    GateFields fields;
    fields.round = Round(3);
    fields.epoch = Epoch(4);
    fields.limit = Limit(10);
    fields.door = GateDoor::open;
    fields.armed_with = server;
    fields.key = key;
    return {"redis://a:6379/0", fields, server};
}

using Change = std::function<void(GateSight& gate, RoundRow& row)>;

struct Row {
    const char* what;
    Change change;
    GateStanding standing;
};

void elsewhere(GateSight& gate) {
    gate.address = "redis://b:6379/0";
}

const std::vector<Row> table{
    {"the gate that the ledger names", [](auto&, auto&) {}, GateStanding::counts},
    {"the same server under another name", [](auto& gate, auto&) { elsewhere(gate); }, GateStanding::unlisted},
    {"no gate at the listed address", [](auto& gate, auto&) { gate.fields.reset(); }, GateStanding::to_be_armed},
    {"a restarted server at the listed address", [](auto& gate, auto&) { gate.server.run_id = "run-2"; }, GateStanding::to_be_armed},
    {"an older epoch at the listed address", [](auto& gate, auto&) { gate.fields->epoch = Epoch(3); }, GateStanding::to_be_armed},
    {"a higher epoch at the listed address", [](auto& gate, auto&) { gate.fields->epoch = Epoch(5); }, GateStanding::to_be_armed},
    {"an older round at the listed address", [](auto& gate, auto&) { gate.fields->round = Round(2); }, GateStanding::to_be_armed},
    {"a copy that claims to be armed by another server",
     [](auto& gate, auto&) { gate.server.run_id = gate.fields->armed_with.run_id = "run-2"; }, GateStanding::to_be_armed},
    {"no gate at another address",
     [](auto& gate, auto&) {
         elsewhere(gate);
         gate.fields.reset();
     },
     GateStanding::stray},
    {"an older copy at another address",
     [](auto& gate, auto&) {
         elsewhere(gate);
         gate.fields->epoch = Epoch(3);
         gate.server.run_id = "run-2";
     },
     GateStanding::stray},
    {"an armed old master at another address",
     [](auto& gate, auto&) {
         elsewhere(gate);
         gate.fields->epoch = Epoch(3);
     },
     GateStanding::stray},
    {"an older round at another address",
     [](auto& gate, auto&) {
         elsewhere(gate);
         gate.fields->round = Round(2);
     },
     GateStanding::stray},
    {"a copy in another database of the same server",
     [](auto& gate, auto&) {
         gate.address = "redis://a:6379/1";
         gate.server.database = 1;
     },
     GateStanding::promotable},
    {"a replica of the right gate at another address",
     [](auto& gate, auto&) {
         elsewhere(gate);
         gate.server.run_id = "run-2";
     },
     GateStanding::promotable},
    {"the seal of another ledger", [](auto& gate, auto&) { gate.fields->key = other_key; }, GateStanding::other_seal},
    {"the seal of another ledger elsewhere",
     [](auto& gate, auto&) {
         elsewhere(gate);
         gate.fields->key = other_key;
     },
     GateStanding::other_seal},
    {"a round that the ledger does not have", [](auto& gate, auto&) { gate.fields->round = Round(4); }, GateStanding::ahead},
    {"no address in a round of an earlier release", [](auto&, auto& row) { row.home = {}; }, GateStanding::counts},
};

} // namespace

TEST_CASE("how a gate stands to the one that the ledger names") {
    for (const auto& row : table) {
        auto gate = right_gate();
        auto ledger = some_row();
        row.change(gate, ledger);
        CAPTURE(row.what);
        CHECK(standing_of(gate, ledger) == row.standing);
    }
}

TEST_CASE("a refusal names both places, and never the key") {
    auto gate = right_gate();
    elsewhere(gate);
    gate.fields->key = other_key;
    for (const auto standing : {GateStanding::stray, GateStanding::promotable, GateStanding::other_seal, GateStanding::ahead}) {
        const auto fault = refusal_of(standing, gate, some_row());
        CHECK(fault.kind == FaultKind::usage);
        CHECK(fault.message.find("redis://b:6379/0") != std::string::npos);
        CHECK(fault.text().find(key->secret_text()) == std::string::npos);
        CHECK(fault.text().find(other_key->secret_text()) == std::string::npos);
    }
    CHECK(refusal_of(GateStanding::stray, gate, some_row()).message.find("redis://a:6379/0") != std::string::npos);
    const auto seals = refusal_of(GateStanding::other_seal, gate, some_row()).message;
    CHECK(seals.find(key->seal()) != std::string::npos);
    CHECK(seals.find(other_key->seal()) != std::string::npos);
}

TEST_CASE("gate and row tell all epochs of the round, but not while an arming is ahead of the row") {
    const auto tells = [](const Change& change) {
        auto gate = right_gate();
        auto row = some_row();
        change(gate, row);
        return tells_all_epochs(gate, row);
    };
    CHECK(tells([](auto&, auto&) {}));
    CHECK(tells([](auto& gate, auto&) { gate.fields.reset(); }));
    CHECK(tells([](auto& gate, auto&) { gate.fields->epoch = Epoch(5); }));
    CHECK(tells([](auto& gate, auto& row) {
        gate.fields->arming = Epoch(5);
        row.epoch = Epoch(5);
    }));
    CHECK(tells([](auto& gate, auto&) {
        gate.fields->round = Round(2);
        gate.fields->arming = Epoch(9);
    }));
    CHECK(tells([](auto& gate, auto& row) {
        gate.fields->arming = Epoch(5);
        row.state = RoundState::abandoned;
    }));
    CHECK_FALSE(tells([](auto& gate, auto&) { gate.fields->arming = Epoch(5); }));
}

TEST_SUITE_END();
