#include "audit/topic_records.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <vector>

using namespace coupon;

namespace {

IssueRecord record_of(const char* event, std::int64_t round, std::int64_t epoch, std::int64_t slot, std::int64_t user,
                      std::int64_t granted_at = 1'000) {
    return {event, {Round(round), Epoch(epoch), Slot(slot), UserId(user), Instant(Milliseconds(granted_at))}};
}

} // namespace

TEST_SUITE("audit/topic_records") {
    TEST_CASE("every record comes back as it was added, whatever stands beside it") {
        constexpr auto largest = std::numeric_limits<std::int64_t>::max();
        const std::vector<TopicRecord> added{
            {{0, 7}, record_of("coupon", 4, 1, 1, 10)},
            {{1, 7}, record_of("coupon", 4, 1, 2, 11)},
            {{0, 8}, record_of("coupon", 4, 2, 3, largest)},
            {{0, largest}, record_of("coupon", 3, 1, 10'000'000, 0)},
            {{0, 9}, record_of("elsewhere", 4, 1, 1, 10)},
            {{1, 8}, record_of("coupon", 4, 1, largest, 12)},
            {{0, 10}, record_of("coupon", 4, 1, 1, 10)},
            {{0, 6}, record_of("coupon", 4, 1, 1, 10)},
            {{0, 11}, record_of("coupon", 4, 1, 1, 10, 0)},
            {{0, 12}, record_of("coupon", 4, 1, 1, 10, largest)},
            {{0, 0}, record_of("coupon", 4, 1, 1, 10, 30LL * 24 * 60 * 60 * 1000)},
            {{0, 13}, record_of("coupon", 4, 1, std::numeric_limits<std::int32_t>::max(), 10)},
        };
        TopicRecords records;
        for (const auto& record : added)
            records.add(record);
        REQUIRE(records.size() == added.size());
        for (std::size_t i = 0; i < added.size(); ++i) {
            CAPTURE(i);
            const auto& issue = std::get<IssueRecord>(added[i].decoded);
            CHECK(records[i].at == added[i].at);
            CHECK(std::get<IssueRecord>(records[i].decoded) == issue);
            CHECK(records.grant(i) == issue.grant);
            CHECK(records.event(i) == issue.event);
        }
    }

    TEST_CASE("a record that cannot be read has no grant and no event, and keeps what can be said of it") {
        TopicRecords records;
        records.add({{2, 5}, Undecodable{"the value is null", UserId(3)}});
        records.add({{2, 6}, Undecodable{"format version 7", {}, FailedKind::newer_format}});
        for (const std::size_t i : {0, 1}) {
            CHECK_FALSE(records.grant(i));
            CHECK(records.event(i).empty());
            CHECK(records[i].at == SourcePosition{2, static_cast<std::int64_t>(5 + i)});
        }
        CHECK(std::get<Undecodable>(records[0].decoded).reason == "the value is null");
        CHECK(std::get<Undecodable>(records[0].decoded).user == UserId(3));
        CHECK(std::get<Undecodable>(records[1].decoded).kind == FailedKind::newer_format);
    }
}
