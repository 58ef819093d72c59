#pragma once

// The contract of the gate's ports, third part: applications that wait together are decided in their order, as one step. See
// gate_contract_claims.hpp.

namespace {

using namespace coupon;

/// What they are told, in one text each; the grants by their slots.
inline std::vector<std::string> told_together(Bed& bed, const std::vector<Application>& applications) {
    std::vector<std::string> told;
    for (const auto& reply : ask_together(bed.one_connection(), applications)) {
        const bool has_claim = reply && (reply->kind == ClaimReply::Kind::granted || reply->kind == ClaimReply::Kind::duplicate);
        const std::string state = has_claim && reply->state == ClaimState::confirmed ? " confirmed" : " pending";
        const auto text = describe(reply);
        told.push_back(has_claim ? text.substr(0, text.find(" user")) + state : reply ? text : name_of(reply.fault().kind));
    }
    return told;
}

using Answers = std::vector<std::string>;

} // namespace

TEST_CASE(GATE_NAME ": of applications that wait together the first N get the next slots in their order, the others are told sold out") {
    Bed bed;
    open_round(bed, 4);
    static_cast<void>(grant_to(bed, 1));
    const std::vector<Application> five{application(9), application(3), application(8), application(4), application(7)};
    const auto replies = ask_together(bed.one_connection(), five);
    for (std::size_t i = 0; i < 3; ++i) {
        REQUIRE_MESSAGE(replies[i], describe(replies[i]));
        CHECK(replies[i]->kind == ClaimReply::Kind::granted);
        CHECK(replies[i]->grant.user == five[i].user);
        CHECK(replies[i]->grant.slot == Slot(static_cast<std::int64_t>(i) + 2));
        CHECK(replies[i]->grant.granted_at == replies[0]->grant.granted_at);
        CHECK(replies[i]->state == ClaimState::pending);
    }
    CHECK(describe(replies[3]) == "sold_out");
    CHECK(describe(replies[4]) == "sold_out");
    const auto summary = summary_of(bed);
    CHECK(summary.fields.granted == 4);
    CHECK(summary.claims == 4);
    CHECK(summary.outbox == 4);
    CHECK(summary.defects.empty());
    for (std::size_t i = 0; i < 3; ++i) {
        const auto claim = bed.reader().claim_of(five[i].user, soon());
        REQUIRE(claim);
        CHECK(*claim == Claim{five[i].user, replies[i]->grant.slot, five[i].id});
        CHECK(describe(ask_confirm(bed.gate(), replies[i]->grant)) == "confirmed");
    }
}

TEST_CASE(GATE_NAME ": two applications of one user that wait together are granted and duplicate, the same one twice is granted twice") {
    Bed bed;
    open_round(bed, 3);
    const std::vector<Application> applications{application(7), application(8), application(7, "a2"), application(7), application(9)};
    CHECK(told_together(bed, applications) == Answers{"granted slot 1 pending", "granted slot 2 pending", "duplicate slot 1 pending",
                                                      "granted slot 1 pending", "granted slot 3 pending"});
    CHECK(summary_of(bed).claims == 3);
    CHECK(told_together(bed, applications) == Answers{"granted slot 1 pending", "granted slot 2 pending", "duplicate slot 1 pending",
                                                      "granted slot 1 pending", "granted slot 3 pending"});
    CHECK(summary_of(bed).claims == 3);
}

TEST_CASE(GATE_NAME ": users who have a claim are told it again, among others who apply for the first time") {
    Bed bed;
    open_round(bed, 5);
    const auto confirmed = grant_to(bed, 1);
    REQUIRE(ask_confirm(bed.gate(), confirmed));
    static_cast<void>(grant_to(bed, 2));
    CHECK(
        told_together(bed, {application(3), application(2), application(1), application(1, "a2"), application(2, "a2"), application(4)}) ==
        Answers{"granted slot 3 pending", "granted slot 2 pending", "granted slot 1 confirmed", "duplicate slot 1 confirmed",
                "duplicate slot 2 pending", "granted slot 4 pending"});
    CHECK(summary_of(bed).claims == 4);
}

TEST_CASE(GATE_NAME ": applications that wait together get the holes first, then the slots behind the highest") {
    Bed bed;
    open_round(bed, 6);
    disarm(bed);
    const auto ticket = bed.keeper().begin_arming(ledger_says(RoundState::open, 6), "t2", soon());
    REQUIRE(ticket);
    const std::vector<RestoredClaim> restored{{UserId(1), Slot(2)}, {UserId(2), Slot(5)}};
    REQUIRE(bed.keeper().restore(*ticket, restored, soon()));
    REQUIRE(bed.keeper().arm(*ticket, {2, *SlotRanges::parse("1-1,3-4"), false}, soon()));
    CHECK(told_together(bed, {application(11), application(12)}) == Answers{"granted slot 1 pending", "granted slot 3 pending"});
    CHECK(summary_of(bed).fields.free.text() == "4-4");
    CHECK(told_together(bed, {application(13), application(14), application(15)}) ==
          Answers{"granted slot 4 pending", "granted slot 6 pending", "sold_out"});
    CHECK(summary_of(bed).fields.free.empty());
    CHECK(summary_of(bed).defects.empty());
}

TEST_CASE(GATE_NAME ": a gate that is not armed, closed or not open yet tells each of those that wait together what it would alone") {
    Bed bed;
    open_round(bed, 5);
    const auto confirmed = grant_to(bed, 1);
    REQUIRE(ask_confirm(bed.gate(), confirmed));
    static_cast<void>(grant_to(bed, 2));
    const std::vector<Application> applications{application(3), application(1), application(1, "a2"), application(2), application(4)};
    REQUIRE(bed.keeper().close({Round(1), token}, token, soon()));
    CHECK(told_together(bed, applications) == Answers{"closed by_operator", "granted slot 1 confirmed", "duplicate slot 1 confirmed",
                                                      "granted slot 2 pending", "closed by_operator"});
    REQUIRE(bed.keeper().reopen({Round(1), token}, token, summary_of(bed).now - std::chrono::hours(1), soon()));
    CHECK(told_together(bed, {application(3), application(2)}) == Answers{"closed ended", "granted slot 2 pending"});
    REQUIRE(bed.keeper().reopen({Round(1), token}, token, {}, soon()));
    disarm(bed);
    CHECK(told_together(bed, applications) ==
          Answers{"not_armed", "not_armed", "duplicate slot 1 confirmed", "granted slot 2 pending", "not_armed"});
    CHECK(summary_of(bed).claims == 2);
}

TEST_CASE(GATE_NAME ": what is wrong with the gate or its round is told to all that wait together, and nothing is changed") {
    Bed bed;
    const std::vector<Application> applications{application(7), application(8), application(9)};
    CHECK(told_together(bed, applications) == Answers(3, "missing"));
    open_round(bed, 5, {}, 5);
    CHECK(told_together(bed, {application(7, "a1", 4), application(8, "a1", 4)}) == Answers(2, "closed round_over"));
    CHECK(told_together(bed, {application(7, "a1", 6), application(8, "a1", 6)}) == Answers(2, "corrupt"));
    CHECK(summary_of(bed).claims == 0);
    bed.lose_gate();
    open_round(bed, 5);
    static_cast<void>(grant_to(bed, 7));
    bed.lose_claim(UserId(7));
    CHECK(told_together(bed, applications) == Answers(3, "corrupt"));
    CHECK(summary_of(bed).claims == 0);
}

TEST_CASE(GATE_NAME ": a crowd that waits together is served in its order, however many scripts that takes") {
    Bed bed;
    constexpr std::int64_t crowd = 350;
    constexpr std::int64_t limit = 120;
    open_round(bed, limit);
    std::vector<Application> applications;
    Answers expected;
    for (std::int64_t i = 1; i <= crowd; ++i) {
        applications.push_back(application(1000 - i));
        expected.push_back(i <= limit ? "granted slot " + std::to_string(i) + " pending" : "sold_out");
    }
    CHECK(told_together(bed, applications) == expected);
    CHECK(summary_of(bed).fields.granted == limit);
    CHECK(summary_of(bed).defects.empty());
}
