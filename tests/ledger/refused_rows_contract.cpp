#include "core/refused_rows.hpp"
#include "ledger/ledger_bench.hpp"

#include <doctest/doctest.h>

#include <utility>

namespace coupon {

namespace {

using Rows = std::vector<std::pair<std::int64_t, std::int64_t>>;

/// Records of users and slots 1 to `count`.
std::vector<SourceRecord> records_of(BenchEvent& event, std::int64_t count) {
    std::vector<Winner> winners;
    for (std::int64_t one = 1; one <= count; ++one)
        winners.push_back({one, one});
    return event.records(winners);
}

} // namespace

void check_refused_rows_contract(const MakeBench& make_bench) {
    using enum RecordClass;
    const auto bench = make_bench();
    BenchEvent event(*bench);
    event.open_round(1);

    SUBCASE("a record whose row the database refuses is a failed event in its words, and the others of its batch are issued") {
        const auto batch = records_of(event, 4);
        bench->refuse(3);
        CHECK(event.issue(batch) == std::vector{issued, issued, failed, issued});
        CHECK(event.rows() == Rows{{1, 1}, {2, 2}, {4, 4}});
        const auto kept = event.ledger().failed(soon());
        REQUIRE_MESSAGE(kept, told(kept));
        REQUIRE(kept->size() == 1);
        CHECK(kept->front().kind == FailedKind::refused);
        CHECK(kept->front().user == UserId(3));
        CHECK_MESSAGE(kept->front().reason.starts_with("the database refuses its row: "), kept->front().reason);
        CHECK_MESSAGE(kept->front().reason.find("not this user") != std::string::npos, kept->front().reason);
        CHECK(event.issue(batch) == std::vector{already_issued, already_issued, failed, already_issued});

        SUBCASE("it stays one while the database refuses it") {
            const auto retried = event.ledger().retry_failed({}, 10, soon());
            REQUIRE_MESSAGE(retried, told(retried));
            REQUIRE(retried->still_failed.size() == 1);
            CHECK(retried->still_failed.front().kind == FailedKind::refused);
        }
        SUBCASE("it is issued once the database takes it") {
            bench->refuse_none();
            const auto retried = event.ledger().retry_failed({}, 10, soon());
            REQUIRE_MESSAGE(retried, told(retried));
            CHECK(retried->resolved.size() == 1);
            CHECK(event.rows() == Rows{{1, 1}, {2, 2}, {3, 3}, {4, 4}});
        }
    }
    SUBCASE("a record that is refused by itself holds nothing up") {
        bench->refuse(1);
        for (const auto& [user, becomes] : std::vector<std::pair<std::int64_t, RecordClass>>{{1, failed}, {2, issued}, {3, issued}})
            CHECK(event.issue(event.records({{user, user}})) == std::vector{becomes});
    }
    SUBCASE("a batch of which the database takes no row is a fault of its tables: nothing is written, and no record fails") {
        const auto batch = records_of(event, refused_in_a_row_at_most);
        bench->refuse({});
        CHECK(kind_of(event.ledger().issue(batch, soon())) == FaultKind::corrupt);
        CHECK(event.rows().empty());
        CHECK(event.ledger().failed(soon())->empty());
        bench->refuse_none();
        CHECK(event.issue(batch) == std::vector(batch.size(), issued));
    }
    SUBCASE("so are records that come one by one, from the tenth in a row") {
        const auto batch = records_of(event, refused_in_a_row_at_most);
        bench->refuse({});
        for (std::size_t i = 0; i + 1 < batch.size(); ++i)
            CHECK(event.issue({batch[i]}) == std::vector{failed});
        for (int again = 0; again < 2; ++again)
            CHECK(kind_of(event.ledger().issue(std::vector{batch.back()}, soon())) == FaultKind::corrupt);
        bench->refuse_none();
        CHECK(event.issue({batch.back()}) == std::vector{issued});
        const auto retried = event.ledger().retry_failed({}, 100, soon());
        REQUIRE_MESSAGE(retried, told(retried));
        CHECK(retried->resolved.size() == batch.size() - 1);
    }
}

} // namespace coupon
