#include "topic/topic_bench.hpp"

#include "preflight/preflight.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

namespace coupon {

namespace {

std::vector<std::int64_t> offsets_read(TopicLog& log, const std::vector<OffsetRange>& ranges) {
    std::vector<std::int64_t> offsets;
    const auto done = log.read(
        ranges, [&](const SourceRecord& record) { offsets.push_back(record.at.offset); }, soon());
    REQUIRE(done);
    return offsets;
}

std::vector<RawRecord> all_sorts_of_records() {
    return {
        {std::nullopt, std::nullopt, {}},
        {"", "", {{"", ""}, {"null", std::nullopt}, {"", std::nullopt}}},
        {std::string("a\0b", 3), std::string("\0\0\xff\n\x1b", 5), {{"slot", "1"}, {"slot", "2"}, {"bytes", std::string("\0\xfe", 2)}}},
        {"key", std::string(20'000, 'x'), {{"long", std::string(40'000, 'y')}}},
        {"", std::nullopt, {{"", std::nullopt}}},
        {std::nullopt, "", {}},
    };
}

} // namespace

void check_topic_log_contract(const MakeBench& make_bench) {
    const RawRecord raw{"7", "value", {}};

    SUBCASE("every partition is listed with its ends, and the group's position only where there is one") {
        const auto bench = make_bench(3);
        bench->put(1, raw);
        bench->put(1, raw);
        const auto member = bench->subscriber();
        REQUIRE(records_of(*member, 2).size() == 2);
        REQUIRE(member->commit({{1, 2}}, soon()));
        const auto log = bench->log();
        const auto partitions = log->partitions(soon());
        REQUIRE(partitions);
        REQUIRE(partitions->size() == 3);
        for (std::int32_t i = 0; i < 3; ++i) {
            const auto& one = (*partitions)[static_cast<std::size_t>(i)];
            CHECK(one.partition == i);
            CHECK(one.low == 0);
            CHECK(one.high == (i == 1 ? 2 : 0));
            CHECK(one.committed == (i == 1 ? std::optional<std::int64_t>(2) : std::nullopt));
        }
    }
    SUBCASE("records are counted from the group's position on, and the end of a transaction is none") {
        const auto bench = make_bench(2);
        bench->put_in_transaction(0, raw);
        bench->put_in_transaction(0, raw);
        bench->put_in_transaction(1, raw);
        const auto member = bench->subscriber();
        REQUIRE(records_of(*member, 3).size() == 3);
        const auto log = bench->log();
        const auto behind = [&](std::size_t partition) { return log->partitions(soon()).value().at(partition).behind(); };
        CHECK(log->partitions(soon()).value().at(0).high == 4);
        CHECK(behind(0) == 2);
        CHECK(behind(1) == 1);
        REQUIRE(member->commit({{0, 1}, {1, 1}}, soon()));
        CHECK(behind(0) == 1);
        CHECK(behind(1) == 0);
        REQUIRE(member->commit({{0, 3}}, soon()));
        CHECK(behind(0) == 0);
        bench->put(0, raw);
        CHECK(behind(0) == 1);
        CHECK(all_records(*log).size() == 4);
    }
    SUBCASE("of many records the first are counted one by one, and the others by their offsets") {
        const auto bench = make_bench(1);
        bench->put_in_transaction(0, raw);
        for (int i = 0; i < 2 * UnreadRecords::most; ++i)
            bench->put(0, raw);
        CHECK(bench->log()->partitions(soon()).value().at(0).behind() == 2 * UnreadRecords::most + 1);
    }
    SUBCASE("many records are taken one at a time and in their order, and what the taker throws ends the reading") {
        constexpr std::int64_t many = 2'500;
        const auto bench = make_bench(1);
        for (std::int64_t i = 0; i < many; ++i)
            bench->put(0, {std::to_string(i), "value", {}});
        const auto log = bench->log();
        std::int64_t taken = 0;
        bool in_order = true;
        bool in_hand = false;
        const auto take = [&](const SourceRecord& record) {
            in_order = in_order && !std::exchange(in_hand, true) && record.at.offset == taken && record.raw.key == std::to_string(taken);
            ++taken;
            in_hand = false;
        };
        REQUIRE(log->read({{0, 0, many}}, take, soon()));
        CHECK(in_order);
        CHECK(taken == many);
        taken = 0;
        const auto take_some = [&](const SourceRecord&) {
            if (++taken > many / 2) throw std::length_error("enough");
        };
        CHECK_THROWS_AS(static_cast<void>(log->read({{0, 0, many}}, take_some, soon())), std::length_error);
        CHECK(taken == many / 2 + 1);
        CHECK(offsets_read(*log, {{0, many - 1, many}}) == std::vector<std::int64_t>{many - 1});
    }
    SUBCASE("the cluster tells all that a preflight judges, of a topic and of what a missing one would get") {
        for (const int partitions : {3, 0}) {
            const auto bench = make_bench(partitions);
            auto settings = bench->log()->settings(soon());
            REQUIRE(settings);
            CHECK(settings->partitions.size() == static_cast<std::size_t>(partitions));
            CHECK(settings->untold.empty());
            PreflightInput input;
            input.topic = std::move(*settings);
            const auto report = preflight(input);
            const auto told = std::count_if(report.lines.begin(), report.lines.end(), [](const auto& line) {
                return line.name.starts_with("topic-") && line.status != PreflightStatus::cannot_tell;
            });
            CHECK(told == 13);
        }
    }
    SUBCASE("the coordinator names the members of the group with their partitions, and none where there are none") {
        const auto bench = make_bench(3);
        const auto log = bench->log();
        const auto empty = log->group(soon());
        REQUIRE(empty);
        CHECK(empty->has_coordinator);
        REQUIRE(empty->members);
        CHECK(empty->members->empty());
        const auto one = bench->subscriber();
        const auto other = bench->subscriber();
        REQUIRE(share({one.get(), other.get()}, 3));
        const auto full = log->group(soon());
        REQUIRE(full);
        REQUIRE(full->members);
        REQUIRE(full->members->size() == 2);
        std::set<std::set<std::int32_t>> shares;
        for (const auto& member : *full->members) {
            CHECK(member.client_id == own_client_id);
            CHECK_FALSE(member.host.empty());
            shares.insert(member.partitions);
        }
        CHECK(shares == std::set{one->assigned(), other->assigned()});
        CHECK(strangers_in(*full).empty());
        CHECK(one->membership().is_answered);
        CHECK(one->membership().partitions == one->assigned().size());
    }
    SUBCASE("looking does not disturb the group") {
        const auto bench = make_bench(1);
        bench->put(0, raw);
        const auto member = bench->subscriber();
        REQUIRE(share({member.get()}, 1));
        CHECK(all_records(*bench->log()).size() == 1);
        CHECK_FALSE(next<AssignmentChanged>(*member, std::chrono::steady_clock::now() + Milliseconds(700)));
        CHECK(member->assigned().size() == 1);
    }
    SUBCASE("a range is read from `from` up to and without `to`, again and again by the same reader") {
        const auto bench = make_bench(2);
        for (int i = 0; i < 10; ++i)
            bench->put(0, raw);
        const auto log = bench->log();
        CHECK(offsets_read(*log, {{0, 3, 6}}) == std::vector<std::int64_t>{3, 4, 5});
        CHECK(offsets_read(*log, {{0, 0, 2}, {1, 0, 0}}) == std::vector<std::int64_t>{0, 1});
        CHECK(offsets_read(*log, {{0, 8, 10}}) == std::vector<std::int64_t>{8, 9});
        CHECK(offsets_read(*log, {{0, 5, 5}}).empty());
        CHECK(offsets_read(*log, {}).empty());
        bench->put(0, raw);
        CHECK(offsets_read(*log, {{0, 8, 11}}) == std::vector<std::int64_t>{8, 9, 10});
    }
    SUBCASE("a range below the low watermark starts at it, or is empty") {
        const auto bench = make_bench(1);
        for (int i = 0; i < 10; ++i)
            bench->put(0, raw);
        REQUIRE(bench->admin()->purge({{0, 6}}, soon()));
        const auto log = bench->log();
        CHECK(offsets_read(*log, {{0, 0, 8}}) == std::vector<std::int64_t>{6, 7});
        CHECK(offsets_read(*log, {{0, 2, 5}}).empty());
        const auto partitions = log->partitions(soon());
        REQUIRE(partitions);
        CHECK((*partitions)[0].low == 6);
        CHECK((*partitions)[0].high == 10);
    }
    SUBCASE("a record of up to 64 KiB is read back byte for byte, whatever it and the one before it are made of") {
        const auto records = all_sorts_of_records();
        const auto bench = make_bench(1);
        for (const auto& record : records)
            bench->put(0, record);
        const auto read = all_records(*bench->log());
        REQUIRE(read.size() == records.size());
        for (std::size_t i = 0; i < records.size(); ++i)
            CHECK(read[i].raw == records[i]);
    }
    SUBCASE("of a record that is too large the beginning is read, with length and digest of the whole; the next one is whole again") {
        const auto bench = make_bench(1);
        const auto large = too_large_record();
        bench->put(0, large);
        bench->put(0, {"7", "value", {}});
        const auto records = all_records(*bench->log());
        REQUIRE(records.size() == 2);
        CHECK(records[0].raw == shortened(large));
        REQUIRE(records[0].raw.cut);
        CHECK(records[0].raw.cut->length == static_cast<std::int64_t>(pack(large).size()));
        CHECK(records[0].raw.cut->sha256 == sha256(pack(large)));
        CHECK(records[1].raw == RawRecord{"7", "value", {}});
    }
    SUBCASE("a missing topic is missing for both calls") {
        const auto bench = make_bench(0);
        const auto log = bench->log();
        const auto partitions = log->partitions(soon());
        REQUIRE_FALSE(partitions);
        CHECK(partitions.fault().kind == FaultKind::missing);
        const auto done = log->read(
            {{0, 0, 1}}, [](const SourceRecord&) {}, soon());
        REQUIRE_FALSE(done);
        CHECK(done.fault().kind == FaultKind::missing);
    }
}

} // namespace coupon
