#include "flow/reset/reset.hpp"

#include "flow/fake_event.hpp"

#include <doctest/doctest.h>

using namespace coupon;

TEST_SUITE_BEGIN("flow/reset_hints");

namespace {

/// The hint of a reset that must be refused.
std::string hint_of_refused(FakeEvent& event) {
    const auto refused = event.reset();
    REQUIRE_FALSE(refused);
    return refused.fault().hint;
}

bool begins_with(const std::string& text, const char* beginning) {
    return text.rfind(beginning, 0) == 0;
}

/// A reset died before it opened the gate of round 2.
void die_before_opening(FakeEvent& event) {
    REQUIRE(event.reset());
    event.ledger.tables().rounds.rbegin()->second.state = RoundState::opening;
    event.gate.memory->fields.door = GateDoor::closed;
    event.gate.memory->fields.armed_with = {};
}

} // namespace

TEST_CASE("a round that is not settled is told with the command that helps: a worker, a recovery or a rebuild") {
    FakeEvent pending;
    REQUIRE(pending.reset());
    pending.publish(pending.claim_for(7));
    CHECK(begins_with(hint_of_refused(pending), "run coupon-consume --until-drained, then repeat this"));

    FakeEvent skipped;
    REQUIRE(skipped.reset());
    skipped.grant_to(7);
    for (auto& partition : skipped.broker.partitions)
        partition.committed = partition.high;
    CHECK(begins_with(hint_of_refused(skipped), "run coupon-consume --recover --yes, then repeat this"));

    FakeEvent corrupt;
    REQUIRE(corrupt.reset());
    const auto grant = corrupt.claim_for(7);
    corrupt.gate.memory->claims[UserId(8)] = {UserId(8), grant.slot, "app-8"};
    corrupt.gate.memory->outbox[UserId(8)] = {UserId(8), grant.slot, grant.granted_at, grant.epoch};
    corrupt.gate.memory->fields.granted = 2;
    corrupt.gate.restart();
    CHECK(begins_with(hint_of_refused(corrupt), "run coupon-reset --rebuild-gate, then repeat this"));
}

TEST_CASE("a gate that another program wrote to before it was opened is made again by the next reset") {
    FakeEvent event;
    die_before_opening(event);
    event.gate.memory->fields.limit = Limit(3);
    REQUIRE(event.reset());
    CHECK(event.is_open());
    CHECK(event.report.round == Round(1));
    CHECK(event.gate.memory->fields.limit == Limit(100));
}

TEST_CASE("a gate with claims of a round that the ledger never opened is kept, and told with both ways out") {
    FakeEvent event;
    die_before_opening(event);
    event.gate.memory->claims[UserId(7)] = {UserId(7), Slot(1), "app-7"};
    event.gate.memory->fields.granted = 1;
    event.gate.memory->fields.published = 1;
    const auto hint = hint_of_refused(event);
    CHECK(begins_with(hint, "restore the ledger if it lost that"));
    CHECK(hint.find("coupon:{coupon}:outbox") != std::string::npos);
    CHECK(event.gate.memory->claims.size() == 1);
    event.gate.memory.reset();
    REQUIRE(event.reset());
    CHECK(event.is_open());
}

TEST_CASE("another reset that begins a round ends the wait of this one at once") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.publish(event.claim_for(7));
    int looks = 0;
    event.world.on_pause = [&] {
        if (++looks > 1) return;
        auto row = event.last_round();
        row.round = Round(2);
        row.state = RoundState::opening;
        event.ledger.tables().rounds.emplace(std::pair(row.event, row.round), row);
    };
    const auto refused = event.reset();
    REQUIRE_FALSE(refused);
    CHECK(refused.fault().text() == "another reset began a round meanwhile; run this again");
    CHECK(looks == 1);
}

TEST_SUITE_END();
