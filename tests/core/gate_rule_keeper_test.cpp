#include "core/gate_rule.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

TEST_SUITE_BEGIN("core/gate_rule_keeper");

using namespace coupon;

namespace {

const ServerIdentity server{"run", "replication"};
const ServerIdentity other_server{"run-2", "replication"};

GateMemory gate_of(std::int64_t round, GateDoor door = GateDoor::open) {
    GateState gate;
    gate.fields.round = Round(round);
    gate.fields.epoch = Epoch(2);
    gate.fields.limit = Limit(3);
    gate.fields.door = door;
    gate.fields.token = "t";
    gate.fields.armed_with = server;
    gate.fields.granted = 1;
    gate.claims = {{UserId(1), {UserId(1), Slot(1), "one"}}};
    gate.outbox = {{UserId(1), {UserId(1), Slot(1), Instant{}, Epoch(2)}}};
    return gate;
}

RoundFacts ledger_says(RoundState state, std::int64_t round = 5, std::int64_t epoch = 2) {
    return {Round(round), Limit(3), {}, state, Epoch(epoch)};
}

template <class T>
std::string word_of(const Result<T>& result) {
    return result ? "done" : name_of(result.fault().kind);
}

} // namespace

TEST_CASE("close, reopen and give_up act on the gate that was seen, and on no other") {
    struct Row {
        GateDoor before;
        std::string close, reopen, give_up; ///< the answer and the door afterwards
    };
    const std::vector<Row> rows{
        {GateDoor::open, "done closed", "done open", "done given_up"},
        {GateDoor::closed, "done closed", "done open", "done given_up"},
        {GateDoor::given_up, "done given_up", "refused given_up", "done given_up"},
    };
    const GateMark seen{Round(5), "t"};
    const auto answer = [](GateMemory& gate, const Status& status) { return word_of(status) + " " + name_of(gate->fields.door); };
    for (const auto& row : rows) {
        auto gate = gate_of(5, row.before);
        CHECK(answer(gate, close(gate, seen, "u")) == row.close);
        CHECK(gate->fields.token == "u");
        gate = gate_of(5, row.before);
        CHECK(answer(gate, reopen(gate, seen, "u", {})) == row.reopen);
        CHECK(gate->fields.token == (row.before == GateDoor::given_up ? "t" : "u"));
        gate = gate_of(5, row.before);
        CHECK(answer(gate, give_up(gate, seen)) == row.give_up);
        CHECK(gate->fields.token == "t");
    }
    for (const auto& mark : {GateMark{Round(4), "t"}, GateMark{Round(6), "t"}, GateMark{Round(5), "x"}}) {
        auto gate = gate_of(5);
        CHECK(word_of(close(gate, mark, "u")) == "conflict");
        CHECK(word_of(reopen(gate, mark, "u", {})) == "conflict");
        CHECK(word_of(give_up(gate, mark)) == "conflict");
        CHECK(word_of(discard(gate, mark)) == "conflict");
        CHECK(*gate == *gate_of(5));
    }
    GateMemory missing;
    CHECK(word_of(close(missing, seen, "u")) == "done");
    CHECK(word_of(give_up(missing, seen)) == "done");
    CHECK(word_of(discard(missing, seen)) == "done");
    CHECK(word_of(reopen(missing, seen, "u", {})) == "missing");
    CHECK_FALSE(missing);
}

TEST_CASE("a gate is discarded as it was seen, with all that it holds") {
    auto gate = gate_of(5);
    CHECK(word_of(discard(gate, {})) == "conflict");
    REQUIRE(gate);
    CHECK(word_of(discard(gate, GateMark{Round(5), "t"})) == "done");
    CHECK_FALSE(gate);
}

TEST_CASE("the kill switch closes whatever gate there is, and marks it untold") {
    for (const auto door : {GateDoor::open, GateDoor::closed, GateDoor::given_up}) {
        auto gate = gate_of(5, door);
        auto expected = *gate;
        expected.fields.door = door == GateDoor::given_up ? door : GateDoor::closed;
        expected.fields.untold = true;
        expected.fields.token = "u";
        CHECK(shut(gate, {}, "u") == Shut::untold);
        CHECK(*gate == expected);
        CHECK(shut(gate, {}, "v") == Shut::untold);
    }
    GateMemory missing;
    CHECK(shut(missing, {}, "u") == Shut::missing);
    CHECK(shut(missing, "t", "u") == Shut::missing);
    CHECK_FALSE(missing);
}

TEST_CASE("the kill switch takes its mark away once the ledger was told, but only from the gate it left") {
    auto gate = gate_of(5);
    CHECK(shut(gate, {}, "u") == Shut::untold);
    auto expected = *gate;
    expected.fields.untold = false;
    expected.fields.token = "v";
    SUBCASE("nobody else acted") {
        CHECK(shut(gate, "u", "v") == Shut::told);
        CHECK(*gate == expected);
    }
    expected.fields.untold = true;
    SUBCASE("a worker made the gate again, and it is open") {
        gate = gate_of(5);
        expected = *gate;
        expected.fields.door = GateDoor::closed;
        expected.fields.untold = true;
        expected.fields.token = "v";
        CHECK(shut(gate, "u", "v") == Shut::untold);
        CHECK(*gate == expected);
    }
    SUBCASE("somebody else closed it: the ledger may have been told of an opening since") {
        gate->fields.untold = false;
        gate->fields.token = "another";
        CHECK(shut(gate, "u", "v") == Shut::untold);
        CHECK(*gate == expected);
    }
}

TEST_CASE("a close that the ledger was told loses its mark, for the round and token that were seen") {
    auto gate = gate_of(5, GateDoor::closed);
    CHECK(word_of(mark_told(gate, {Round(5), "t"}, "u")) == "conflict");
    gate->fields.untold = true;
    for (const auto& mark : {GateMark{Round(4), "t"}, GateMark{Round(6), "t"}, GateMark{Round(5), "x"}}) {
        const auto before = gate;
        CHECK(word_of(mark_told(gate, mark, "u")) == "conflict");
        CHECK(gate == before);
    }
    auto expected = *gate;
    expected.fields.untold = false;
    expected.fields.token = "u";
    CHECK(word_of(mark_told(gate, {Round(5), "t"}, "u")) == "done");
    CHECK(*gate == expected);
    GateMemory missing;
    CHECK(word_of(mark_told(missing, {Round(5), "t"}, "u")) == "missing");
}

TEST_CASE("a gate that the ledger was not told of is closed for good by a close, kept by arming, and never opened") {
    auto gate = gate_of(5);
    CHECK(shut(gate, {}, "u") == Shut::untold);
    const auto before = gate;
    CHECK(word_of(reopen(gate, {Round(5), "u"}, "v", {})) == "conflict");
    CHECK(word_of(open_and_arm(gate, {Round(5), "t"}, server, server)) == "conflict");
    CHECK(gate == before);
    const auto ticket = begin_arming(gate, ledger_says(RoundState::open), "w", other_server);
    REQUIRE(ticket);
    REQUIRE(arm(gate, *ticket, {1, {}, false}, other_server));
    CHECK(gate->fields.untold);
    CHECK(gate->fields.door == GateDoor::closed);
    CHECK(word_of(close(gate, {Round(5), "u"}, "v")) == "done");
    CHECK_FALSE(gate->fields.untold);
    CHECK(word_of(reopen(gate, {Round(5), "v"}, "w", {})) == "done");
}

TEST_CASE("create makes a new round only where the gate is missing or older and closed by the same hand") {
    struct Row {
        const char* what;
        GateMemory gate;
        const char* answer;
        bool is_new;
    };
    const NewGate fresh{Round(6), Limit(7), {Instant{Milliseconds{1}}, Instant{Milliseconds{2}}}, "t"};
    auto stranger = gate_of(5);
    stranger->fields.token = "x";
    auto same_round = gate_of(6);
    auto same_round_stranger = gate_of(6);
    same_round_stranger->fields.token = "x";
    for (auto& row : std::vector<Row>{{"missing", {}, "done", true},
                                      {"older", gate_of(5), "done", true},
                                      {"older, another token", stranger, "conflict", false},
                                      {"there already", same_round, "done", false},
                                      {"there already, another token", same_round_stranger, "conflict", false},
                                      {"newer", gate_of(7), "conflict", false}}) {
        CAPTURE(row.what);
        const auto before = row.gate;
        CHECK(word_of(create(row.gate, fresh, server)) == row.answer);
        if (!row.is_new) {
            CHECK(row.gate == before);
            continue;
        }
        GateState expected;
        expected.fields.round = Round(6);
        expected.fields.epoch = Epoch(1);
        expected.fields.limit = Limit(7);
        expected.fields.window = fresh.window;
        expected.fields.token = "t";
        CHECK(*row.gate == expected);
        CHECK_FALSE(is_armed(row.gate->fields, server));
    }
}

TEST_CASE("open_and_arm opens what this reset created, in the server it was created in") {
    struct Row {
        const char* what;
        std::function<void(GateState&)> change;
        ServerIdentity created_with;
        const char* answer;
    };
    const std::vector<Row> rows{
        {"as created", [](GateState&) {}, server, "done"},
        {"another token", [](GateState& g) { g.fields.token = "x"; }, server, "conflict"},
        {"another round", [](GateState& g) { g.fields.round = Round(7); }, server, "conflict"},
        {"somebody arms", [](GateState& g) { g.fields.arming = Epoch(3); }, server, "conflict"},
        {"given up", [](GateState& g) { g.fields.door = GateDoor::given_up; }, server, "conflict"},
        {"open, not armed", [](GateState& g) { g.fields.door = GateDoor::open; }, server, "conflict"},
        {"the server changed", [](GateState&) {}, other_server, "conflict"},
        {"counters that disagree", [](GateState& g) { g.fields.granted = 2; }, server, "corrupt"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto gate = gate_of(6, GateDoor::closed);
        gate->fields.armed_with = {};
        row.change(*gate);
        const auto before = gate;
        const std::string answer = word_of(open_and_arm(gate, {Round(6), "t"}, row.created_with, server));
        CHECK(answer == row.answer);
        if (answer == "done") {
            CHECK(gate->fields.door == GateDoor::open);
            CHECK(is_armed(gate->fields, server));
            CHECK(word_of(open_and_arm(gate, {Round(6), "t"}, other_server, server)) == "done");
        } else {
            CHECK(gate == before);
        }
    }
    GateMemory missing;
    CHECK(word_of(open_and_arm(missing, {Round(6), "t"}, server, server)) == "missing");
}

TEST_CASE("begin_arming refuses what must not be armed and names the epoch above all known ones") {
    struct Row {
        const char* what;
        GateMemory gate;
        RoundFacts facts;
        std::string answer; ///< the epoch, or the fault
    };
    const auto disarmed = [](GateMemory gate, std::optional<Epoch> arming = {}) {
        gate->fields.armed_with = other_server;
        gate->fields.arming = arming;
        return gate;
    };
    const auto other_limit = [](GateMemory gate) {
        gate->fields.limit = Limit(gate->fields.limit.value() + 1);
        return gate;
    };
    const std::vector<Row> rows{
        {"missing, ledger open", {}, ledger_says(RoundState::open), "3"},
        {"missing, ledger closed", {}, ledger_says(RoundState::closed), "3"},
        {"an older round, armed", gate_of(4), ledger_says(RoundState::open), "3"},
        {"an older round, given up", gate_of(4, GateDoor::given_up), ledger_says(RoundState::open), "3"},
        {"another server", disarmed(gate_of(5)), ledger_says(RoundState::open), "3"},
        {"the ledger knows a later epoch", disarmed(gate_of(5)), ledger_says(RoundState::open, 5, 8), "9"},
        {"somebody arms for a later epoch", disarmed(gate_of(5), Epoch(7)), ledger_says(RoundState::open), "8"},
        {"armed", gate_of(5), ledger_says(RoundState::open), "conflict"},
        {"the ledger is behind", disarmed(gate_of(6)), ledger_says(RoundState::open), "conflict"},
        {"another limit than the ledger's", other_limit(disarmed(gate_of(5))), ledger_says(RoundState::open), "corrupt"},
        {"an older round of another limit", other_limit(gate_of(4)), ledger_says(RoundState::open), "3"},
        {"given up", gate_of(5, GateDoor::given_up), ledger_says(RoundState::closed), "refused"},
        {"opening", {}, ledger_says(RoundState::opening), "refused"},
        {"opening, an older gate", gate_of(4), ledger_says(RoundState::opening), "refused"},
        {"abandoned", disarmed(gate_of(5)), ledger_says(RoundState::abandoned), "refused"},
        {"purged", {}, ledger_says(RoundState::purged), "refused"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto gate = row.gate;
        const auto ticket = begin_arming(gate, row.facts, "new", server);
        CHECK((ticket ? ticket->epoch.text() : name_of(ticket.fault().kind)) == row.answer);
        if (!ticket) {
            CHECK(gate == row.gate);
            continue;
        }
        CHECK(ticket->round == Round(5));
        CHECK(ticket->server == server);
        CHECK(gate->fields.arming == ticket->epoch);
        CHECK_FALSE(is_armed(gate->fields, server));
        const bool is_lost = !row.gate || row.gate->fields.round < Round(5);
        CHECK(gate->claims.size() == (is_lost ? 0 : 1));
        CHECK(gate->fields.token == (is_lost ? "new" : "t"));
        if (is_lost) CHECK(std::string(name_of(gate->fields.door)) == name_of(row.facts.state));
    }
}

TEST_CASE("a gate at an older epoch is an old copy, unless the ledger's arming was of this very gate") {
    struct Row {
        const char* what;
        std::int64_t ledger_epoch;
        std::optional<Epoch> arming; ///< that the gate has
        ServerIdentity home;         ///< of the gate for which the ledger's epoch was stored
        bool is_old_copy;
    };
    const ServerIdentity unknown;
    const ServerIdentity other_database{server.run_id, server.master_replid, server.database + 1};
    for (const auto& row : {
             Row{"the ledger's epoch", 2, {}, server, false},
             Row{"an older epoch", 3, {}, server, true},
             Row{"an older epoch, and an arming that did not get there", 4, Epoch(3), server, true},
             Row{"an arming here got as far as the ledger", 3, Epoch(3), server, false},
             Row{"an arming elsewhere did, under the same number", 3, Epoch(3), other_server, true},
             Row{"an arming in another database did", 3, Epoch(3), other_database, true},
             Row{"the ledger does not say where", 3, Epoch(3), unknown, false},
             Row{"the ledger's epoch, armed elsewhere", 2, Epoch(3), other_server, false},
         }) {
        CAPTURE(row.what);
        auto gate = gate_of(5);
        gate->fields.armed_with = other_server;
        gate->fields.arming = row.arming;
        auto facts = ledger_says(RoundState::open, 5, row.ledger_epoch);
        facts.home_run_id = row.home.run_id;
        facts.home_database = row.home.database;
        const auto ticket = begin_arming(gate, facts, "new", server);
        REQUIRE(ticket);
        CHECK(ticket->is_old_copy == row.is_old_copy);
        CHECK(gate->fields.is_old_copy == row.is_old_copy);
    }
}

TEST_CASE("restore and arm belong to the one who began last, on the server it began on") {
    GateMemory gate;
    const auto first = *begin_arming(gate, ledger_says(RoundState::open), "u", server);
    const auto second = *begin_arming(gate, ledger_says(RoundState::open), "v", server);
    const std::vector<RestoredClaim> chunk{{UserId(7), Slot(1)}, {UserId(8), Slot(3)}, {UserId(7), Slot(1)}};
    const std::vector<RestoredClaim> contradiction{{UserId(9), Slot(2)}, {UserId(7), Slot(2)}};
    CHECK(word_of(restore(gate, first, chunk, server)) == "conflict");
    CHECK(word_of(restore(gate, second, chunk, other_server)) == "conflict");
    CHECK(gate->claims.empty());
    CHECK(word_of(restore(gate, second, chunk, server)) == "done");
    CHECK(word_of(restore(gate, second, chunk, server)) == "done");
    CHECK(word_of(restore(gate, second, contradiction, server)) == "corrupt");
    CHECK(gate->claims.size() == 2);
    CHECK(gate->claims.at(UserId(7)).application == restored_application);
    CHECK(gate->fields.granted == 2);
    CHECK(gate->fields.published == 2);

    const auto free = SlotRanges::holes_in({Slot(1), Slot(3)});
    CHECK(word_of(arm(gate, first, {2, free, false}, server)) == "conflict");
    CHECK(word_of(arm(gate, second, {2, free, false}, other_server)) == "conflict");
    CHECK(word_of(arm(gate, second, {3, free, false}, server)) == "conflict");
    CHECK_FALSE(is_armed(gate->fields, server));
    CHECK(word_of(arm(gate, second, {2, free, false}, server)) == "done");
    CHECK(is_armed(gate->fields, server));
    CHECK(gate->fields.epoch == second.epoch);
    CHECK(gate->fields.free == free);
    CHECK(word_of(arm(gate, second, {2, free, false}, server)) == "conflict");
}

TEST_CASE("arming renews pending claims, never opens, and closes where the ledger says so") {
    for (const auto door : {GateDoor::open, GateDoor::closed, GateDoor::given_up}) {
        for (const bool ledger_closed : {false, true}) {
            auto gate = gate_of(5, door == GateDoor::given_up ? GateDoor::open : door);
            gate->fields.armed_with = other_server;
            const auto ticket = begin_arming(gate, ledger_says(RoundState::open), "u", server);
            REQUIRE(ticket);
            gate->fields.door = door;
            const auto before = gate;
            const auto status = arm(gate, *ticket, {1, {}, ledger_closed}, server);
            if (door == GateDoor::given_up) {
                CHECK(word_of(status) == "refused");
                CHECK(gate == before);
                continue;
            }
            CHECK(word_of(status) == "done");
            CHECK(gate->outbox.at(UserId(1)).epoch == ticket->epoch);
            CHECK(gate->fields.door == (ledger_closed ? GateDoor::closed : door));
        }
    }
    for (const bool is_claimed : {true, false}) {
        auto crossed = gate_of(5);
        crossed->fields.armed_with = other_server;
        const auto ticket = begin_arming(crossed, ledger_says(RoundState::open), "u", server);
        const auto pending = crossed->outbox.extract(UserId(1)).mapped();
        const auto user = is_claimed ? UserId(1) : UserId(2);
        crossed->outbox[user] = {user, is_claimed ? Slot(2) : pending.slot, pending.granted_at, pending.epoch};
        CHECK(word_of(arm(crossed, *ticket, {1, {}, false}, server)) == "corrupt");
    }
    auto broken = gate_of(5);
    broken->fields.armed_with = other_server;
    const auto ticket = begin_arming(broken, ledger_says(RoundState::open), "u", server);
    broken->outbox.clear();
    CHECK(word_of(arm(broken, *ticket, {1, {}, false}, server)) == "corrupt");
    broken.reset();
    CHECK(word_of(arm(broken, *ticket, {1, {}, false}, server)) == "missing");
    CHECK(word_of(restore(broken, *ticket, {}, server)) == "missing");
}

TEST_SUITE_END();
