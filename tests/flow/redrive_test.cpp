#include "flow/worker/redrive.hpp"

#include "flow/fake_event.hpp"
#include "flow/worker/arming.hpp"

#include <doctest/doctest.h>

#include <functional>

using namespace coupon;

TEST_SUITE_BEGIN("flow/redrive");

namespace {

constexpr Milliseconds timeout{5000};

/// The fake gate, but something happens between the first look and the reading of the claims.
class GateThatMovesOn final : public GateReader {
public:
    explicit GateThatMovesOn(FakeGate& gate) : gate_(gate) {}

    std::function<void()> before_first_list;
    std::function<void()> after_lists;

    [[nodiscard]] std::string address() const override { return gate_.address(); }
    Result<GateSummary> summary(Deadline deadline) override {
        if (!before_first_list && after_lists) std::exchange(after_lists, nullptr)();
        return gate_.summary(deadline);
    }
    Result<GateListing<ClaimedSlot>> claims(Deadline deadline) override {
        move_on();
        return gate_.claims(deadline);
    }
    Result<std::vector<std::optional<Slot>>> slots_of(std::span<const UserId> users, Deadline deadline) override {
        return gate_.slots_of(users, deadline);
    }
    Result<std::optional<Claim>> claim_of(UserId user, Deadline deadline) override { return gate_.claim_of(user, deadline); }
    Result<GateListing<PendingClaim>> outbox(Deadline deadline) override {
        move_on();
        return gate_.outbox(deadline);
    }
    Result<GateSettings> settings(Deadline deadline) override { return gate_.settings(deadline); }

private:
    void move_on() {
        if (const auto act = std::exchange(before_first_list, nullptr)) act();
    }

    FakeGate& gate_;
};

/// A gate whose account may confirm nothing.
class GateWithoutConfirm final : public Gate {
public:
    void expect_seal(const std::string&) override {}
    void submit(Ticket ticket, const Application&, Deadline) override { waiting_.push_back(ticket); }
    void submit_confirm(Ticket ticket, const Grant&, Deadline) override { waiting_.push_back(ticket); }
    std::size_t poll(std::vector<GateCompletion>& out, Milliseconds) override {
        for (const auto ticket : waiting_)
            out.push_back({ticket, Result<ConfirmReply>(fault)});
        return std::exchange(waiting_, {}).size();
    }
    [[nodiscard]] std::size_t in_flight() const override { return waiting_.size(); }

    Fault fault{FaultKind::denied, "the account lacks HDEL", ""};

private:
    std::vector<Ticket> waiting_;
};

/// A round in which user 17 has the only claim: its record is lost.
struct Event : FakeEvent {
    Event() {
        REQUIRE(reset());
        lost = claim_for(17);
        confirm(lost);
    }

    Result<std::int64_t> redrive_missing(GateReader& reader) {
        const auto published = coupon::redrive_missing(reader, publisher, log, ledger, world, "coupon", timeout);
        return published ? Result<std::int64_t>(static_cast<std::int64_t>(published->acknowledged.size())) : published.fault();
    }
    Result<PendingAgain> redrive_pending(Gate& to) {
        gate.now += Milliseconds(60'000);
        return coupon::redrive_pending(gate, to, publisher, world, "coupon", Milliseconds(3000), timeout);
    }

    Grant lost;
};

} // namespace

TEST_CASE("a confirmed claim without a row is republished") {
    Event event;
    CHECK(event.redrive_missing(event.gate).value() == 1);
    event.work();
    CHECK(event.rows_of(1) == 1);
    CHECK(event.redrive_missing(event.gate).value() == 0);
}

TEST_CASE("while the topic is not read to its end the ledger is not asked for missing rows") {
    Event event;
    event.grant_to(18);
    const int before = event.ledger.calls();
    CHECK(*event.redrive_missing(event.gate) == 0);
    CHECK(event.ledger.calls() == before);
    event.work();
    CHECK(*event.redrive_missing(event.gate) == 1);
    CHECK(event.ledger.calls() > before);
}

TEST_CASE("a claim whose record failed is not republished, dismissed or not") {
    Event event;
    event.publish(event.lost);
    // The slot has somebody else's row, as long as the worker reads.
    event.ledger.tables().coupons[{"coupon", Round(1)}][event.lost.slot] = {{event.lost.slot, UserId(999)}, {}, {}};
    REQUIRE(event.work().front().kind == FailedKind::conflict);
    event.ledger.tables().coupons.clear();
    CHECK(*event.redrive_missing(event.gate) == 0);
    REQUIRE(event.ledger.dismiss(FailedKind::conflict, "the user was told", 10, event.soon()));
    CHECK(*event.redrive_missing(event.gate) == 0);
    event.ledger.tables().failed.clear();
    CHECK(*event.redrive_missing(event.gate) == 1);
}

TEST_CASE("claims of a round that begins while the redrive reads are not published into the round before") {
    Event event;
    GateThatMovesOn gate(event.gate);
    gate.before_first_list = [&] {
        event.publish(event.lost);
        event.work();
        REQUIRE(event.reset());
        event.grant_to(98);
        event.grant_to(99);
        event.work();
    };
    CHECK(event.redrive_missing(gate).value() == 0);
    event.work();
    CHECK(event.rows_of(1) == 1);
    CHECK(event.rows_of(2) == 2);
}

TEST_CASE("pending claims of a round that begins while the redrive reads are not published into the round before") {
    Event event;
    const auto pending = event.claim_for(18);
    GateThatMovesOn gate(event.gate);
    gate.before_first_list = [&] {
        event.publish(event.lost);
        event.publish(pending);
        event.confirm(pending);
        event.work();
        REQUIRE(event.reset());
        event.gate.now -= Milliseconds(60'000); // the gate's clock is set back
        event.grant_to(97);
        event.grant_to(98);
        event.claim_for(99);
    };
    CHECK(redrive_pending(gate, event.gate, event.publisher, event.world, "coupon", Milliseconds(3000), timeout)->published == 0);
    event.work();
    CHECK(event.rows_of(1) == 2);
}

TEST_CASE("a pending claim that the account may not publish is a denial, and stays pending") {
    Event event;
    event.claim_for(18);
    event.broker.broker = BrokerTrouble::denied;
    const auto redriven = event.redrive_pending(event.gate);
    REQUIRE_FALSE(redriven);
    CHECK(redriven.fault().kind == FaultKind::denied);
    CHECK(event.gate.memory->outbox.size() == 1);
    event.broker.broker = BrokerTrouble::none;
    CHECK(event.redrive_pending(event.gate)->published == 1);
    CHECK(event.gate.memory->outbox.empty());
}

TEST_CASE("claims that the topic does not take are counted, with the first reason") {
    Event event;
    event.claim_for(18);
    event.claim_for(19);
    event.broker.meet(DeliveryTrouble::refused);
    const auto pending = event.redrive_pending(event.gate);
    REQUIRE(pending);
    CHECK(pending->published == 0);
    CHECK(text_of(pending->unpublished, "be republished") == "2 claims could not be republished: not published to the fake topic");
    const auto missing = coupon::redrive_missing(event.gate, event.publisher, event.log, event.ledger, event.world, "coupon", timeout);
    REQUIRE(missing);
    CHECK(text_of(missing->failures, "be republished") == "1 claim could not be republished: not published to the fake topic");
}

TEST_CASE("a published claim that the gate does not confirm is counted, with the reason, and stays pending") {
    Event event;
    event.claim_for(18);
    GateWithoutConfirm gate;
    gate.fault = {FaultKind::refused, "OOM command not allowed", ""};
    const auto pending = event.redrive_pending(gate);
    REQUIRE(pending);
    CHECK(pending->published == 1);
    CHECK(text_of(pending->unconfirmed, "be confirmed") == "1 claim could not be confirmed: OOM command not allowed");
    CHECK(text_of(pending->unpublished, "be republished").empty());
    CHECK(event.gate.memory->outbox.size() == 1);
}

TEST_CASE("a published claim that the account may not confirm is a denial, not republished and again") {
    Event event;
    event.claim_for(18);
    GateWithoutConfirm gate;
    const auto redriven = event.redrive_pending(gate);
    REQUIRE_FALSE(redriven);
    CHECK(redriven.fault().kind == FaultKind::denied);
    CHECK(redriven.fault().message == "the account lacks HDEL");
}

TEST_CASE("claims of an earlier round that a gate shows after a loss are not published into the round it is armed with again") {
    Event event;
    event.publish(event.lost);
    event.work();
    const auto earlier = event.gate.memory;
    REQUIRE(event.reset());
    event.grant_to(99);
    GateThatMovesOn gate(event.gate);
    gate.before_first_list = [&] {
        event.gate.memory = earlier;
        event.gate.restart();
    };
    gate.after_lists = [&] {
        REQUIRE(arm_again(event.gate, event.gate, event.log, event.ledger, event.world, "armer", timeout));
        event.work();
    };
    CHECK(event.redrive_missing(gate).value() == 0);
    event.work();
    CHECK(event.rows_of(2) == 1);
}

TEST_CASE("claims of a round that was given up are not published for ever") {
    Event event;
    REQUIRE(event.ledger.close_round(Round(1), "reset", event.soon()));
    REQUIRE(event.ledger.abandon_round(Round(1), "reset", event.soon()));
    CHECK(event.redrive_missing(event.gate).value() == 0);
}

TEST_SUITE_END();
