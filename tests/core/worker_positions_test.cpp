#include "core/worker_positions.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace coupon;

TEST_SUITE_BEGIN("core/worker_positions");

namespace {

SourceRecord record_at(std::int32_t partition, std::int64_t offset, std::optional<std::int64_t> unbroken_from = {}) {
    RawRecord raw;
    raw.value = std::to_string(offset);
    return {{partition, offset}, raw, Instant(Milliseconds(offset)), unbroken_from};
}

} // namespace

TEST_CASE("a reading is unbroken as long as each offset follows the last one") {
    UnbrokenReading reading;
    CHECK(reading.read({0, 5}) == 5);
    CHECK(reading.read({0, 6}) == 5);
    CHECK(reading.read({1, 40}) == 40);
    CHECK(reading.read({0, 7}) == 5);
    CHECK(reading.read({1, 41}) == 40);

    SUBCASE("a gap begins a new one") {
        CHECK(reading.read({0, 9}) == 9);
        CHECK(reading.read({0, 10}) == 9);
    }
    SUBCASE("so does an offset that was read before") {
        CHECK(reading.read({0, 6}) == 6);
        CHECK(reading.read({0, 7}) == 6);
    }
    SUBCASE("so does another assignment, even where its first record is the next one") {
        reading.forget();
        CHECK(reading.read({0, 8}) == 8);
    }
}

TEST_CASE("a batch is taken apart by partition") {
    const std::vector batch{record_at(0, 4, 2), record_at(3, 9, 9), record_at(0, 5, 2)};
    const auto parts = parts_of(batch);
    REQUIRE(parts.size() == 2);
    const auto& part = parts.at(0);
    CHECK(part.first == 4);
    CHECK(part.unbroken_from == 2);
    CHECK(part.next == 6);
    CHECK(part.last == mark_of(batch[2]));
    CHECK(parts.at(3).last == mark_of(batch[1]));
    CHECK_MESSAGE(parts_of(std::vector{record_at(0, 4), record_at(0, 5)}).at(0).unbroken_from == 5, "its reader did not tell");
}

TEST_CASE("a reading counts as far as the ledger has it") {
    const auto from = [](const BatchPart& part, const std::optional<WorkerPosition>& stored) {
        const auto position = position_behind(part, stored);
        CHECK(position.next == part.next);
        CHECK(position.last == part.last);
        return position.unbroken_from;
    };
    const BatchPart part{10, 4, 15, {Instant(Milliseconds(7)), {}}};
    CHECK(from(part, WorkerPosition{10, 4, {}}) == 4);
    CHECK_MESSAGE(from(part, std::nullopt) == 10, "the ledger has no position");
    CHECK_MESSAGE(from(part, WorkerPosition{9, 4, {}}) == 10, "it was set back");
    CHECK_MESSAGE(from(part, WorkerPosition{12, 4, {}}) == 10, "another worker wrote it");
    CHECK_MESSAGE(from(part, WorkerPosition{10, 0, {}}) == 10, "another worker read what lies before");
    CHECK_MESSAGE(from({10, 13, 15, {}}, WorkerPosition{10, 13, {}}) == 13, "there is a gap in the part");
    CHECK_MESSAGE(from({10, 10, 15, {}}, WorkerPosition{3, 0, {}}) == 10, "the worker begins here");
}

TEST_CASE("the offsets behind positions are told by partition") {
    CHECK(next_offsets({{0, {6, 2, {}}}, {3, {10, 9, {}}}}) == std::map<std::int32_t, std::int64_t>{{0, 6}, {3, 10}});
}

TEST_CASE("a log is recognised by the record before the position") {
    const WorkerPosition position{100, 40, {}};
    CHECK(can_be_recognised(position, {0, 0, 100, {}}));
    CHECK(can_be_recognised(position, {0, 99, 200, {}}));
    CHECK_MESSAGE(!can_be_recognised(position, {0, 0, 99, {}}), "the log ends before it");
    CHECK_MESSAGE(!can_be_recognised(position, {0, 100, 200, {}}), "it was purged");
    CHECK_MESSAGE(!can_be_recognised({100, 100, {}}, {0, 0, 100, {}}), "nothing is vouched for");

    CHECK(records_saved(position, {0, 0, 100, {}}) == 60);
    CHECK(records_saved(position, {0, 70, 200, {}}) == 30);
}

TEST_SUITE_END();
