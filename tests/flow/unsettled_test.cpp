#include "flow/unsettled.hpp"

#include "flow/fake_event.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <utility>
#include <vector>

using namespace coupon;

TEST_SUITE_BEGIN("flow/unsettled");

namespace {

/// Plants a claim as the gate keeps one that is confirmed.
void plant_claim(FakeEvent& event, std::int64_t user, std::int64_t slot) {
    auto& memory = *event.gate.memory;
    memory.claims[UserId(user)] = {UserId(user), Slot(slot), "app"};
    memory.fields.published = memory.fields.granted = static_cast<std::int64_t>(memory.claims.size());
}

void plant_row(FakeEvent& event, std::int64_t user, std::int64_t slot) {
    event.ledger.tables().coupons[{"coupon", Round(1)}][Slot(slot)] = {{Slot(slot), UserId(user)}, Instant{}, Instant{}};
}

/// The fake gate, but something happens just before or after it is asked for slots, and what it is asked is counted.
class WatchedReader final : public GateReader {
public:
    explicit WatchedReader(FakeGate& gate) : gate_(gate) {}

    std::function<void()> before_slots;
    std::function<void()> after_slots;
    bool lacks_a_field = false;
    int listings = 0;
    std::vector<std::size_t> pieces;

    [[nodiscard]] std::string address() const override { return gate_.address(); }
    Result<GateSummary> summary(Deadline deadline) override {
        auto summary = gate_.summary(deadline);
        if (!summary || !lacks_a_field) return summary;
        --summary->claims;
        summary->defects.emplace_back("there is no token");
        return summary;
    }
    Result<GateListing<ClaimedSlot>> claims(Deadline deadline) override {
        ++listings;
        return gate_.claims(deadline);
    }
    Result<std::vector<std::optional<Slot>>> slots_of(std::span<const UserId> users, Deadline deadline) override {
        pieces.push_back(users.size());
        if (const auto act = std::exchange(before_slots, nullptr)) act();
        auto slots = gate_.slots_of(users, deadline);
        if (const auto act = std::exchange(after_slots, nullptr)) act();
        return slots;
    }
    Result<std::optional<Claim>> claim_of(UserId user, Deadline deadline) override { return gate_.claim_of(user, deadline); }
    Result<GateListing<PendingClaim>> outbox(Deadline deadline) override { return gate_.outbox(deadline); }
    Result<GateSettings> settings(Deadline deadline) override { return gate_.settings(deadline); }

private:
    FakeGate& gate_;
};

} // namespace

TEST_CASE("a claim is settled by the row of its user and slot, by no other one") {
    struct {
        const char* what;
        std::vector<std::int64_t> slots;                           ///< rows, user 100 + slot
        std::vector<std::pair<std::int64_t, std::int64_t>> claims; ///< user and slot
        const char* reason;                                        ///< none where it is empty
    } const cases[] = {
        {"no claim and no row", {}, {}, ""},
        {"a row each", {1, 2, 3}, {{102, 2}, {101, 1}, {103, 3}}, ""},
        {"a row more", {1, 2, 3}, {{102, 2}}, ""},
        {"rows with a gap", {2, 5, 9}, {{109, 9}, {102, 2}, {105, 5}}, ""},
        {"no row at all", {}, {{101, 1}}, "1 claim has no coupon row (user 101)"},
        {"no row in the gap", {2, 5, 9}, {{101, 1}, {103, 3}, {105, 5}}, "2 claims have no coupon row (users 101, 103)"},
        {"no row behind the last", {1, 2}, {{103, 3}}, "1 claim has no coupon row (user 103)"},
        {"the slot's row is another user's", {1, 2, 3}, {{7, 2}}, "1 claim has no coupon row (user 7)"},
        {"the user's row is of another slot", {1, 3}, {{103, 2}}, "1 claim has no coupon row (user 103)"},
    };
    for (const auto& row : cases) {
        CAPTURE(std::string(row.what));
        FakeEvent event;
        REQUIRE(event.reset());
        for (const auto slot : row.slots)
            event.publish({Round(1), Epoch(1), Slot(slot), UserId(100 + slot), Instant{}});
        event.work();
        for (const auto& [user, slot] : row.claims)
            plant_claim(event, user, slot);
        const auto reasons = claims_without_row(event.gate, event.ledger, Round(1), event.soon());
        REQUIRE(reasons);
        CHECK(reasons->size() == (*row.reason == '\0' ? 0 : 1));
        CHECK((reasons->empty() ? "" : reasons->front()) == row.reason);
    }
}

TEST_CASE("many rows are read piece by piece, and where each claim has its row the claims are not listed") {
    constexpr std::int64_t many = 45'000;
    FakeEvent event;
    REQUIRE(event.reset(FakeEvent::wishes(many + 1)));
    for (std::int64_t i = 1; i <= many; ++i) {
        plant_claim(event, 7 * i, i);
        plant_row(event, 7 * i, i);
    }
    WatchedReader gate(event.gate);
    const auto settled = claims_without_row(gate, event.ledger, Round(1), event.soon());
    REQUIRE(settled);
    CHECK(settled->empty());
    CHECK(gate.pieces == std::vector<std::size_t>{20'000, 20'000, 5'000});
    CHECK(gate.listings == 0);

    plant_claim(event, 3, many + 1);
    const auto unsettled = claims_without_row(gate, event.ledger, Round(1), event.soon());
    REQUIRE(unsettled);
    REQUIRE(unsettled->size() == 1);
    CHECK(unsettled->front() == "1 claim has no coupon row (user 3)");
}

TEST_CASE("as many rows as claims settle nothing where the gate moved meanwhile, or is not in order") {
    FakeEvent event;
    REQUIRE(event.reset());
    plant_claim(event, 101, 1);
    plant_claim(event, 102, 2);
    plant_row(event, 101, 1);
    WatchedReader gate(event.gate);
    SUBCASE("another claim came, with its row") {
        plant_row(event, 103, 3);
        gate.before_slots = [&] { plant_claim(event, 103, 3); };
    }
    SUBCASE("a claim was lost, and the gate armed again") {
        plant_row(event, 103, 3);
        plant_claim(event, 103, 3);
        event.gate.memory->claims.erase(UserId(102));
        gate.after_slots = [&] {
            event.gate.memory->claims.erase(UserId(103));
            plant_claim(event, 102, 2);
            event.gate.memory->fields.epoch = Epoch(2);
        };
        event.gate.memory->fields.published = event.gate.memory->fields.granted = 2;
    }
    SUBCASE("a field is missing, so that the gate's size is that of one claim") {
        gate.lacks_a_field = true;
    }
    const auto reasons = claims_without_row(gate, event.ledger, Round(1), event.soon());
    REQUIRE(reasons);
    REQUIRE(reasons->size() == 1);
    CHECK(reasons->front() == "1 claim has no coupon row (user 102)");
}

TEST_CASE("a gate that was seen settled is not read again while it is as it was") {
    FakeEvent event;
    REQUIRE(event.reset());
    plant_claim(event, 101, 1);
    plant_row(event, 101, 1);
    WatchedReader gate(event.gate);
    const auto seen = settled_gate(gate, event.ledger, Round(1), event.soon());
    REQUIRE(seen);
    REQUIRE(*seen);
    CHECK(gate.pieces.size() == 1);
    const auto reasons_now = [&] {
        const auto reasons = claims_without_row(gate, event.ledger, Round(1), event.soon(), *seen);
        REQUIRE(reasons);
        return reasons->empty() ? std::string() : reasons->front();
    };
    SUBCASE("nothing came") {
        CHECK(reasons_now().empty());
        CHECK(gate.pieces.size() == 1);
    }
    SUBCASE("a claim came") {
        plant_claim(event, 102, 2);
        CHECK(reasons_now() == "1 claim has no coupon row (user 102)");
    }
    SUBCASE("a claim was exchanged for another one, and the gate armed again") {
        event.gate.memory->claims.clear();
        plant_claim(event, 103, 1);
        event.gate.memory->fields.epoch = Epoch(2);
        CHECK(reasons_now() == "1 claim has no coupon row (user 103)");
    }
    SUBCASE("a field is missing") {
        gate.lacks_a_field = true;
        CHECK(reasons_now().empty());
        CHECK(gate.listings == 1);
    }
}

TEST_CASE("a reset asks for the claims of a settled round once") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.grant_to(1);
    event.grant_to(2);
    event.work();
    WatchedReader gate(event.gate);
    const ResetPorts ports{gate, event.gate, event.admin, event.log, event.ledger, event.world};
    ResetReport report;
    REQUIRE(reset(FakeEvent::wishes(), ports, report));
    CHECK(gate.pieces == std::vector<std::size_t>{2});
    CHECK(gate.listings == 0);
}

TEST_CASE("a reset that ends no round asks for no claims") {
    FakeEvent event;
    auto settings = FakeEvent::wishes();
    settings.once_key = "today";
    REQUIRE(event.reset(settings));
    event.grant_to(1);
    event.work();
    WatchedReader gate(event.gate);
    const ResetPorts ports{gate, event.gate, event.admin, event.log, event.ledger, event.world};
    ResetReport report;
    SUBCASE("it was opened with its key already") {
        CHECK(reset(settings, ports, report));
    }
    settings.once_key = "tomorrow";
    SUBCASE("it may not end a running one") {
        settings.may_end.any = false;
        CHECK_FALSE(reset(settings, ports, report));
    }
    SUBCASE("it is only planned") {
        CHECK(plan_reset(settings, ports, report));
    }
    CHECK(gate.pieces.empty());
}

TEST_CASE("a gate or a ledger that cannot be read is a fault, never a settled round") {
    FakeEvent event;
    REQUIRE(event.reset());
    event.gate.meet(GateTrouble::unreachable, 1);
    CHECK_FALSE(claims_without_row(event.gate, event.ledger, Round(1), event.soon()));
    event.ledger.meet(LedgerTrouble::unreachable, 1);
    CHECK_FALSE(claims_without_row(event.gate, event.ledger, Round(1), event.soon()));
    CHECK(claims_without_row(event.gate, event.ledger, Round(1), event.soon()));
}

TEST_SUITE_END();
