#include "core/gate_rule.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

TEST_SUITE_BEGIN("core/gate_rule");

using namespace coupon;

namespace {

const ServerIdentity server{"run", "replication"};
const ServerIdentity other_server{"run-2", "replication"};
const Instant now{Milliseconds{1000}};

/// Round 5, epoch 2, open, armed, 3 slots: user 1 has slot 1 and is confirmed, user 2 has slot 2 and is pending.
GateState two_of_three() {
    GateState gate;
    gate.fields.round = Round(5);
    gate.fields.epoch = Epoch(2);
    gate.fields.limit = Limit(3);
    gate.fields.door = GateDoor::open;
    gate.fields.granted = 2;
    gate.fields.published = 1;
    gate.fields.token = "t";
    gate.fields.armed_with = server;
    gate.claims = {{UserId(1), {UserId(1), Slot(1), "one"}}, {UserId(2), {UserId(2), Slot(2), "two"}}};
    gate.outbox = {{UserId(2), {UserId(2), Slot(2), Instant{Milliseconds{900}}, Epoch(2)}}};
    return gate;
}

void sell_out(GateState& gate) {
    gate.fields.granted = 3;
    gate.fields.published = 2;
    gate.claims[UserId(3)] = {UserId(3), Slot(3), "three"};
}

/// The answer in words: what it is, its slot, its state or reason, or the kind of fault.
std::string words_of(const Result<ClaimReply>& reply) {
    if (!reply) return name_of(reply.fault().kind);
    const std::string claim = " " + reply->grant.slot.text() + (reply->state == ClaimState::pending ? " pending" : " confirmed");
    switch (reply->kind) {
    case ClaimReply::Kind::granted: return "granted" + claim;
    case ClaimReply::Kind::duplicate: return "duplicate" + claim;
    case ClaimReply::Kind::sold_out: return "sold_out";
    case ClaimReply::Kind::closed: return std::string("closed ") + name_of(reply->reason);
    }
    return {};
}

using Change = std::function<void(GateState&)>;

} // namespace

TEST_CASE("a missing gate is an error, never an empty one") {
    GateMemory gate;
    const auto reply = claim(gate, {UserId(7), "a", Round(1)}, server, now);
    REQUIRE_FALSE(reply);
    CHECK(reply.fault().kind == FaultKind::missing);
    CHECK_FALSE(gate.has_value());
}

TEST_CASE("a claim is decided in the order of the contract, and only a grant changes the gate") {
    struct Row {
        const char* what;
        Change change;
        Application application;
        const char* answer;
    };
    const Application newcomer{UserId(9), "nine", Round(5)};
    const std::vector<Row> rows{
        {"a newcomer", [](GateState&) {}, newcomer, "granted 3 pending"},
        {"a hole left by arming", [](GateState& g) { g.fields.free = *SlotRanges::parse("1-1"); }, newcomer, "granted 1 pending"},
        {"the owner of a confirmed claim", [](GateState&) {}, {UserId(1), "one", Round(5)}, "granted 1 confirmed"},
        {"the owner of a pending claim", [](GateState&) {}, {UserId(2), "two", Round(5)}, "granted 2 pending"},
        {"another application", [](GateState&) {}, {UserId(1), "x", Round(5)}, "duplicate 1 confirmed"},
        {"another application, pending", [](GateState&) {}, {UserId(2), "x", Round(5)}, "duplicate 2 pending"},
        {"sold out", sell_out, newcomer, "sold_out"},
        {"before it opens", [](GateState& g) { g.fields.window.opens_at = now + Milliseconds(1); }, newcomer, "closed not_yet"},
        {"as it opens", [](GateState& g) { g.fields.window.opens_at = now; }, newcomer, "granted 3 pending"},
        {"just before it closes", [](GateState& g) { g.fields.window.closes_at = now + Milliseconds(1); }, newcomer, "granted 3 pending"},
        {"as it closes", [](GateState& g) { g.fields.window.closes_at = now; }, newcomer, "closed ended"},
        {"closed by hand", [](GateState& g) { g.fields.door = GateDoor::closed; }, newcomer, "closed by_operator"},
        {"given up", [](GateState& g) { g.fields.door = GateDoor::given_up; }, newcomer, "closed by_operator"},
        {"not armed", [](GateState& g) { g.fields.armed_with = other_server; }, newcomer, "not_armed"},
        {"being armed", [](GateState& g) { g.fields.arming = Epoch(3); }, newcomer, "not_armed"},
        {"an earlier round", [](GateState&) {}, {UserId(1), "one", Round(4)}, "closed round_over"},
        {"a later round", [](GateState&) {}, {UserId(1), "one", Round(6)}, "corrupt"},
        {"counters that disagree", [](GateState& g) { g.fields.granted = 1; }, {UserId(1), "one", Round(4)}, "corrupt"},
        // One case over the next.
        {"owner, sold out and closed",
         [](GateState& g) { sell_out(g), g.fields.door = GateDoor::closed; },
         {UserId(2), "two", Round(5)},
         "granted 2 pending"},
        {"duplicate, given up",
         [](GateState& g) { g.fields.door = GateDoor::given_up; },
         {UserId(1), "x", Round(5)},
         "duplicate 1 confirmed"},
        {"promise, given up", [](GateState& g) { g.fields.door = GateDoor::given_up; }, {UserId(1), "one", Round(5)}, "not_armed"},
        {"promise, not armed", [](GateState& g) { g.fields.armed_with = other_server; }, {UserId(1), "one", Round(5)}, "not_armed"},
        {"pending, not armed", [](GateState& g) { g.fields.armed_with = other_server; }, {UserId(2), "two", Round(5)}, "granted 2 pending"},
        {"sold out, ended, not armed", [](GateState& g) { sell_out(g), g.fields.window.closes_at = now, g.fields.armed_with = {}; },
         newcomer, "sold_out"},
        {"not yet, closed", [](GateState& g) { g.fields.window.opens_at = now + Milliseconds(1), g.fields.door = GateDoor::closed; },
         newcomer, "closed not_yet"},
        {"ended, closed", [](GateState& g) { g.fields.window.closes_at = now, g.fields.door = GateDoor::closed; }, newcomer,
         "closed ended"},
        {"closed, not armed", [](GateState& g) { g.fields.door = GateDoor::closed, g.fields.armed_with = {}; }, newcomer,
         "closed by_operator"},
        // Contradictions that must not become promises.
        {"a free slot above the limit", [](GateState& g) { g.fields.free = *SlotRanges::parse("4-4"); }, newcomer, "corrupt"},
        {"another slot in the outbox", [](GateState& g) { g.outbox[UserId(2)].slot = Slot(3); }, {UserId(2), "two", Round(5)}, "corrupt"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        GateMemory gate = two_of_three();
        row.change(*gate);
        const auto before = gate;
        const std::string answer = words_of(claim(gate, row.application, server, now));
        CHECK(answer == row.answer);
        const bool is_new = gate->claims.size() != before->claims.size();
        CHECK(is_new == (row.application.user == UserId(9) && answer.starts_with("granted")));
        if (!is_new) CHECK(*gate == *before);
    }
}

TEST_CASE("a grant is a claim, an outbox entry and one more granted") {
    GateMemory gate = two_of_three();
    const auto reply = claim(gate, {UserId(9), "nine", Round(5)}, server, now);
    REQUIRE(reply);
    CHECK(reply->grant == Grant{Round(5), Epoch(2), Slot(3), UserId(9), now});
    CHECK(gate->claims.at(UserId(9)) == Claim{UserId(9), Slot(3), "nine"});
    CHECK(gate->outbox.at(UserId(9)) == PendingClaim{UserId(9), Slot(3), now, Epoch(2)});
    CHECK(gate->fields.granted == 3);
    CHECK(gate->fields.published == 1);
}

TEST_CASE("a confirm compares round, slot and epoch on an armed gate") {
    struct Row {
        const char* what;
        Change change;
        Grant grant;
        std::string answer;
    };
    const Grant own{Round(5), Epoch(2), Slot(2), UserId(2), {}};
    const std::vector<Row> rows{
        {"as published", [](GateState&) {}, own, "confirmed"},
        {"confirmed before", [](GateState&) {}, {Round(5), Epoch(2), Slot(1), UserId(1), {}}, "confirmed"},
        {"closed", [](GateState& g) { g.fields.door = GateDoor::closed; }, own, "confirmed"},
        {"another slot", [](GateState&) {}, {Round(5), Epoch(2), Slot(3), UserId(2), {}}, "went_back"},
        {"an older epoch", [](GateState&) {}, {Round(5), Epoch(1), Slot(2), UserId(2), {}}, "gone"},
        {"another slot of an older epoch", [](GateState&) {}, {Round(5), Epoch(1), Slot(3), UserId(2), {}}, "gone"},
        {"a later epoch", [](GateState&) {}, {Round(5), Epoch(3), Slot(2), UserId(2), {}}, "went_back"},
        {"no claim", [](GateState&) {}, {Round(5), Epoch(2), Slot(2), UserId(9), {}}, "went_back"},
        {"no claim of an older epoch", [](GateState&) {}, {Round(5), Epoch(1), Slot(2), UserId(9), {}}, "gone"},
        {"an earlier round", [](GateState&) {}, {Round(4), Epoch(2), Slot(2), UserId(2), {}}, "round_over"},
        {"a later round", [](GateState&) {}, {Round(6), Epoch(2), Slot(2), UserId(2), {}}, "corrupt"},
        {"given up", [](GateState& g) { g.fields.door = GateDoor::given_up; }, own, "not_armed"},
        {"not armed", [](GateState& g) { g.fields.armed_with.master_replid = "else"; }, own, "not_armed"},
        {"being armed", [](GateState& g) { g.fields.arming = Epoch(3); }, own, "not_armed"},
        {"counters that disagree", [](GateState& g) { g.fields.published = 2; }, own, "corrupt"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        GateMemory gate = two_of_three();
        row.change(*gate);
        const auto before = *gate;
        const auto reply = confirm(gate, row.grant, server);
        const std::string answer = !reply                              ? name_of(reply.fault().kind)
                                   : *reply == ConfirmReply::confirmed ? "confirmed"
                                   : *reply == ConfirmReply::gone      ? "gone"
                                   : *reply == ConfirmReply::went_back ? "went_back"
                                                                       : "round_over";
        CHECK(answer == row.answer);
        if (answer == "went_back") {
            CHECK_FALSE(is_armed(gate->fields, server));
            gate->fields.armed_with = before.fields.armed_with;
            CHECK(*gate == before);
        }
        const bool takes_out = answer == "confirmed" && row.grant.user == UserId(2);
        CHECK(gate->outbox.empty() == takes_out);
        CHECK(gate->fields.published == before.fields.published + (takes_out ? 1 : 0));
    }
}

TEST_CASE("counters agree when claims are granted and the outbox is what is not published") {
    struct Row {
        std::int64_t granted, published, claims, outbox;
        const char* why;
    };
    for (const auto& row :
         {Row{0, 0, 0, 0, ""}, Row{3, 1, 3, 2, ""}, Row{3, 3, 3, 0, ""}, Row{3, 1, 2, 2, "granted is 3 but there are 2 claims"},
          Row{4, 4, 4, 0, "granted is 4 but the limit is 3"}, Row{3, 1, 3, 1, "granted - published is 2 but the outbox holds 1"},
          Row{1, 2, 1, 0, "granted - published is -1 but the outbox holds 0"}, Row{-1, 0, -1, 0, "granted is -1 but the limit is 3"}}) {
        GateFields fields;
        fields.limit = Limit(3);
        fields.granted = row.granted;
        fields.published = row.published;
        CHECK(counters_disagree(fields, row.claims, row.outbox) == row.why);
    }
}

TEST_CASE("armed means: this server with this history, not given up, nobody arming") {
    const auto armed_after = [](const std::function<void(GateFields&)>& change) {
        auto fields = two_of_three().fields;
        change(fields);
        return is_armed(fields, server);
    };
    CHECK(armed_after([](GateFields&) {}));
    CHECK(armed_after([](GateFields& fields) { fields.door = GateDoor::closed; }));
    CHECK_FALSE(armed_after([](GateFields& fields) { fields.door = GateDoor::given_up; }));
    CHECK_FALSE(armed_after([](GateFields& fields) { fields.arming = Epoch(3); }));
    CHECK_FALSE(armed_after([](GateFields& fields) { fields.armed_with.run_id = "else"; }));
    CHECK_FALSE(armed_after([](GateFields& fields) { fields.armed_with.master_replid = "else"; }));
    GateFields never;
    CHECK_FALSE(is_armed(never, {}));
}

TEST_SUITE_END();
