#include "core/partition_lag.hpp"

#include <doctest/doctest.h>

#include <map>
#include <vector>

TEST_SUITE_BEGIN("core/partition_lag");

using namespace coupon;

TEST_CASE("a partition whose records were not counted is behind by the offsets after the group's position that are still there") {
    struct Row {
        const char* what;
        std::int64_t low, high;
        std::optional<std::int64_t> committed;
        std::int64_t behind;
    };
    for (const auto& row : std::vector<Row>{{"never written", 0, 0, {}, 0},
                                            {"never read", 0, 5, {}, 5},
                                            {"read to the end", 0, 5, 5, 0},
                                            {"two to read", 0, 5, 3, 2},
                                            {"purged and empty", 9, 9, {}, 0},
                                            {"purged and empty, behind the purge", 9, 9, 4, 0},
                                            {"purged past the position", 7, 9, 4, 2},
                                            {"a topic made again under an old position", 0, 2, 50, 0}}) {
        CAPTURE(row.what);
        CHECK(PartitionLag{0, row.low, row.high, row.committed}.behind() == row.behind);
    }
}

TEST_CASE("a partition whose records were counted is behind by these, however many offsets there are") {
    CHECK(PartitionLag{0, 0, 9, 5, 0}.behind() == 0);
    CHECK(PartitionLag{0, 0, 9, 5, 3}.behind() == 3);
    CHECK(PartitionLag{0, 0, 9, 9, 3}.behind() == 0);
    CHECK(PartitionLag{0, 0, 9, 5, 7}.behind() == 4);
}

TEST_CASE("records before an end are at most all that are behind, and the offsets before it") {
    const PartitionLag counted{0, 0, 9, 4, 2};
    CHECK(counted.behind_before(9) == 2);
    CHECK(counted.behind_before(5) == 1);
    CHECK(counted.behind_before(4) == 0);
    CHECK(counted.behind_before(0) == 0);
    CHECK(PartitionLag{0, 0, 9, 4, 0}.behind_before(9) == 0);
    CHECK(PartitionLag{0, 0, 9, 4}.behind_before(7) == 3);
}

TEST_CASE("a group has lost its offsets where it has none although the ledger settled records of the topic") {
    PartitionLag settled{0, 0, 9, std::nullopt, 0};
    settled.settled = 9;
    const PartitionLag empty{1, 0, 0, std::nullopt};
    CHECK(has_lost_offsets({settled, empty}));
    CHECK_FALSE(has_lost_offsets({empty}));
    CHECK_FALSE(has_lost_offsets({settled, PartitionLag{1, 0, 3, 2}}));
    CHECK(lost_offsets_text("issuer") == "group issuer has no committed offset: it expired, or --group is another one");
}

TEST_CASE("records are counted one by one as far as a reader looks, and by their offsets beyond") {
    UnreadRecords none;
    CHECK(none.before(9) == 0);
    UnreadRecords some;
    some.count(4);
    some.count(7);
    CHECK(some.before(9) == 2);
    UnreadRecords many;
    for (std::int64_t i = 0; i < UnreadRecords::most; ++i) {
        CHECK_FALSE(many.is_enough());
        many.count(2 * i);
    }
    CHECK(many.is_enough());
    const auto last = 2 * (UnreadRecords::most - 1);
    CHECK(many.before(last + 1) == UnreadRecords::most);
    CHECK(many.before(last + 51) == UnreadRecords::most + 50);
}

namespace {

using Offsets = std::map<std::int32_t, std::int64_t>;

} // namespace

TEST_CASE("an end that is no record is committed once every record before it is settled, and not earlier") {
    ReadPositions positions;
    positions.read({0, 4});
    positions.read({0, 5});
    positions.reached_end(0, 9);
    CHECK(positions.uncommitted().empty());
    positions.settled({0, 4});
    CHECK(positions.uncommitted() == Offsets{{0, 5}});
    positions.settled({0, 5});
    CHECK(positions.uncommitted() == Offsets{{0, 9}});
    positions.committed();
    CHECK(positions.uncommitted().empty());
}

TEST_CASE("an end is committed at once where nothing is in hand, partition by partition") {
    ReadPositions positions;
    positions.read({1, 0});
    positions.reached_end(0, 3);
    positions.reached_end(1, 2);
    CHECK(positions.uncommitted() == Offsets{{0, 3}});
    positions.settled({1, 0});
    CHECK(positions.uncommitted() == Offsets{{0, 3}, {1, 2}});
}

TEST_CASE("records that come after an end do not hold the position back at it") {
    ReadPositions positions;
    positions.read({0, 0});
    positions.reached_end(0, 2);
    positions.read({0, 2});
    positions.settled({0, 0});
    CHECK(positions.uncommitted() == Offsets{{0, 2}});
    positions.settled({0, 2});
    CHECK(positions.uncommitted() == Offsets{{0, 3}});
}

TEST_CASE("an end of a log that was replaced counts no more, and another assignment begins with nothing") {
    ReadPositions positions;
    positions.read({0, 7});
    positions.reached_end(0, 9);
    positions.read({0, 0});
    positions.settled({0, 7});
    positions.settled({0, 0});
    CHECK(positions.uncommitted() == Offsets{{0, 1}});
    positions.read({0, 1});
    positions.reached_end(0, 5);
    positions.forget();
    CHECK(positions.uncommitted().empty());
    positions.settled({0, 1});
    CHECK(positions.uncommitted() == Offsets{{0, 2}});
}

TEST_SUITE_END();
