#pragma once

// The contract of the gate's ports, second half: resets and arming. Included after gate_contract_claims.hpp.

namespace {

TEST_CASE(GATE_NAME ": its server tells all that a preflight judges, whether there is a gate or not") {
    Bed bed;
    for (const bool has_gate : {false, true}) {
        if (has_gate) open_round(bed, 3);
        auto settings = bed.reader().settings(soon());
        REQUIRE(settings);
        CHECK(settings->untold.empty());
        CHECK(settings->lacks_rights.empty());
        CHECK(settings->now > Instant{});
        PreflightInput input;
        input.gate = std::move(*settings);
        const auto report = preflight(input);
        const auto told = std::count_if(report.lines.begin(), report.lines.end(), [](const auto& line) {
            return line.name.starts_with("gate-") && line.status != PreflightStatus::cannot_tell;
        });
        CHECK(told == 14);
    }
}

TEST_CASE(GATE_NAME ": close, reopen and give_up compare round and token, and write their token") {
    Bed bed;
    open_round(bed, 3);
    CHECK(kind_of(bed.keeper().close({Round(2), token}, "t2", soon())) == FaultKind::conflict);
    CHECK(kind_of(bed.keeper().close({Round(1), "other"}, "t2", soon())) == FaultKind::conflict);
    CHECK(kind_of(bed.keeper().reopen({Round(1), "other"}, "t2", {}, soon())) == FaultKind::conflict);
    CHECK(kind_of(bed.keeper().give_up({Round(1), "other"}, soon())) == FaultKind::conflict);
    CHECK(summary_of(bed).fields.door == GateDoor::open);
    CHECK(summary_of(bed).fields.token == token);

    REQUIRE(bed.keeper().close({Round(1), token}, "t2", soon()));
    CHECK(summary_of(bed).fields.door == GateDoor::closed);
    CHECK(summary_of(bed).fields.token == "t2");
    REQUIRE(bed.keeper().reopen({Round(1), "t2"}, "t3", {}, soon()));
    CHECK(summary_of(bed).fields.door == GateDoor::open);
    CHECK(summary_of(bed).fields.token == "t3");

    REQUIRE(bed.keeper().give_up({Round(1), "t3"}, soon()));
    REQUIRE(bed.keeper().close({Round(1), "t3"}, "t4", soon()));
    CHECK(summary_of(bed).fields.door == GateDoor::given_up);
    CHECK(kind_of(bed.keeper().reopen({Round(1), "t4"}, "t5", {}, soon())) == FaultKind::refused);
}

TEST_CASE(GATE_NAME ": a gate that is opened again has the end of its window that it is given") {
    Bed bed;
    open_round(bed, 3);
    REQUIRE(bed.keeper().close({Round(1), token}, token, soon()));
    const Instant past{Milliseconds(1000)};
    REQUIRE(bed.keeper().reopen({Round(1), token}, token, past, soon()));
    CHECK(summary_of(bed).fields.window.closes_at == past);
    CHECK(describe(ask(bed.gate(), application(7))) == "closed ended");
    REQUIRE(bed.keeper().reopen({Round(1), token}, token, {}, soon()));
    CHECK_FALSE(summary_of(bed).fields.window.closes_at);
    CHECK(describe(ask(bed.gate(), application(7))).starts_with("granted slot 1"));
}

TEST_CASE(GATE_NAME ": the kill switch closes whatever gate there is, and what it marked is opened only once the ledger was told") {
    Bed bed;
    CHECK(describe(bed.keeper().shut({}, "t2", soon())) == "missing");
    CHECK(kind_of(bed.keeper().mark_told({Round(1), "t2"}, "t3", soon())) == FaultKind::missing);
    CHECK(kind_of(bed.reader().summary(soon())) == FaultKind::missing);
    open_round(bed, 3);
    static_cast<void>(grant_to(bed, 7));
    CHECK(describe(bed.keeper().shut({}, "t2", soon())) == "untold round 1: 1 of 3");
    CHECK(summary_of(bed).fields.door == GateDoor::closed);
    CHECK(summary_of(bed).fields.untold);
    CHECK(summary_of(bed).fields.token == "t2");
    CHECK(summary_of(bed).defects.empty());
    CHECK(describe(ask(bed.gate(), application(8))) == "closed by_operator");
    CHECK(kind_of(bed.keeper().reopen({Round(1), "t2"}, "t3", {}, soon())) == FaultKind::conflict);
    CHECK(kind_of(bed.keeper().mark_told({Round(1), "t1"}, "t3", soon())) == FaultKind::conflict);
    CHECK(summary_of(bed).fields.untold);

    SUBCASE("by the kill switch itself") {
        CHECK(describe(bed.keeper().shut("t2", "t3", soon())) == "told round 1: 1 of 3");
    }
    SUBCASE("by a worker") {
        CHECK(bed.keeper().mark_told({Round(1), "t2"}, "t3", soon()));
    }
    SUBCASE("after somebody else acted") {
        CHECK(describe(bed.keeper().shut("t1", "t4", soon())) == "untold round 1: 1 of 3");
        CHECK(summary_of(bed).fields.untold);
        CHECK(describe(bed.keeper().shut("t4", "t3", soon())) == "told round 1: 1 of 3");
    }
    CHECK_FALSE(summary_of(bed).fields.untold);
    CHECK(kind_of(bed.keeper().mark_told({Round(1), "t3"}, "t4", soon())) == FaultKind::conflict);
    CHECK(summary_of(bed).fields.token == "t3");
    REQUIRE(bed.keeper().reopen({Round(1), "t3"}, "t4", {}, soon()));
    CHECK(describe(ask(bed.gate(), application(8))).starts_with("granted slot 2"));
}

TEST_CASE(GATE_NAME ": a close of a round that the ledger has as closed takes the mark away, too") {
    Bed bed;
    open_round(bed, 3);
    REQUIRE(bed.keeper().shut({}, "t2", soon()));
    REQUIRE(bed.keeper().close({Round(1), "t2"}, "t3", soon()));
    CHECK_FALSE(summary_of(bed).fields.untold);
    CHECK(summary_of(bed).fields.door == GateDoor::closed);
}

TEST_CASE(GATE_NAME ": arming keeps the mark of a kill switch, and a gate made again has none") {
    Bed bed;
    open_round(bed, 3);
    REQUIRE(bed.keeper().shut({}, "t2", soon()));
    disarm(bed);
    const auto ticket = bed.keeper().begin_arming(ledger_says(RoundState::open), "t3", soon());
    REQUIRE(ticket);
    REQUIRE(bed.keeper().arm(*ticket, {0, {}, false}, soon()));
    CHECK(summary_of(bed).fields.untold);
    CHECK(summary_of(bed).fields.door == GateDoor::closed);
    bed.lose_gate();
    REQUIRE(bed.keeper().begin_arming(ledger_says(RoundState::open), "t3", soon()));
    CHECK_FALSE(summary_of(bed).fields.untold);
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

TEST_CASE(GATE_NAME ": a gate is discarded as it was seen, and can be armed from nothing") {
    Bed bed;
    open_round(bed, 3);
    static_cast<void>(grant_to(bed, 7));
    CHECK(kind_of(bed.keeper().discard(GateMark{Round(1), "other"}, soon())) == FaultKind::conflict);
    CHECK(kind_of(bed.keeper().discard(GateMark{Round(2), token}, soon())) == FaultKind::conflict);
    CHECK(kind_of(bed.keeper().discard({}, soon())) == FaultKind::conflict);
    CHECK(summary_of(bed).claims == 1);
    CHECK(bed.keeper().discard(GateMark{Round(1), token}, soon()));
    CHECK(kind_of(bed.reader().summary(soon())) == FaultKind::missing);
    CHECK(bed.keeper().discard(GateMark{Round(1), token}, soon()));
    const auto ticket = bed.keeper().begin_arming(ledger_says(RoundState::open), "t2", soon());
    REQUIRE_MESSAGE(ticket, describe(ticket));
    REQUIRE(bed.keeper().arm(*ticket, {0, {}, false}, soon()));
    CHECK(grant_to(bed, 8).slot == Slot(1));
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

TEST_CASE(GATE_NAME ": a gate that arming makes from nothing is no old copy, whatever epoch was met") {
    Bed bed;
    auto facts = ledger_says(RoundState::open, 3, 2);
    facts.met = Epoch(5);
    const auto ticket = bed.keeper().begin_arming(facts, "t2", soon());
    REQUIRE_MESSAGE(ticket, describe(ticket));
    CHECK(ticket->epoch == Epoch(6));
    CHECK_FALSE(ticket->is_old_copy);
    CHECK_FALSE(summary_of(bed).fields.is_old_copy);
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
    CHECK(kind_of(bed.keeper().begin_arming(ledger_says(RoundState::open, 3, second->epoch.value()), "t4", soon())) == FaultKind::conflict);
}

TEST_CASE(GATE_NAME ": a gate of another epoch than the ledger's is armed again above both, and grants nothing until then") {
    for (const std::int64_t in_ledger : {2, 5}) {
        Bed bed;
        open_round(bed, 3);
        disarm(bed);
        const auto before = bed.keeper().begin_arming(ledger_says(RoundState::open, 3, 3), "t2", soon());
        REQUIRE(before);
        REQUIRE(bed.keeper().arm(*before, {0, {}, false}, soon()));
        REQUIRE(summary_of(bed).armed()); // in epoch 4
        const auto ticket = bed.keeper().begin_arming(ledger_says(RoundState::open, 3, in_ledger), "t3", soon());
        REQUIRE_MESSAGE(ticket, describe(ticket));
        CHECK(ticket->epoch == Epoch(std::max<std::int64_t>(4, in_ledger) + 1));
        CHECK(ticket->remembered == Epoch(4));
        CHECK(ticket->is_old_copy == (in_ledger > 4));
        CHECK_FALSE(summary_of(bed).armed());
        CHECK(kind_of(ask(bed.gate(), application(9))) == FaultKind::not_armed);
    }
}

TEST_CASE(GATE_NAME ": an armed gate is armed again above an epoch that was met and that neither it nor the ledger remembers") {
    Bed bed;
    open_round(bed, 3);
    auto facts = ledger_says(RoundState::open);
    facts.met = Epoch(4);
    const auto ticket = bed.keeper().begin_arming(facts, "t2", soon());
    REQUIRE_MESSAGE(ticket, describe(ticket));
    CHECK(ticket->epoch == Epoch(5));
    CHECK(ticket->is_old_copy);
    CHECK_FALSE(summary_of(bed).armed());
    // A gate that remembers the epoch itself is no old copy, whatever the ledger forgot.
    REQUIRE(bed.keeper().arm(*ticket, {0, {}, false}, soon()));
    facts.met = Epoch(5);
    const auto again = bed.keeper().begin_arming(facts, "t3", soon());
    REQUIRE_MESSAGE(again, describe(again));
    CHECK(again->epoch == Epoch(6));
    CHECK_FALSE(again->is_old_copy);
}

TEST_CASE(GATE_NAME ": an old copy stays marked until it is armed, and an arming that got as far as the ledger leaves none") {
    Bed bed;
    open_round(bed, 3);
    disarm(bed);
    REQUIRE(bed.keeper().begin_arming(ledger_says(RoundState::open, 3, 1), "t2", soon())->epoch == Epoch(2));
    // It stored epoch 2 and died; so did the next one, before it stored epoch 3.
    REQUIRE_FALSE(bed.keeper().begin_arming(ledger_says(RoundState::open, 3, 2), "t3", soon())->is_old_copy);
    CHECK_FALSE(bed.keeper().begin_arming(ledger_says(RoundState::open, 3, 2), "t4", soon())->is_old_copy);
    // Somebody else armed another gate in epoch 7: this one is older than that.
    REQUIRE(bed.keeper().begin_arming(ledger_says(RoundState::open, 3, 7), "t5", soon())->is_old_copy);
    CHECK(summary_of(bed).fields.is_old_copy);
    const auto ticket = bed.keeper().begin_arming(ledger_says(RoundState::open, 3, 7), "t6", soon());
    REQUIRE(ticket->is_old_copy);
    REQUIRE(bed.keeper().arm(*ticket, {0, {}, false}, soon()));
    CHECK_FALSE(summary_of(bed).fields.is_old_copy);
}

TEST_CASE(GATE_NAME ": claims that do not count are dropped, pending or confirmed, and the counters agree afterwards") {
    Bed bed;
    open_round(bed, 4);
    const auto confirmed = grant_to(bed, 7);
    REQUIRE(describe(ask_confirm(bed.gate(), confirmed)) == "confirmed");
    grant_to(bed, 8);
    grant_to(bed, 9);
    disarm(bed);
    const auto ticket = bed.keeper().begin_arming(ledger_says(RoundState::open, 4), "t2", soon());
    REQUIRE(ticket);
    const std::vector<UserId> users{UserId(7), UserId(8), UserId(99)};
    auto stale = *ticket;
    stale.epoch = Epoch(1);
    CHECK(kind_of(bed.keeper().drop(stale, users, soon())) == FaultKind::conflict);
    REQUIRE(bed.keeper().drop(*ticket, users, soon()));
    REQUIRE(bed.keeper().drop(*ticket, users, soon()));
    const auto summary = summary_of(bed);
    CHECK(summary.defects.empty());
    CHECK(summary.fields.granted == 1);
    CHECK(summary.fields.published == 0);
    CHECK(summary.outbox == 1);
    CHECK_FALSE(*bed.reader().claim_of(UserId(7), soon()));
}

TEST_CASE(GATE_NAME ": a gate with another seal is neither claimed at, confirmed nor armed; an empty seal is not compared") {
    const auto key = RoundKey::parse("000102030405060708090a0b0c0d0e0f");
    const auto other = RoundKey::parse("000102030405060708090a0b0c0d0e00");
    Bed bed;
    const auto created = bed.keeper().create({Round(1), Limit(3), {}, token, key, "a_topic"}, soon());
    REQUIRE(created);
    REQUIRE(bed.keeper().open_and_arm({Round(1), token}, *created, soon()));
    CHECK(summary_of(bed).fields.key == key);
    CHECK(summary_of(bed).fields.topic == "a_topic");

    bed.gate().expect_seal(other->seal());
    CHECK(kind_of(ask(bed.gate(), application(7))) == FaultKind::refused);
    CHECK(summary_of(bed).claims == 0);
    bed.gate().expect_seal(key->seal());
    const auto grant = grant_to(bed, 7);
    bed.gate().expect_seal(other->seal());
    CHECK(kind_of(ask_confirm(bed.gate(), grant)) == FaultKind::refused);
    CHECK(summary_of(bed).outbox == 1);
    bed.gate().expect_seal({});
    CHECK(describe(ask_confirm(bed.gate(), grant)) == "confirmed");

    disarm(bed);
    auto facts = ledger_says(RoundState::open);
    facts.key = other;
    const auto refused = bed.keeper().begin_arming(facts, "t2", soon());
    REQUIRE(kind_of(refused) == FaultKind::refused);
    CHECK(refused.fault().message.find(key->seal()) != std::string::npos);
    CHECK(refused.fault().message.find(other->seal()) != std::string::npos);
    CHECK(refused.fault().text().find(key->secret_text()) == std::string::npos);
    CHECK_FALSE(summary_of(bed).fields.arming);
    facts.key = key;
    const auto ticket = bed.keeper().begin_arming(facts, "t2", soon());
    REQUIRE(ticket);
    auto stray = *ticket;
    stray.seal = other->seal();
    CHECK(kind_of(bed.keeper().restore(stray, std::vector<RestoredClaim>{{UserId(1), Slot(2)}}, soon())) == FaultKind::refused);
    CHECK(kind_of(bed.keeper().arm(stray, {1, {}, false}, soon())) == FaultKind::refused);
    CHECK(bed.keeper().arm(*ticket, {1, {}, false}, soon()));
}

TEST_CASE(GATE_NAME ": a copy in another database of the same server is not armed") {
    Bed bed;
    open_round(bed, 3);
    auto server = summary_of(bed).server;
    server.database += 1;
    bed.be_armed_with(server);
    CHECK_FALSE(summary_of(bed).armed());
    CHECK(kind_of(ask(bed.gate(), application(7))) == FaultKind::not_armed);
    server.database -= 1;
    bed.be_armed_with(server);
    CHECK(grant_to(bed, 7).slot == Slot(1));
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

TEST_CASE(GATE_NAME ": begin_arming refuses a gate that would give away another number than the ledger has room for") {
    Bed bed;
    open_round(bed, 3);
    disarm(bed);
    const auto ticket = bed.keeper().begin_arming(ledger_says(RoundState::open, 4), "t2", soon());
    CHECK(kind_of(ticket) == FaultKind::corrupt);
    CHECK(ticket.fault().message == "the gate contradicts itself: its limit is 3 but the ledger's is 4");
    CHECK_FALSE(summary_of(bed).fields.arming);
    CHECK(bed.keeper().begin_arming(ledger_says(RoundState::open, 3), "t2", soon()));
}

} // namespace
