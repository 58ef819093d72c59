// The contract of the gate's ports. Included once for each gate under test, inside its test suite; the includer names the gate as `Bed`
// (gate_beds.hpp), and in words as GATE_NAME, since doctest takes cases of one line and one name for the same.

namespace {

using namespace coupon;

constexpr const char* token = "0123456789abcdef";

Application application(std::int64_t user, const std::string& id = "a1", std::int64_t round = 1) {
    return {UserId(user), id, Round(round)};
}

/// A new round as a reset makes it, closed and not armed.
ServerIdentity create_round(Bed& bed, std::int64_t limit, const Window& window = {}, std::int64_t round = 1) {
    const auto created = bed.keeper().create({Round(round), Limit(limit), window, token}, soon());
    REQUIRE_MESSAGE(created, describe(created));
    return *created;
}

/// The same, open and armed.
void open_round(Bed& bed, std::int64_t limit, const Window& window = {}, std::int64_t round = 1) {
    const auto created = create_round(bed, limit, window, round);
    const auto opened = bed.keeper().open_and_arm({Round(round), token}, created, soon());
    REQUIRE_MESSAGE(opened, describe(opened));
}

GateSummary summary_of(Bed& bed) {
    const auto summary = bed.reader().summary(soon());
    REQUIRE_MESSAGE(summary, summary.fault().text());
    return *summary;
}

Grant grant_to(Bed& bed, std::int64_t user, const std::string& id = "a1") {
    const auto reply = ask(bed.gate(), application(user, id));
    REQUIRE_MESSAGE(reply, describe(reply));
    REQUIRE(reply->kind == ClaimReply::Kind::granted);
    return reply->grant;
}

RoundFacts ledger_says(RoundState state, std::int64_t limit = 3, std::int64_t epoch = 1) {
    return {Round(1), Limit(limit), {}, state, Epoch(epoch)};
}

/// Makes the gate forget which server it was armed with, as a restart of the server does.
void disarm(Bed& bed) {
    bed.be_armed_with({"another", "server"});
}

FaultKind kind_of(const auto& result) {
    REQUIRE_FALSE(result);
    return result.fault().kind;
}

TEST_CASE(GATE_NAME ": a missing gate is an error that names coupon-reset, never an empty gate") {
    Bed bed;
    const auto reply = ask(bed.gate(), application(7));
    CHECK(kind_of(reply) == FaultKind::missing);
    CHECK(reply.fault().hint == "run coupon-reset");
    CHECK(kind_of(ask_confirm(bed.gate(), {Round(1), Epoch(1), Slot(1), UserId(7), {}})) == FaultKind::missing);
    CHECK(kind_of(bed.reader().summary(soon())) == FaultKind::missing);
    CHECK(kind_of(bed.reader().claims(soon())) == FaultKind::missing);
    CHECK(kind_of(bed.reader().outbox(soon())) == FaultKind::missing);
    CHECK(kind_of(bed.keeper().reopen({Round(1), token}, "t2", soon())) == FaultKind::missing);
    CHECK(bed.keeper().close({Round(1), token}, "t2", soon()));
    CHECK(bed.keeper().give_up({Round(1), token}, soon()));
    CHECK(kind_of(bed.reader().summary(soon())) == FaultKind::missing);
}

TEST_CASE(GATE_NAME ": the first N users get the slots 1 to N, the next one is told sold out") {
    Bed bed;
    open_round(bed, 3);
    for (std::int64_t user = 1; user <= 3; ++user)
        CHECK(grant_to(bed, user).slot == Slot(user));
    const auto reply = ask(bed.gate(), application(4));
    REQUIRE(reply);
    CHECK(reply->kind == ClaimReply::Kind::sold_out);
    const auto summary = summary_of(bed);
    CHECK(summary.fields.granted == 3);
    CHECK(summary.claims == 3);
    CHECK(summary.outbox == 3);
    CHECK(summary.armed());
    CHECK(summary.defects.empty());
}

TEST_CASE(GATE_NAME ": a user whose answer was lost gets the same slot when asking again, another application is a duplicate") {
    Bed bed;
    open_round(bed, 3);
    const auto first = grant_to(bed, 7);
    const auto again = ask(bed.gate(), application(7));
    REQUIRE(again);
    CHECK(again->kind == ClaimReply::Kind::granted);
    CHECK(again->grant == first);
    CHECK(again->state == ClaimState::pending);
    const auto other = ask(bed.gate(), application(7, "a2"));
    REQUIRE(other);
    CHECK(other->kind == ClaimReply::Kind::duplicate);
    CHECK(other->grant == first);
    CHECK(summary_of(bed).claims == 1);
}

TEST_CASE(GATE_NAME ": the largest user id keeps every digit") {
    Bed bed;
    open_round(bed, 3);
    for (const auto user : {INT64_C(9007199254740993), INT64_C(9223372036854775807), INT64_C(0)})
        CHECK(grant_to(bed, user).user == UserId(user));
    const auto claims = bed.reader().claims(soon());
    REQUIRE(claims);
    CHECK(claims->defects.empty());
    std::vector<std::int64_t> users;
    for (const auto& claim : claims->entries)
        users.push_back(claim.user.value());
    std::sort(users.begin(), users.end());
    CHECK(users == std::vector<std::int64_t>{0, INT64_C(9007199254740993), INT64_C(9223372036854775807)});
}

TEST_CASE(GATE_NAME ": confirming takes a claim out of the outbox, once") {
    Bed bed;
    open_round(bed, 3);
    const auto grant = grant_to(bed, 7);
    const auto pending = bed.reader().outbox(soon());
    REQUIRE(pending);
    REQUIRE(pending->entries.size() == 1);
    CHECK(pending->entries.front() == PendingClaim{UserId(7), grant.slot, grant.granted_at, grant.epoch});
    for (int i = 0; i < 2; ++i) {
        const auto confirmed = ask_confirm(bed.gate(), grant);
        REQUIRE_MESSAGE(confirmed, describe(confirmed));
        CHECK(*confirmed == ConfirmReply::confirmed);
        CHECK(summary_of(bed).fields.published == 1);
        CHECK(summary_of(bed).outbox == 0);
    }
    const auto again = ask(bed.gate(), application(7));
    REQUIRE(again);
    CHECK(again->state == ClaimState::confirmed);
    CHECK(again->grant.slot == grant.slot);
}

TEST_CASE(GATE_NAME ": a confirm that differs in slot, epoch or user is gone, in the round it is a later round's or a fault") {
    Bed bed;
    open_round(bed, 3);
    const auto grant = grant_to(bed, 7);
    auto other = grant;
    other.slot = Slot(2);
    CHECK(describe(ask_confirm(bed.gate(), other)) == "gone");
    other = grant;
    other.epoch = Epoch(2);
    CHECK(describe(ask_confirm(bed.gate(), other)) == "gone");
    other = grant;
    other.user = UserId(8);
    CHECK(describe(ask_confirm(bed.gate(), other)) == "gone");
    other = grant;
    other.round = Round(0);
    CHECK(describe(ask_confirm(bed.gate(), other)) == "round_over");
    other.round = Round(2);
    CHECK(kind_of(ask_confirm(bed.gate(), other)) == FaultKind::corrupt);
    CHECK(summary_of(bed).fields.published == 0);
}

TEST_CASE(GATE_NAME ": an application of an earlier round is over, of a later one the gate is behind") {
    Bed bed;
    open_round(bed, 3, {}, 5);
    CHECK(describe(ask(bed.gate(), application(7, "a1", 4))) == "closed round_over");
    CHECK(kind_of(ask(bed.gate(), application(7, "a1", 6))) == FaultKind::corrupt);
    CHECK(summary_of(bed).claims == 0);
}

TEST_CASE(GATE_NAME ": nobody is let in before opens_at, from closes_at on, or by a closed gate; sold out comes before all of these") {
    Bed bed;
    open_round(bed, 1);
    const auto now = summary_of(bed).now;
    bed.lose_gate();
    const auto hour = std::chrono::hours(1);
    open_round(bed, 1, {now + hour, {}});
    CHECK(describe(ask(bed.gate(), application(7))) == "closed not_yet");
    bed.lose_gate();
    open_round(bed, 1, {now - 2 * hour, now - hour});
    CHECK(describe(ask(bed.gate(), application(7))) == "closed ended");
    bed.lose_gate();
    open_round(bed, 1, {now - hour, now + hour});
    REQUIRE(bed.keeper().close({Round(1), token}, token, soon()));
    CHECK(describe(ask(bed.gate(), application(7))) == "closed by_operator");
    REQUIRE(bed.keeper().reopen({Round(1), token}, token, soon()));
    static_cast<void>(grant_to(bed, 7));
    REQUIRE(bed.keeper().close({Round(1), token}, token, soon()));
    CHECK(describe(ask(bed.gate(), application(8))) == "sold_out");
    CHECK(ask(bed.gate(), application(7))->kind == ClaimReply::Kind::granted);
    CHECK(ask(bed.gate(), application(7, "a2"))->kind == ClaimReply::Kind::duplicate);
}

TEST_CASE(GATE_NAME ": a gate that is not armed grants and confirms nothing, but still knows its claims") {
    Bed bed;
    open_round(bed, 3);
    const auto confirmed = grant_to(bed, 1);
    const auto pending = grant_to(bed, 2);
    REQUIRE(ask_confirm(bed.gate(), confirmed));
    disarm(bed);
    CHECK_FALSE(summary_of(bed).armed());
    CHECK(kind_of(ask(bed.gate(), application(3))) == FaultKind::not_armed);
    CHECK(kind_of(ask_confirm(bed.gate(), pending)) == FaultKind::not_armed);
    CHECK(kind_of(ask(bed.gate(), application(1))) == FaultKind::not_armed);
    CHECK(describe(ask(bed.gate(), application(1, "a2"))).starts_with("duplicate slot 1"));
    CHECK(describe(ask(bed.gate(), application(2))).starts_with("granted slot 2"));
    CHECK(summary_of(bed).claims == 2);
}

TEST_CASE(GATE_NAME ": counters that disagree are a fault, no grant, and a defect by name") {
    Bed bed;
    open_round(bed, 3);
    static_cast<void>(grant_to(bed, 1));
    const auto second = grant_to(bed, 2);
    SUBCASE("a lost claim") {
        bed.lose_claim(UserId(1));
        CHECK(summary_of(bed).defects == std::vector<std::string>{"granted is 2 but there are 1 claims"});
    }
    SUBCASE("a lost outbox entry") {
        bed.lose_pending(UserId(1));
        CHECK(summary_of(bed).defects == std::vector<std::string>{"granted - published is 2 but the outbox holds 1"});
    }
    CHECK(kind_of(ask(bed.gate(), application(3))) == FaultKind::corrupt);
    CHECK(kind_of(ask(bed.gate(), application(2))) == FaultKind::corrupt);
    CHECK(kind_of(ask_confirm(bed.gate(), second)) == FaultKind::corrupt);
}

TEST_CASE(GATE_NAME ": close, reopen and give_up compare round and token, and write their token") {
    Bed bed;
    open_round(bed, 3);
    CHECK(kind_of(bed.keeper().close({Round(2), token}, "t2", soon())) == FaultKind::conflict);
    CHECK(kind_of(bed.keeper().close({Round(1), "other"}, "t2", soon())) == FaultKind::conflict);
    CHECK(kind_of(bed.keeper().reopen({Round(1), "other"}, "t2", soon())) == FaultKind::conflict);
    CHECK(kind_of(bed.keeper().give_up({Round(1), "other"}, soon())) == FaultKind::conflict);
    CHECK(summary_of(bed).fields.door == GateDoor::open);
    CHECK(summary_of(bed).fields.token == token);

    REQUIRE(bed.keeper().close({Round(1), token}, "t2", soon()));
    CHECK(summary_of(bed).fields.door == GateDoor::closed);
    CHECK(summary_of(bed).fields.token == "t2");
    REQUIRE(bed.keeper().reopen({Round(1), "t2"}, "t3", soon()));
    CHECK(summary_of(bed).fields.door == GateDoor::open);
    CHECK(summary_of(bed).fields.token == "t3");

    REQUIRE(bed.keeper().give_up({Round(1), "t3"}, soon()));
    REQUIRE(bed.keeper().close({Round(1), "t3"}, "t4", soon()));
    CHECK(summary_of(bed).fields.door == GateDoor::given_up);
    CHECK(kind_of(bed.keeper().reopen({Round(1), "t4"}, "t5", soon())) == FaultKind::refused);
}

TEST_CASE(GATE_NAME ": a gate that was given up confirms nothing and cannot be armed") {
    Bed bed;
    open_round(bed, 3);
    const auto grant = grant_to(bed, 7);
    REQUIRE(bed.keeper().give_up({Round(1), token}, soon()));
    CHECK(kind_of(ask_confirm(bed.gate(), grant)) == FaultKind::not_armed);
    CHECK(describe(ask(bed.gate(), application(8))) == "closed by_operator");
    CHECK(kind_of(bed.keeper().begin_arming(ledger_says(RoundState::closed), "t2", soon())) == FaultKind::refused);
}

TEST_CASE(GATE_NAME ": create replaces an older round with its own token only, and leaves the new round alone") {
    Bed bed;
    open_round(bed, 3);
    static_cast<void>(grant_to(bed, 7));
    CHECK(kind_of(bed.keeper().create({Round(2), Limit(5), {}, "stranger"}, soon())) == FaultKind::conflict);
    CHECK(kind_of(bed.keeper().create({Round(1), Limit(5), {}, "stranger"}, soon())) == FaultKind::conflict);
    CHECK(bed.keeper().create({Round(1), Limit(5), {}, token}, soon()));
    CHECK(summary_of(bed).claims == 1);

    REQUIRE(bed.keeper().create({Round(2), Limit(5), {}, token}, soon()));
    const auto fresh = summary_of(bed);
    CHECK(fresh.fields.round == Round(2));
    CHECK(fresh.fields.limit == Limit(5));
    CHECK(fresh.fields.door == GateDoor::closed);
    CHECK(fresh.claims == 0);
    CHECK(fresh.outbox == 0);
    CHECK_FALSE(fresh.armed());
    CHECK(fresh.defects.empty());
    CHECK(kind_of(bed.keeper().create({Round(1), Limit(5), {}, token}, soon())) == FaultKind::conflict);
}

TEST_CASE(GATE_NAME ": open_and_arm refuses another token, another server and a gate somebody arms; repeating it is done") {
    Bed bed;
    const auto created = create_round(bed, 3);
    CHECK(kind_of(bed.keeper().open_and_arm({Round(1), "other"}, created, soon())) == FaultKind::conflict);
    CHECK(kind_of(bed.keeper().open_and_arm({Round(1), token}, {"another", "server"}, soon())) == FaultKind::conflict);
    REQUIRE(bed.keeper().begin_arming(ledger_says(RoundState::open), "t2", soon()));
    CHECK(kind_of(bed.keeper().open_and_arm({Round(1), token}, created, soon())) == FaultKind::conflict);
    CHECK_FALSE(summary_of(bed).armed());
    bed.lose_gate();
    open_round(bed, 3);
    CHECK(bed.keeper().open_and_arm({Round(1), token}, created, soon()));
    CHECK(summary_of(bed).armed());
}

TEST_CASE(GATE_NAME ": arming a lost gate puts its claims back, leaves the holes free and raises the epoch") {
    Bed bed;
    open_round(bed, 4);
    bed.lose_gate();
    const auto ticket = bed.keeper().begin_arming(ledger_says(RoundState::open, 4, 3), "t2", soon());
    REQUIRE_MESSAGE(ticket, describe(ticket));
    CHECK(ticket->epoch == Epoch(4));
    CHECK(kind_of(ask(bed.gate(), application(9))) == FaultKind::not_armed);
    const std::vector<RestoredClaim> lost{{UserId(11), Slot(1)}, {UserId(13), Slot(3)}};
    REQUIRE(bed.keeper().restore(*ticket, lost, soon()));
    REQUIRE(bed.keeper().restore(*ticket, lost, soon()));
    CHECK(kind_of(bed.keeper().restore(*ticket, std::vector<RestoredClaim>{{UserId(14), Slot(4)}, {UserId(11), Slot(2)}}, soon())) ==
          FaultKind::corrupt);
    CHECK(kind_of(bed.keeper().arm(*ticket, {3, {}, false}, soon())) == FaultKind::conflict);
    const auto armed = bed.keeper().arm(*ticket, {2, SlotRanges::holes_in({Slot(1), Slot(3)}), false}, soon());
    REQUIRE_MESSAGE(armed, describe(armed));
    const auto summary = summary_of(bed);
    CHECK(summary.armed());
    CHECK(summary.fields.epoch == Epoch(4));
    CHECK(summary.fields.door == GateDoor::open);
    CHECK(summary.fields.free.text() == "2-2");
    CHECK(summary.fields.published == 2);
    CHECK(describe(ask(bed.gate(), application(11))).starts_with("duplicate slot 1"));
    CHECK(grant_to(bed, 20).slot == Slot(2));
    CHECK(grant_to(bed, 21).slot == Slot(4));
    CHECK(describe(ask(bed.gate(), application(22))) == "sold_out");
    CHECK(summary_of(bed).fields.free.empty());
}

TEST_CASE(GATE_NAME ": pending claims that survived take the new epoch, and records of the old one are gone") {
    Bed bed;
    open_round(bed, 3);
    const auto old = grant_to(bed, 7);
    disarm(bed);
    const auto ticket = bed.keeper().begin_arming(ledger_says(RoundState::open), "t2", soon());
    REQUIRE(ticket);
    const auto armed = bed.keeper().arm(*ticket, {1, {}, false}, soon());
    REQUIRE_MESSAGE(armed, describe(armed));
    const auto outbox = bed.reader().outbox(soon());
    REQUIRE(outbox);
    REQUIRE(outbox->entries.size() == 1);
    CHECK(outbox->entries.front() == PendingClaim{UserId(7), old.slot, old.granted_at, ticket->epoch});
    CHECK(describe(ask_confirm(bed.gate(), old)) == "gone");
    auto renewed = old;
    renewed.epoch = ticket->epoch;
    CHECK(describe(ask_confirm(bed.gate(), renewed)) == "confirmed");
}

TEST_CASE(GATE_NAME ": two who arm at once: only the later one may go on") {
    Bed bed;
    open_round(bed, 3);
    disarm(bed);
    const auto first = bed.keeper().begin_arming(ledger_says(RoundState::open), "t2", soon());
    const auto second = bed.keeper().begin_arming(ledger_says(RoundState::open), "t3", soon());
    REQUIRE(first);
    REQUIRE(second);
    CHECK(second->epoch == first->epoch.next());
    CHECK(kind_of(bed.keeper().restore(*first, std::vector<RestoredClaim>{{UserId(1), Slot(1)}}, soon())) == FaultKind::conflict);
    CHECK(kind_of(bed.keeper().arm(*first, {0, {}, false}, soon())) == FaultKind::conflict);
    auto elsewhere = *second;
    elsewhere.server.run_id = "another";
    CHECK(kind_of(bed.keeper().arm(elsewhere, {0, {}, false}, soon())) == FaultKind::conflict);
    CHECK(bed.keeper().arm(*second, {0, {}, true}, soon()));
    CHECK(summary_of(bed).fields.door == GateDoor::closed);
    CHECK(kind_of(bed.keeper().arm(*second, {0, {}, false}, soon())) == FaultKind::conflict);
    CHECK(kind_of(bed.keeper().begin_arming(ledger_says(RoundState::open), "t4", soon())) == FaultKind::conflict);
}

TEST_CASE(GATE_NAME ": begin_arming refuses a round that is not open or closed, and a ledger that is behind") {
    for (const auto state : {RoundState::opening, RoundState::abandoned, RoundState::purged}) {
        Bed bed;
        CHECK(kind_of(bed.keeper().begin_arming(ledger_says(state), "t2", soon())) == FaultKind::refused);
        CHECK(kind_of(bed.reader().summary(soon())) == FaultKind::missing);
    }
    Bed bed;
    open_round(bed, 3, {}, 2);
    CHECK(kind_of(bed.keeper().begin_arming(ledger_says(RoundState::open), "t2", soon())) == FaultKind::conflict);
}

TEST_CASE(GATE_NAME ": many applications in flight complete once each, and no more than N are granted") {
    Bed bed;
    open_round(bed, 100);
    constexpr std::size_t crowd = 5000;
    for (std::size_t i = 0; i < crowd; ++i)
        bed.gate().submit(i, application(static_cast<std::int64_t>(i % 2500), "a" + std::to_string(i)), soon());
    CHECK(bed.gate().in_flight() == crowd);
    std::set<Ticket> tickets;
    std::map<ClaimReply::Kind, int> counts;
    std::set<std::int64_t> slots;
    for (const auto& completion : await(bed.gate(), crowd)) {
        tickets.insert(completion.ticket);
        const auto& reply = std::get<Result<ClaimReply>>(completion.reply);
        REQUIRE_MESSAGE(reply, describe(reply));
        ++counts[reply->kind];
        if (reply->kind == ClaimReply::Kind::granted) slots.insert(reply->grant.slot.value());
    }
    CHECK(tickets.size() == crowd);
    CHECK(bed.gate().in_flight() == 0);
    CHECK(counts[ClaimReply::Kind::granted] == 100);
    CHECK(counts[ClaimReply::Kind::duplicate] == 100);
    CHECK(counts[ClaimReply::Kind::sold_out] == static_cast<int>(crowd) - 200);
    CHECK(slots.size() == 100);
    CHECK(*slots.rbegin() == 100);
}

} // namespace
