#include "flow/unsettled.hpp"

#include "flow/fake_event.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace coupon;

TEST_SUITE_BEGIN("flow/unsettled");

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
            event.gate.memory->claims[UserId(user)] = {UserId(user), Slot(slot), "app"};
        const auto reasons = claims_without_row(event.gate, event.ledger, Round(1), event.soon());
        REQUIRE(reasons);
        CHECK(reasons->size() == (*row.reason == '\0' ? 0 : 1));
        CHECK((reasons->empty() ? "" : reasons->front()) == row.reason);
    }
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
