#include "core/topic_binding.hpp"

#include <doctest/doctest.h>

using namespace coupon;

TEST_SUITE_BEGIN("core/topic_binding");

TEST_CASE("an event has a topic and a group of its own by its name alone") {
    CHECK(default_topic("coupon") == "coupon_create");
    CHECK(default_group("coupon") == "coupon_issuer");
    CHECK(default_topic("spring") == "coupon_create_spring");
    CHECK(default_group("spring") == "coupon_issuer_spring");
}

TEST_CASE("what is bound is used, else what was wished, else the default") {
    const auto bound = names_for("spring", {"a", "b", "cluster-1"}, {}, "round 1");
    REQUIRE(bound);
    CHECK(bound->topic == "a");
    CHECK(bound->group == "b");
    CHECK(bound->cluster_id == "cluster-1");
    const auto wished = names_for("spring", {}, {"x", "y"}, "round 1");
    REQUIRE(wished);
    CHECK(wished->topic == "x");
    CHECK(wished->group == "y");
    const auto neither = names_for("spring", {}, {}, "round 1");
    REQUIRE(neither);
    CHECK(neither->topic == "coupon_create_spring");
    CHECK(neither->group == "coupon_issuer_spring");
}

TEST_CASE("a wish that differs from what is bound is a misuse that names both") {
    CHECK(names_for("spring", {"a", "b", {}}, {"a", "b"}, "round 4 of event spring"));
    const auto topic = names_for("spring", {"a", "b", {}}, {"c", {}}, "round 4 of event spring");
    REQUIRE_FALSE(topic);
    CHECK(topic.fault().kind == FaultKind::usage);
    CHECK(topic.fault().message == "--topic c: round 4 of event spring uses a");
    const auto group = names_for("spring", {"a", "b", {}}, {{}, "d"}, "round 4 of event spring");
    REQUIRE_FALSE(group);
    CHECK(group.fault().message == "--group d: round 4 of event spring uses b");
}

TEST_CASE("a topic that is gone under an open round is not to be replaced by a reset, which would end the round") {
    CHECK(missing_topic_hint(true).find("coupon-reset --reopen") == 0);
    CHECK(missing_topic_hint(false).find("coupon-reset for a new round") != std::string::npos);
}

TEST_SUITE_END();
