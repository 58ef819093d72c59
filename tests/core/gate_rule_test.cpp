#include "core/gate_rule.hpp"

#include <doctest/doctest.h>

using namespace coupon;

TEST_SUITE_BEGIN("core/gate_rule");

TEST_CASE("a missing gate is an error, never an empty one") {
    GateMemory gate;
    const auto reply = claim(gate, {UserId(7), "a", Round(1)}, {"run", "repl"}, Instant{});
    REQUIRE_FALSE(reply);
    CHECK(reply.fault().kind == FaultKind::missing);
    CHECK_FALSE(gate.has_value());
}

TEST_SUITE_END();
