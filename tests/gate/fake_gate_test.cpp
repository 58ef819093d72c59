#include "fakes/fake_gate.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

TEST_SUITE_BEGIN("gate/fake_gate");

using namespace coupon;

namespace {

const Application seven{UserId(7), "a1", Round(1)};

/// An open, armed gate of round 1 with three slots.
void open_round(FakeGate& fake) {
    REQUIRE(fake.create({Round(1), Limit(3), {}, "t"}, {}));
    REQUIRE(fake.open_and_arm({Round(1), "t"}, fake.server, {}));
}

/// The kind of fault of a claim, "answered", or "in flight".
std::string claim_of(FakeGate& fake, const Application& application) {
    fake.submit(1, application, {});
    std::vector<GateCompletion> completions;
    if (fake.poll(completions, Milliseconds(0)) == 0) return "in flight";
    const auto& reply = std::get<Result<ClaimReply>>(completions.front().reply);
    return reply ? "answered" : name_of(reply.fault().kind);
}

} // namespace

TEST_CASE("a trouble has the effect it says, on claims, keepers and readers") {
    struct Row {
        GateTrouble trouble;
        const char* claim;
        bool has_effect;
        FaultKind keeper, reader;
    };
    for (const auto& row : {Row{GateTrouble::reply_lost, "unknown", true, FaultKind::unknown, FaultKind::unreachable},
                            Row{GateTrouble::refused, "refused", false, FaultKind::refused, FaultKind::refused},
                            Row{GateTrouble::unreachable, "unreachable", false, FaultKind::unreachable, FaultKind::unreachable},
                            Row{GateTrouble::silent, "in flight", false, FaultKind::unknown, FaultKind::unreachable}}) {
        FakeGate fake;
        open_round(fake);
        fake.meet(row.trouble);
        CHECK(claim_of(fake, seven) == row.claim);
        CHECK(fake.memory->claims.size() == (row.has_effect ? 1 : 0));
        const auto closed = fake.close({Round(1), "t"}, "u", {});
        REQUIRE_FALSE(closed);
        CHECK(closed.fault().kind == row.keeper);
        CHECK((fake.memory->fields.door == GateDoor::closed) == row.has_effect);
        const auto summary = fake.summary({});
        REQUIRE_FALSE(summary);
        CHECK(summary.fault().kind == row.reader);
    }
}

TEST_CASE("a trouble is over after as many calls as were asked for, or when another is set") {
    FakeGate fake;
    open_round(fake);
    fake.meet(GateTrouble::refused, 2);
    CHECK(claim_of(fake, seven) == "refused");
    CHECK(claim_of(fake, seven) == "refused");
    CHECK(claim_of(fake, seven) == "answered");
    fake.meet(GateTrouble::silent);
    CHECK(claim_of(fake, seven) == "in flight");
    CHECK(fake.in_flight() == 1);
    fake.meet(GateTrouble::none);
    std::vector<GateCompletion> completions;
    CHECK(fake.poll(completions, Milliseconds(0)) == 1);
    CHECK(fake.in_flight() == 0);
    fake.meet_after(GateTrouble::unreachable, 1);
    CHECK(claim_of(fake, seven) == "answered");
    CHECK(claim_of(fake, seven) == "unreachable");
}

TEST_CASE("a restarted fake is another server") {
    FakeGate fake;
    open_round(fake);
    CHECK(fake.summary({})->armed());
    fake.restart();
    CHECK_FALSE(fake.summary({})->armed());
    CHECK(claim_of(fake, seven) == "not_armed");
}

TEST_SUITE_END();
