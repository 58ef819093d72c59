#include "ledger/ledger_bench.hpp"

#include <doctest/doctest.h>

namespace coupon {

namespace {

Positions positions_of(BenchEvent& event) {
    const auto seen = event.ledger().snapshot(Round(1), soon());
    REQUIRE_MESSAGE(seen, told(seen));
    return seen->positions;
}

} // namespace

void check_position_contract(const MakeBench& make_bench) {
    const auto bench = make_bench();
    BenchEvent event(*bench);
    event.open_round(1);
    CHECK(positions_of(event).empty());
    const std::vector first{event.record({1, 1}, 0), event.record({2, 2}, 0), event.record({3, 3}, 2)};
    event.issue(first);

    SUBCASE("a batch leaves the positions behind its records, with their rows") {
        CHECK(positions_of(event) == Positions{{0, first[1].at.offset + 1}, {2, first[2].at.offset + 1}});
        const std::vector next{event.record({4, 4}, 2)};
        event.issue(next);
        event.issue(next);
        CHECK(positions_of(event) == Positions{{0, first[1].at.offset + 1}, {2, next[0].at.offset + 1}});
    }
    SUBCASE("so does a batch of which no record can be issued") {
        auto garbage = event.record({4, 4}, 0);
        garbage.raw.value = "seven";
        event.issue({garbage});
        CHECK(positions_of(event).at(0) == garbage.at.offset + 1);
    }
    SUBCASE("a log that was made again has positions of its own") {
        auto again = first[0];
        again.at.offset = 0;
        event.issue({again});
        CHECK(positions_of(event).at(0) == 1);
    }
    SUBCASE("records that the workers are past move nothing") {
        const auto skipped = event.record({5, 5}, 0);
        const auto issued = event.ledger().issue_skipped(std::vector{skipped}, soon());
        REQUIRE_MESSAGE(issued, told(issued));
        CHECK(issued->front().becomes == RecordClass::issued);
        CHECK(positions_of(event).at(0) == first[1].at.offset + 1);
    }
    SUBCASE("a batch that is undone moves nothing") {
        bench->refuse(std::nullopt);
        std::vector<Winner> winners;
        for (std::int64_t one = 4; one <= 60; ++one)
            winners.push_back({one, one});
        const auto refused = event.ledger().issue(event.records(winners), soon());
        CHECK(kind_of(refused) == FaultKind::corrupt);
        CHECK(positions_of(event).at(0) == first[1].at.offset + 1);
    }
    SUBCASE("another topic of the event, and another event, have their own") {
        CHECK(bench->ledger(event.name(), fresh_name("topic"))->snapshot(Round(1), soon())->positions.empty());
        CHECK(bench->ledger(fresh_name("event"), event.topic())->snapshot(Round(1), soon())->positions.empty());
    }
}

} // namespace coupon
