#include "core/topic_binding.hpp"
#include "topic/topic_bench.hpp"

#include <doctest/doctest.h>

#include <map>
#include <set>

namespace coupon {

void check_publisher_contract(const MakeBench& make_bench) {
    SUBCASE("an acknowledged record is on the topic exactly as the wire format says") {
        const auto bench = make_bench(4);
        const auto publisher = bench->publisher();
        publisher->submit(77, record_for(9223372036854775807, 100));
        const auto reports = reports_of(*publisher);
        REQUIRE(reports.size() == 1);
        CHECK(reports[0].ticket == 77);
        CHECK(reports[0].report);
        const auto records = all_records(*bench->log());
        REQUIRE(records.size() == 1);
        CHECK(records[0].raw == encode(record_for(9223372036854775807, 100)));
    }
    SUBCASE("every submission is reported exactly once, also under tickets the caller uses again") {
        const auto bench = make_bench(4);
        const auto publisher = bench->publisher();
        for (std::int64_t user = 0; user < 3000; ++user)
            publisher->submit(static_cast<std::uint64_t>(user % 1500), record_for(user));
        CHECK(publisher->in_flight() == 3000);
        std::map<std::uint64_t, int> times;
        for (const auto& delivery : reports_of(*publisher)) {
            CHECK(delivery.report);
            ++times[delivery.ticket];
        }
        CHECK(times.size() == 1500);
        for (const auto& [ticket, count] : times)
            CHECK(count == 2);
        std::set<std::string> keys;
        const auto records = all_records(*bench->log());
        for (const auto& record : records)
            keys.insert(record.raw.key.value_or(""));
        CHECK(records.size() == 3000);
        CHECK(keys.size() == 3000);
    }
    SUBCASE("records of one user go to one partition, in the order of submission") {
        const auto bench = make_bench(4);
        const auto publisher = bench->publisher();
        for (std::int64_t slot = 1; slot <= 20; ++slot)
            publisher->submit(static_cast<std::uint64_t>(slot), record_for(42, slot));
        CHECK(reports_of(*publisher).size() == 20);
        const auto records = all_records(*bench->log());
        REQUIRE(records.size() == 20);
        for (std::size_t i = 0; i < records.size(); ++i)
            CHECK(records[i].raw == encode(record_for(42, static_cast<std::int64_t>(i) + 1)));
    }
    SUBCASE("check() passes where the topic exists") {
        const auto bench = make_bench(1);
        CHECK(bench->publisher()->check(soon()));
    }
    SUBCASE("check() says missing where it does not, and what to do") {
        const auto bench = make_bench(0);
        const auto done = bench->publisher()->check(soon());
        REQUIRE_FALSE(done);
        CHECK(done.fault().kind == FaultKind::missing);
        CHECK(done.fault().hint == missing_topic_hint(false));
    }
    SUBCASE("a record for a missing topic is reported as missing") {
        const auto bench = make_bench(0);
        const auto publisher = bench->publisher();
        publisher->submit(1, record_for(1));
        const auto reports = reports_of(*publisher);
        REQUIRE(reports.size() == 1);
        REQUIRE_FALSE(reports[0].report);
        CHECK(reports[0].report.fault().kind == FaultKind::missing);
    }
    SUBCASE("poll() without anything in flight brings nothing") {
        const auto bench = make_bench(1);
        const auto publisher = bench->publisher();
        std::vector<Delivery> reports;
        CHECK(publisher->poll(reports, Milliseconds(1)) == 0);
        CHECK(reports.empty());
    }
}

} // namespace coupon
