#include "flow/worker/turns.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>

using namespace coupon;

TEST_SUITE_BEGIN("flow/turns");

namespace {

const Tick start{};

SourceRecord record_at(std::int32_t partition, std::int64_t offset, std::size_t bytes = 10) {
    return {{partition, offset}, {std::nullopt, std::string(bytes, 'x'), {}}};
}

void add_records(Turns& turns, std::int32_t partition, std::int64_t count, std::size_t bytes = 10) {
    for (std::int64_t offset = 0; offset < count; ++offset)
        turns.add(record_at(partition, offset, bytes), start);
}

std::map<std::int32_t, std::vector<std::int64_t>> offsets_of(const Batch& batch) {
    std::map<std::int32_t, std::vector<std::int64_t>> offsets;
    for (const auto& record : batch)
        offsets[record.at.partition].push_back(record.at.offset);
    return offsets;
}

} // namespace

TEST_CASE("a batch takes a record of each partition of its lane in turn, and each partition keeps its order") {
    Turns turns(2);
    turns.assign({0, 1, 2, 3});
    add_records(turns, 0, 100);
    add_records(turns, 2, 3);
    add_records(turns, 1, 1);
    CHECK(offsets_of(turns.next_batch(0, 8)) == std::map<std::int32_t, std::vector<std::int64_t>>{{0, {0, 1, 2, 3, 4}}, {2, {0, 1, 2}}});
    CHECK(offsets_of(turns.next_batch(0, 2)) == std::map<std::int32_t, std::vector<std::int64_t>>{{0, {5, 6}}});
    CHECK(offsets_of(turns.next_batch(1, 8)) == std::map<std::int32_t, std::vector<std::int64_t>>{{1, {0}}});
    CHECK(turns.is_empty(1));
    CHECK_FALSE(turns.is_empty());
    CHECK(turns.next_batch(1, 8).empty());
}

TEST_CASE("a partition is full from 2000 records or 1 MiB on, until half of it is taken") {
    Turns turns(1);
    turns.assign({0, 1});
    add_records(turns, 0, 1999);
    CHECK(turns.full().empty());
    turns.add(record_at(0, 1999), start);
    CHECK(turns.full() == std::set<std::int32_t>{0});
    CHECK(turns.next_batch(0, 1000).size() == 1000);
    CHECK(turns.full() == std::set<std::int32_t>{0});
    CHECK(turns.next_batch(0, 1).size() == 1);
    CHECK(turns.full().empty());
    add_records(turns, 1, 20, 60'000);
    CHECK(turns.full() == std::set<std::int32_t>{1});
}

TEST_CASE("a batch is bounded by its bytes, too, and takes at least one record") {
    Turns turns(1);
    turns.assign({0});
    add_records(turns, 0, 3, 3 * 1024 * 1024);
    CHECK(turns.fills_batch(0, 500));
    CHECK(turns.next_batch(0, 500).size() == 2);
    CHECK_FALSE(turns.fills_batch(0, 500));
    CHECK(turns.next_batch(0, 500).size() == 1);
}

TEST_CASE("the first record that waits says when the lane is due; a new assignment forgets all of them") {
    Turns turns(2);
    turns.assign({0, 1, 2});
    CHECK_FALSE(turns.due());
    turns.add(record_at(0, 0), start + Milliseconds(7));
    turns.add(record_at(0, 1), start + Milliseconds(9));
    turns.add(record_at(2, 0), start + Milliseconds(5));
    turns.add(record_at(1, 0), start + Milliseconds(3));
    CHECK(turns.due(0) == start + Milliseconds(5));
    CHECK(turns.due(1) == start + Milliseconds(3));
    CHECK(turns.due() == start + Milliseconds(3));
    turns.assign({1});
    CHECK(turns.is_empty());
    turns.add(record_at(1, 0), start);
    CHECK_FALSE(turns.is_empty(0));
}

TEST_SUITE_END();
