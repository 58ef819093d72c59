#include "topic/topic_bench.hpp"

#include <doctest/doctest.h>

namespace coupon {

void check_topic_admin_contract(const MakeBench& make_bench) {
    const RawRecord raw{"7", "value", {}};

    SUBCASE("a created topic exists, has its partitions and can be written at once") {
        const auto bench = make_bench(0);
        const auto admin = bench->admin();
        const auto before = admin->exists(soon());
        REQUIRE(before);
        CHECK_FALSE(*before);
        REQUIRE(admin->create(3, soon()));
        const auto after = admin->exists(soon());
        REQUIRE(after);
        CHECK(*after);
        const auto partitions = bench->log()->partitions(soon());
        REQUIRE(partitions);
        CHECK(partitions->size() == 3);
        const auto publisher = bench->publisher();
        publisher->submit(1, record_for(1));
        const auto reports = reports_of(*publisher);
        REQUIRE(reports.size() == 1);
        CHECK(reports[0].report);
    }
    SUBCASE("a created topic takes no record that is large, or small only as long as it is compressed") {
        const auto bench = make_bench(0);
        REQUIRE(bench->admin()->create(1, soon()));
        const auto settings = bench->log()->settings(soon());
        REQUIRE(settings);
        CHECK(settings->topic.at("compression.type") == "uncompressed");
        CHECK(settings->topic.at("max.message.bytes") == "65536");
        CHECK(settings->topic.at("cleanup.policy") == "delete");
    }
    SUBCASE("a topic that exists already is left as it is") {
        const auto bench = make_bench(2);
        bench->put(1, raw);
        REQUIRE(bench->admin()->create(5, soon()));
        const auto partitions = bench->log()->partitions(soon());
        REQUIRE(partitions);
        REQUIRE(partitions->size() == 2);
        CHECK((*partitions)[1].high == 1);
    }
    SUBCASE("a purge takes away what lies before the offsets, and may be repeated") {
        const auto bench = make_bench(2);
        for (int i = 0; i < 5; ++i)
            bench->put(0, raw);
        const auto admin = bench->admin();
        for (int time = 0; time < 2; ++time) {
            CHECK(admin->purge({{0, 3}, {1, 0}}, soon()));
            const auto partitions = bench->log()->partitions(soon());
            REQUIRE(partitions);
            CHECK((*partitions)[0].low == 3);
            CHECK((*partitions)[0].high == 5);
            CHECK((*partitions)[1].low == 0);
        }
        CHECK(admin->purge({}, soon()));
        CHECK(bench->log()->partitions(soon()).value()[0].low == 3);
    }
    SUBCASE("a purge beyond the end of one partition is refused") {
        const auto bench = make_bench(2);
        bench->put(0, raw);
        const auto done = bench->admin()->purge({{0, 1}, {1, 7}}, soon());
        REQUIRE_FALSE(done);
        CHECK(done.fault().kind == FaultKind::refused);
    }
    SUBCASE("a missing topic cannot be purged") {
        const auto bench = make_bench(0);
        const auto done = bench->admin()->purge({{0, 1}}, soon());
        REQUIRE_FALSE(done);
        CHECK(done.fault().kind == FaultKind::missing);
    }
}

} // namespace coupon
