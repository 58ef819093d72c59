#include "core/foreign_records.hpp"
#include "ledger/ledger_bench.hpp"

#include <doctest/doctest.h>

namespace coupon {

namespace {

Positions positions_of(BenchEvent& event) {
    const auto seen = event.ledger().snapshot(Round(1), soon());
    REQUIRE_MESSAGE(seen, told(seen));
    return seen->positions;
}

std::int64_t next_of(BenchEvent& event, std::int32_t partition) {
    return positions_of(event).at(partition).next;
}

WorkerPosition behind(const SourceRecord& record) {
    return {record.at.offset + 1, record.unbroken_from.value_or(record.at.offset), mark_of(record)};
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
        CHECK(positions_of(event) == Positions{{0, behind(first[1])}, {2, behind(first[2])}});
        std::vector next{event.record({4, 4}, 2)};
        next[0].unbroken_from = first[2].at.offset; // as that of the record before
        next[0].written_at = Instant(Milliseconds(-1));
        event.issue(next);
        CHECK(positions_of(event) == Positions{{0, behind(first[1])}, {2, behind(next[0])}});
        event.issue(next);
        CHECK(next_of(event, 2) == next[0].at.offset + 1);
    }
    SUBCASE("so does a batch of which no record can be issued") {
        auto garbage = event.record({4, 4}, 0);
        garbage.raw.value = "seven";
        event.issue({garbage});
        CHECK(next_of(event, 0) == garbage.at.offset + 1);
    }
    SUBCASE("the reading that reaches a batch counts only where the ledger has what it read before") {
        const auto read_from = [&](std::int64_t from, std::int64_t offset) {
            auto record = event.record({offset, offset}, 3);
            record.at.offset = offset;
            record.unbroken_from = from;
            event.issue({record});
            return positions_of(event).at(3).unbroken_from;
        };
        CHECK(read_from(10, 10) == 10);
        CHECK(read_from(10, 11) == 10);
        CHECK(read_from(10, 12) == 10);
        CHECK(read_from(10, 14) == 14);
        CHECK(read_from(15, 15) == 15);
        CHECK(read_from(10, 16) == 16);
    }
    SUBCASE("what is settled is told with the highest round of a failed event") {
        const auto settled = event.ledger().settled_topic(soon());
        REQUIRE_MESSAGE(settled, told(settled));
        CHECK(settled->positions == positions_of(event));
        CHECK(settled->highest_failed == Round(0));
        const auto fail = [&](std::int64_t user, Round round) {
            auto record = event.record({user, user}, 1);
            record.raw = encode(record_of(event.name(), {round, Epoch(1), Slot(1), UserId(user), Instant{}}, std::nullopt));
            event.issue({record});
        };
        fail(7, Round(5));
        fail(8, Round(9));
        fail(9, highest_believable_round.next());
        const auto failed = event.ledger().settled_topic(soon());
        REQUIRE_MESSAGE(failed, told(failed));
        CHECK(failed->highest_failed == Round(9));
    }
    SUBCASE("a log that was made again has positions of its own") {
        auto again = first[0];
        again.at.offset = 0;
        event.issue({again});
        CHECK(next_of(event, 0) == 1);
    }
    SUBCASE("records that the workers are past move nothing") {
        const auto skipped = event.record({5, 5}, 0);
        const auto issued = event.ledger().issue_skipped(std::vector{skipped}, soon());
        REQUIRE_MESSAGE(issued, told(issued));
        CHECK(issued->front().becomes == RecordClass::issued);
        CHECK(next_of(event, 0) == first[1].at.offset + 1);
    }
    SUBCASE("a batch that is undone moves nothing") {
        bench->refuse(std::nullopt);
        std::vector<Winner> winners;
        for (std::int64_t one = 4; one <= 60; ++one)
            winners.push_back({one, one});
        const auto refused = event.ledger().issue(event.records(winners), soon());
        CHECK(kind_of(refused) == FaultKind::corrupt);
        CHECK(next_of(event, 0) == first[1].at.offset + 1);
    }
    SUBCASE("another topic of the event, and another event, have their own") {
        CHECK(bench->ledger(event.name(), fresh_name("topic"))->snapshot(Round(1), soon())->positions.empty());
        CHECK(bench->ledger(fresh_name("event"), event.topic())->snapshot(Round(1), soon())->positions.empty());
        CHECK(bench->ledger(event.name(), fresh_name("topic"))->settled_topic(soon())->positions.empty());
    }
}

} // namespace coupon
