#include "core/grant_order.hpp"

#include "fakes/plain_grants.hpp"

#include <doctest/doctest.h>

using namespace coupon;

TEST_SUITE_BEGIN("core/grant_order");

namespace {

Grant grant(std::int64_t user, std::int64_t slot, std::int64_t epoch = 1) {
    return {Round(1), Epoch(epoch), Slot(slot), UserId(user), {}};
}

} // namespace

TEST_CASE("slots that go up are in order, in whatever order their answers come") {
    GrantOrder<PlainGrants> order;
    const auto start = order.mark();
    CHECK(order.is_in_order(grant(1, 2), start, true));
    CHECK(order.is_in_order(grant(2, 1), start, true));
    CHECK(order.is_in_order(grant(3, 3), order.mark(), true));
}

TEST_CASE("a slot that is not above one answered before the application was sent is out of order") {
    for (const std::int64_t slot : {1, 2, 3}) {
        GrantOrder<PlainGrants> order;
        CHECK(order.is_in_order(grant(1, 2), order.mark(), true));
        CHECK(order.is_in_order(grant(9, slot), order.mark(), true) == (slot == 3));
    }
}

TEST_CASE("a slot that another user got in the same epoch is out of order; the same user's own answer again is not") {
    GrantOrder<PlainGrants> order;
    const auto start = order.mark();
    CHECK(order.is_in_order(grant(1, 1), start, true));
    CHECK(order.is_in_order(grant(1, 1), start, false));
    CHECK_FALSE(order.is_in_order(grant(2, 1), start, true));
    CHECK(order.is_in_order(grant(2, 1, 2), start, true));
}

TEST_CASE("an epoch below one that was met before the application was sent is out of order, a late answer of it is not") {
    GrantOrder<PlainGrants> order;
    const auto start = order.mark();
    CHECK(order.is_in_order(grant(1, 1, 2), start, true));
    CHECK(order.is_in_order(grant(2, 5, 1), start, true));
    CHECK_FALSE(order.is_in_order(grant(3, 5, 1), order.mark(), true));
}

TEST_CASE("a pending claim that took a new epoch says nothing of the holes below it") {
    GrantOrder<PlainGrants> order;
    const auto start = order.mark();
    CHECK(order.is_in_order(grant(1, 50, 2), start, false)); // asked for again after the arming
    CHECK(order.is_in_order(grant(2, 3, 2), order.mark(), true));
}
