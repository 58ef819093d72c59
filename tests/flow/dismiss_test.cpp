#include "flow/recover/dismiss.hpp"

#include "flow/fake_event.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace coupon;

namespace {

constexpr Milliseconds timeout{5000};

/// An event whose broker lost its data: a failed event of the lost log and one of today's lie at the same place.
struct LostLog : FakeEvent {
    LostLog() {
        REQUIRE(reset());
        broker.put(0, {std::nullopt, "garbage", {}});
        work();
        broker.create(4);
        broker.put(0, {std::nullopt, "more garbage", {}});
        work();
        REQUIRE(ledger.tables().failed.size() == 2);
    }

    Status plan(const PlaceRange& place) { return plan_dismissal(ledger, place, world, timeout, report_); }
    Status dismiss(const PlaceRange& place) { return coupon::dismiss(ledger, place, "a test", world, timeout, report_); }
    [[nodiscard]] std::string digest(std::size_t which) {
        return hex(std::next(ledger.tables().failed.begin(), static_cast<std::ptrdiff_t>(which))->first.second.mark.sha256);
    }

    DismissReport report_;
};

} // namespace

TEST_SUITE_BEGIN("flow/dismiss");

TEST_CASE("a place at which two records lay one after the other is refused, and both are named") {
    LostLog event;
    const auto planned = event.plan({0, 0, 0});
    REQUIRE_FALSE(planned);
    CHECK(planned.fault().kind == FaultKind::usage);
    for (const std::size_t which : {0U, 1U})
        CHECK(planned.fault().message.find("0:0:" + event.digest(which).substr(0, 12)) != std::string::npos);
}

TEST_CASE("the beginning of a digest selects one of two records of a place") {
    LostLog event;
    const PlaceRange one{0, 0, 0, event.digest(1).substr(0, 12)};
    REQUIRE(event.plan(one));
    CHECK(event.report_.found.open_total() == 1);
    REQUIRE(event.dismiss(one));
    CHECK(event.report_.dismissed == 1);
    // Only one is left, so that the place is clear now.
    REQUIRE(event.plan({0, 0, 0}));
    CHECK(event.report_.found.open_total() == 1);
}

TEST_CASE("a range selects every open failed event in it, of whatever record") {
    LostLog event;
    REQUIRE(event.plan({0, 0, 5}));
    CHECK(event.report_.found.open_total() == 2);
    REQUIRE(event.dismiss({0, 0, 5}));
    CHECK(event.report_.dismissed == 2);
}

TEST_SUITE_END();
