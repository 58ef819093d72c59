#pragma once

// The contract of the gate's ports, first half: what applications and confirms are answered. Included once for each gate under test, inside
// its test suite, and before gate_contract_keeper.hpp; the includer names the gate as `Bed` (gate_beds.hpp), and in words as GATE_NAME,
// since doctest takes cases of one line and one name for the same.

namespace {

using namespace coupon;

inline constexpr const char* token = "0123456789abcdef";

inline Application application(std::int64_t user, const std::string& id = "a1", std::int64_t round = 1) {
    return {UserId(user), id, Round(round)};
}

/// A new round as a reset makes it, closed and not armed.
inline ServerIdentity create_round(Bed& bed, std::int64_t limit, const Window& window = {}, std::int64_t round = 1) {
    const auto created = bed.keeper().create({Round(round), Limit(limit), window, token}, soon());
    REQUIRE_MESSAGE(created, describe(created));
    return *created;
}

/// The same, open and armed.
inline void open_round(Bed& bed, std::int64_t limit, const Window& window = {}, std::int64_t round = 1) {
    const auto created = create_round(bed, limit, window, round);
    const auto opened = bed.keeper().open_and_arm({Round(round), token}, created, soon());
    REQUIRE_MESSAGE(opened, describe(opened));
}

inline GateSummary summary_of(Bed& bed) {
    const auto summary = bed.reader().summary(soon());
    REQUIRE_MESSAGE(summary, summary.fault().text());
    return *summary;
}

inline Grant grant_to(Bed& bed, std::int64_t user, const std::string& id = "a1") {
    const auto reply = ask(bed.gate(), application(user, id));
    REQUIRE_MESSAGE(reply, describe(reply));
    REQUIRE(reply->kind == ClaimReply::Kind::granted);
    return reply->grant;
}

inline RoundFacts ledger_says(RoundState state, std::int64_t limit = 3, std::int64_t epoch = 1) {
    return {Round(1), Limit(limit), {}, state, Epoch(epoch)};
}

/// Makes the gate forget which server it was armed with, as a restart of the server does.
inline void disarm(Bed& bed) {
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
    CHECK(reply.fault().hint.find("run coupon-reset") != std::string::npos);
    CHECK(kind_of(ask_confirm(bed.gate(), {Round(1), Epoch(1), Slot(1), UserId(7), {}})) == FaultKind::missing);
    CHECK(kind_of(bed.reader().summary(soon())) == FaultKind::missing);
    CHECK(kind_of(bed.reader().claims(soon())) == FaultKind::missing);
    CHECK(kind_of(bed.reader().outbox(soon())) == FaultKind::missing);
    CHECK(kind_of(bed.keeper().reopen({Round(1), token}, "t2", {}, soon())) == FaultKind::missing);
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

TEST_CASE(GATE_NAME ": one user's claim is told whole, with the application") {
    Bed bed;
    CHECK(kind_of(bed.reader().claim_of(UserId(7), soon())) == FaultKind::missing);
    open_round(bed, 3);
    const auto grant = grant_to(bed, 7);
    const auto claim = bed.reader().claim_of(UserId(7), soon());
    REQUIRE(claim);
    REQUIRE(*claim);
    CHECK(**claim == Claim{UserId(7), grant.slot, application(7, "a1").id});
    const auto none = bed.reader().claim_of(UserId(8), soon());
    REQUIRE(none);
    CHECK_FALSE(*none);
}

TEST_CASE(GATE_NAME ": many users' slots are told in the order they were asked for") {
    Bed bed;
    const std::array one{UserId(7)};
    CHECK(kind_of(bed.reader().slots_of(one, soon())) == FaultKind::missing);
    open_round(bed, 3);
    const auto seven = grant_to(bed, 7);
    const auto five = grant_to(bed, 5);
    const auto none = bed.reader().slots_of({}, soon());
    REQUIRE(none);
    CHECK(none->empty());
    // More than one piece, with a claim at either side of each seam.
    std::vector<UserId> users;
    for (std::int64_t i = 0; i < 2001; ++i)
        users.emplace_back(i % 1000 == 0 ? 7 : i % 1000 == 999 ? 5 : 10'000 + i);
    const auto slots = bed.reader().slots_of(users, soon());
    REQUIRE(slots);
    REQUIRE(slots->size() == users.size());
    int wrong = 0;
    for (std::size_t i = 0; i < users.size(); ++i) {
        const auto slot = (*slots)[i].value_or(Slot(0));
        wrong += slot == (users[i] == UserId(7) ? seven.slot : users[i] == UserId(5) ? five.slot : Slot(0)) ? 0 : 1;
    }
    CHECK(wrong == 0);
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

TEST_CASE(GATE_NAME ": of many confirms at once each has its own reply") {
    Bed bed;
    constexpr std::int64_t users = 350; // more than go together
    open_round(bed, users);
    disarm(bed);
    const auto ticket = bed.keeper().begin_arming(ledger_says(RoundState::open, users), "t2", soon());
    REQUIRE(ticket);
    REQUIRE(bed.keeper().arm(*ticket, {0, {}, false}, soon())); // in epoch 2
    std::vector<Grant> grants;
    for (std::int64_t user = 1; user <= users; ++user)
        grants.push_back(grant_to(bed, user));
    std::vector<std::string> expected;
    for (std::int64_t user = 1; user <= users; ++user) {
        auto grant = grants[static_cast<std::size_t>(user - 1)];
        if (user % 5 >= 1 && user % 5 <= 3) grant.epoch = Epoch(1);               // an older epoch
        if (user % 5 == 1) grant.slot = Slot(user % users + 1);                   // another slot
        if (user % 5 == 2) grant.user = UserId(10'000 + user);                    // nobody's
        if (user % 5 == 4) grant = {Round(0), Epoch(1), Slot(1), grant.user, {}}; // an older round
        bed.gate().submit_confirm(static_cast<Ticket>(user), grant, soon());
        if (user % 5 == 0) bed.gate().submit_confirm(static_cast<Ticket>(1000 + user), grant, soon()); // twice
        expected.emplace_back(user % 5 == 0 ? "confirmed" : user % 5 == 4 ? "round_over" : "gone");
    }
    for (const auto& completion : await(bed.gate(), users + users / 5)) {
        const auto user = completion.ticket > 1000 ? completion.ticket - 1000 : completion.ticket;
        CAPTURE(user);
        CHECK(describe(std::get<Result<ConfirmReply>>(completion.reply)) == expected.at(user - 1));
    }
    CHECK(summary_of(bed).fields.published == users / 5);
    CHECK(summary_of(bed).outbox == users - users / 5);
    CHECK(summary_of(bed).defects.empty());
}

TEST_CASE(GATE_NAME ": a claim that a gate of its epoch does not hold shows that the gate went back, which disarms it") {
    const auto differs = [](auto change) {
        Bed bed;
        open_round(bed, 3);
        const auto grant = grant_to(bed, 7);
        auto other = grant;
        change(other);
        CHECK(describe(ask_confirm(bed.gate(), other)) == "went_back");
        CHECK_FALSE(summary_of(bed).armed());
        CHECK(summary_of(bed).fields.published == 0);
        CHECK(summary_of(bed).defects.empty());
        CHECK(kind_of(ask_confirm(bed.gate(), grant)) == FaultKind::not_armed);
        CHECK(kind_of(ask(bed.gate(), application(9))) == FaultKind::not_armed);
        CHECK(bed.keeper().begin_arming(ledger_says(RoundState::open), "t2", soon()));
    };
    differs([](Grant& grant) { grant.slot = Slot(2); });
    differs([](Grant& grant) { grant.epoch = Epoch(2); });
    differs([](Grant& grant) { grant.user = UserId(8); });
}

TEST_CASE(GATE_NAME ": a gate that went back confirms nothing of what is asked together with the claim that showed it") {
    Bed bed;
    constexpr std::int64_t users = 20;
    open_round(bed, users);
    std::vector<Grant> grants;
    for (std::int64_t user = 1; user <= users; ++user)
        grants.push_back(grant_to(bed, user));
    for (const auto& grant : grants)
        bed.gate().submit_confirm(static_cast<Ticket>(grant.user.value()), grant, soon());
    const auto forgotten = Grant{Round(1), Epoch(1), Slot(1), UserId(99), {}};
    bed.gate().submit_confirm(99, forgotten, soon());
    std::int64_t confirmed = 0;
    for (const auto& completion : await(bed.gate(), users + 1)) {
        const auto answer = describe(std::get<Result<ConfirmReply>>(completion.reply));
        CAPTURE(completion.ticket);
        if (completion.ticket == 99) CHECK(answer == "went_back");
        confirmed += answer == "confirmed" ? 1 : 0;
    }
    CHECK(summary_of(bed).fields.published == confirmed);
    CHECK_FALSE(summary_of(bed).armed());
    CHECK(summary_of(bed).defects.empty());
}

TEST_CASE(GATE_NAME ": a gate is disarmed in the round and epoch in which it was seen, and only by its own seal") {
    Bed bed;
    CHECK(kind_of(bed.keeper().disarm(Round(1), Epoch(1), {}, soon())) == FaultKind::missing);
    open_round(bed, 3);
    CHECK(kind_of(bed.keeper().disarm(Round(1), Epoch(2), {}, soon())) == FaultKind::conflict);
    CHECK(kind_of(bed.keeper().disarm(Round(2), Epoch(1), {}, soon())) == FaultKind::conflict);
    CHECK(summary_of(bed).armed());
    CHECK(bed.keeper().disarm(Round(1), Epoch(1), {}, soon()));
    CHECK_FALSE(summary_of(bed).armed());
    CHECK(bed.keeper().disarm(Round(1), Epoch(1), {}, soon()));
}

TEST_CASE(GATE_NAME ": a confirm of an earlier round is over, and one of a later round is a fault") {
    Bed bed;
    open_round(bed, 3);
    const auto grant = grant_to(bed, 7);
    auto other = grant;
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
    REQUIRE(bed.keeper().reopen({Round(1), token}, token, {}, soon()));
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

TEST_CASE(GATE_NAME ": armed is with one process and one replication history; a failback changes only the second") {
    Bed bed;
    open_round(bed, 3);
    const auto server = summary_of(bed).server;
    for (const auto& other :
         {ServerIdentity{server.run_id, "another"}, ServerIdentity{"another", server.master_replid}, ServerIdentity{}}) {
        bed.be_armed_with(other);
        CHECK_FALSE(summary_of(bed).armed());
        CHECK(kind_of(ask(bed.gate(), application(1))) == FaultKind::not_armed);
    }
    bed.be_armed_with(server);
    CHECK(grant_to(bed, 1).slot == Slot(1));
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
