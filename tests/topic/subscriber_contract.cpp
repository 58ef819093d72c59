#include "core/topic_binding.hpp"
#include "topic/topic_bench.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

namespace coupon {

namespace {

/// A record that says which one it is.
RawRecord numbered(int number) {
    return {std::nullopt, "record " + std::to_string(number), {}};
}

std::vector<std::string> values_of(const std::vector<SourceRecord>& records) {
    std::vector<std::string> values;
    for (const auto& record : records)
        values.push_back(record.raw.value.value_or(""));
    return values;
}

std::optional<std::int64_t> committed(TopicBench& bench, std::size_t partition) {
    const auto partitions = bench.log()->partitions(soon());
    return partitions && partition < partitions->size() ? (*partitions)[partition].committed : std::nullopt;
}

void check_sharing(const MakeBench& make_bench) {
    SUBCASE("two members share the partitions; when one leaves, the other gets them all and what was not committed") {
        const auto bench = make_bench(4);
        const auto stays = bench->subscriber();
        auto leaves = bench->subscriber();
        REQUIRE(share({stays.get(), leaves.get()}, 4));
        const auto lost = *leaves->assigned().begin();
        CHECK_FALSE(stays->assigned().contains(lost));
        bench->put(lost, numbered(1));
        REQUIRE(records_of(*leaves, 1).size() == 1);
        leaves->leave(soon());
        CHECK(leaves->assigned().empty());
        REQUIRE(share({stays.get()}, 4));
        CHECK(values_of(records_of(*stays, 1)) == std::vector<std::string>{"record 1"});
    }
    SUBCASE("while a member has records in hand another joins: it is told before anything else, and its late commit is not its own") {
        const auto bench = make_bench(2);
        for (int i = 0; i < 10; ++i)
            bench->put(i % 2, numbered(i));
        const auto first = bench->subscriber();
        REQUIRE(records_of(*first, 4).size() == 4);
        const auto second = bench->subscriber();
        // The second's first polls make it join; the first one still holds what it polled.
        bool was_told = false;
        for (const auto deadline = soon(); !was_told && std::chrono::steady_clock::now() < deadline;) {
            static_cast<void>(second->poll(Milliseconds(5)));
            auto polled = first->poll(Milliseconds(5));
            REQUIRE(polled);
            was_told = std::holds_alternative<AssignmentChanged>(*polled);
        }
        REQUIRE(was_told);
        const auto late = first->commit({{0, 2}, {1, 2}}, soon());
        REQUIRE_FALSE(late);
        CHECK(late.fault().kind == FaultKind::not_mine);
        REQUIRE(share({first.get(), second.get()}, 2));
        CHECK_FALSE(committed(*bench, 0));
        CHECK_FALSE(committed(*bench, 1));
    }
    SUBCASE("what is being written of its partitions is finished while a member still has them") {
        const auto bench = make_bench(2);
        const auto first = bench->subscriber();
        REQUIRE(share({first.get()}, 2));
        std::vector<std::set<std::int32_t>> had;
        first->before_revoke([&] { had.push_back(first->assigned()); });
        const auto second = bench->subscriber();
        REQUIRE(share({first.get(), second.get()}, 2));
        CHECK(had == std::vector{std::set<std::int32_t>{0, 1}});
        const auto left = first->assigned();
        first->leave(soon());
        CHECK(had == std::vector{std::set<std::int32_t>{0, 1}, left});
    }
    SUBCASE("a partition that was never assigned cannot be committed") {
        const auto bench = make_bench(1);
        const auto member = bench->subscriber();
        const auto early = member->commit({{0, 1}}, soon());
        REQUIRE_FALSE(early);
        CHECK(early.fault().kind == FaultKind::not_mine);
        REQUIRE(share({member.get()}, 1));
        const auto wrong = member->commit({{7, 1}}, soon());
        REQUIRE_FALSE(wrong);
        CHECK(wrong.fault().kind == FaultKind::not_mine);
    }
}

void check_pausing(const MakeBench& make_bench) {
    SUBCASE("a paused member gets no records and stays a member; resumed, it goes on without gap or repetition") {
        const auto bench = make_bench(2);
        for (int i = 0; i < 40; ++i)
            bench->put(i % 2, numbered(i));
        const auto member = bench->subscriber();
        auto records = records_of(*member, 7);
        REQUIRE(records.size() == 7);
        member->pause();
        CHECK_FALSE(next<SourceRecord>(*member, std::chrono::steady_clock::now() + Milliseconds(300)));
        CHECK(member->assigned().size() == 2);
        member->resume();
        for (auto& record : records_of(*member, 33))
            records.push_back(std::move(record));
        REQUIRE(records.size() == 40);
        std::map<std::int32_t, std::int64_t> position;
        for (const auto& record : records)
            CHECK(record.at.offset == position[record.at.partition]++);
    }
    SUBCASE("partitions that come while a member is paused are paused, too") {
        const auto bench = make_bench(2);
        for (int i = 0; i < 10; ++i)
            bench->put(i % 2, numbered(i));
        const auto stays = bench->subscriber();
        auto leaves = bench->subscriber();
        REQUIRE(share({stays.get(), leaves.get()}, 2));
        stays->pause();
        leaves->leave(soon());
        const auto until = std::chrono::steady_clock::now() + Milliseconds(1000);
        std::size_t records = 0;
        while (std::chrono::steady_clock::now() < until && stays->assigned().size() < 2) {
            const auto polled = stays->poll(Milliseconds(20));
            REQUIRE(polled);
            records += std::holds_alternative<SourceRecord>(*polled) ? 1U : 0U;
        }
        CHECK(stays->assigned().size() == 2);
        CHECK_FALSE(next<SourceRecord>(*stays, std::chrono::steady_clock::now() + Milliseconds(300)));
        CHECK(records == 0);
        stays->resume();
        CHECK(records_of(*stays, 5).size() == 5);
    }
}

/// Records of each partition, in the order in which they came.
std::map<std::int32_t, std::vector<std::int64_t>> offsets_of(const std::vector<SourceRecord>& records) {
    std::map<std::int32_t, std::vector<std::int64_t>> offsets;
    for (const auto& record : records)
        offsets[record.at.partition].push_back(record.at.offset);
    return offsets;
}

void check_holding(const MakeBench& make_bench) {
    SUBCASE("a partition that is held brings nothing while the others go on, and continues without gap or repetition once it is released") {
        const auto bench = make_bench(2);
        for (int i = 0; i < 40; ++i)
            bench->put(i % 2, numbered(i));
        const auto member = bench->subscriber();
        REQUIRE(share({member.get()}, 2));
        member->hold({0});
        auto records = records_of(*member, 20);
        REQUIRE(records.size() == 20);
        CHECK(offsets_of(records).size() == 1);
        CHECK(offsets_of(records)[1].size() == 20);
        CHECK_FALSE(next<SourceRecord>(*member, std::chrono::steady_clock::now() + Milliseconds(300)));
        member->hold({1});
        bench->put(1, numbered(40));
        records = records_of(*member, 20);
        CHECK(offsets_of(records)[0].size() == 20);
        member->hold({});
        records = records_of(*member, 1);
        REQUIRE(records.size() == 1);
        CHECK(records.front().at == SourcePosition{1, 20});
    }
    SUBCASE("large records are held as well, and none of them is lost") {
        const auto bench = make_bench(2);
        const auto member = bench->subscriber();
        REQUIRE(share({member.get()}, 2));
        const auto large = [](int number) {
            auto raw = numbered(number);
            raw.headers.push_back({"trace", std::string(60'000, 'x')});
            return raw;
        };
        for (int i = 0; i < 30; ++i)
            bench->put(i % 2, large(i));
        auto records = records_of(*member, 6);
        for (int turn = 0; turn < 4; ++turn) {
            member->hold({turn % 2});
            for (auto& record : records_of(*member, 3))
                records.push_back(std::move(record));
        }
        member->hold({});
        for (auto& record : records_of(*member, 12))
            records.push_back(std::move(record));
        REQUIRE(records.size() == 30);
        for (auto& [partition, offsets] : offsets_of(records)) {
            CHECK(offsets.size() == 15);
            for (std::size_t i = 0; i < offsets.size(); ++i)
                CHECK(offsets[i] == static_cast<std::int64_t>(i));
        }
    }
    SUBCASE("a new assignment holds nothing") {
        const auto bench = make_bench(2);
        const auto stays = bench->subscriber();
        auto leaves = bench->subscriber();
        REQUIRE(share({stays.get(), leaves.get()}, 2));
        stays->hold(stays->assigned());
        leaves->leave(soon());
        REQUIRE(share({stays.get()}, 2));
        for (int i = 0; i < 4; ++i)
            bench->put(i % 2, numbered(i));
        CHECK(records_of(*stays, 4).size() == 4);
    }
    SUBCASE("partitions take turns: one that is full keeps the records of another one no longer than a turn") {
        const auto bench = make_bench(2);
        const auto member = bench->subscriber();
        REQUIRE(share({member.get()}, 2));
        member->hold({0, 1});
        for (int i = 0; i < 500; ++i)
            bench->put(0, numbered(i));
        bench->put(1, numbered(500));
        // Long enough for the client to have fetched some of both.
        CHECK_FALSE(next<SourceRecord>(*member, std::chrono::steady_clock::now() + Milliseconds(1000)));
        member->hold({});
        CHECK(offsets_of(records_of(*member, 2)).size() == 2);
    }
}

std::optional<Fault> next_fault(Subscriber& member) {
    for (const auto deadline = soon(); std::chrono::steady_clock::now() < deadline;) {
        if (const auto polled = member.poll(Milliseconds(50)); !polled) return polled.fault();
    }
    return std::nullopt;
}

/// Polls until the group's offset of partition 0 is that.
bool comes_to(TopicBench& bench, Subscriber& member, std::int64_t offset) {
    for (const auto deadline = soon(); std::chrono::steady_clock::now() < deadline;) {
        static_cast<void>(member.poll(Milliseconds(20)));
        if (committed(bench, 0) == offset) return true;
    }
    return false;
}

void check_another_log(const MakeBench& make_bench) {
    const auto bench = make_bench(1);
    const auto member = bench->subscriber();
    for (int i = 0; i < 5; ++i)
        bench->put(0, numbered(i));
    REQUIRE(records_of(*member, 5).size() == 5);
    REQUIRE(member->commit({{0, 4}}, soon()));
    SUBCASE("a topic that is gone is told; made again, it is read from its beginning, and nothing that was committed before counts") {
        bench->remove();
        const auto gone = next_fault(*member);
        REQUIRE(gone);
        CHECK(gone->kind == FaultKind::missing);
        CHECK(member->assigned().empty());
        CHECK_FALSE(member->commit({{0, 5}}, soon()));
        REQUIRE(bench->admin()->create(1, soon()));
        CHECK(comes_to(*bench, *member, 0));
        for (int i = 10; i < 17; ++i)
            bench->put(0, numbered(i));
        const auto records = records_of(*member, 7);
        REQUIRE(records.size() == 7);
        CHECK(records.front().at.offset == 0);
        CHECK(values_of(records).back() == "record 16");
        CHECK(member->commit({{0, 7}}, soon()));
        CHECK(committed(*bench, 0) == 7);
    }
    SUBCASE("a topic that was made again before a member looks is read from its beginning, and old positions are not committed on it") {
        std::size_t finished = 0;
        member->before_revoke([&] { ++finished; });
        bench->remove();
        REQUIRE(bench->admin()->create(1, soon()));
        bench->put(0, numbered(10));
        const auto records = records_of(*member, 1);
        REQUIRE(records.size() == 1);
        CHECK(records.front().at.offset == 0);
        CHECK(values_of(records) == std::vector<std::string>{"record 10"});
        CHECK(finished == 1);
        CHECK(committed(*bench, 0).value_or(0) == 0);
        CHECK(member->commit({{0, 1}}, soon()));
    }
}

} // namespace

void check_subscriber_contract(const MakeBench& make_bench) {
    SUBCASE("the first news is the assignment; then a first worker gets what came before it, in order") {
        const auto bench = make_bench(1);
        for (int i = 0; i < 5; ++i)
            bench->put(0, numbered(i));
        const auto member = bench->subscriber();
        const auto changed = next<AssignmentChanged>(*member);
        REQUIRE(changed);
        CHECK(changed->partitions == std::set<std::int32_t>{0});
        CHECK(member->assigned() == changed->partitions);
        const auto records = records_of(*member, 5);
        REQUIRE(records.size() == 5);
        CHECK(records[4].at == SourcePosition{0, 4});
        CHECK(values_of(records).front() == "record 0");
        CHECK(values_of(records).back() == "record 4");
    }
    SUBCASE("what was committed does not come again, what was not does") {
        const auto bench = make_bench(1);
        for (int i = 0; i < 5; ++i)
            bench->put(0, numbered(i));
        {
            const auto member = bench->subscriber();
            REQUIRE(records_of(*member, 5).size() == 5);
            CHECK(member->commit({{0, 3}}, soon()));
            CHECK(committed(*bench, 0) == 3);
            member->leave(soon());
        }
        const auto member = bench->subscriber();
        CHECK(values_of(records_of(*member, 2)) == std::vector<std::string>{"record 3", "record 4"});
    }
    SUBCASE("the end of a partition is told where it is no record, once, and with nothing before it left out") {
        const auto bench = make_bench(2);
        bench->put_in_transaction(0, numbered(1));
        bench->put(1, numbered(2));
        const auto member = bench->subscriber();
        REQUIRE(records_of(*member, 2).size() == 2);
        const auto end = next<PartitionEnd>(*member);
        REQUIRE(end);
        CHECK(end->partition == 0);
        CHECK(end->next == 2);
        CHECK_FALSE(next<PartitionEnd>(*member, std::chrono::steady_clock::now() + Milliseconds(500)));
        bench->put_in_transaction(0, numbered(3));
        CHECK(records_of(*member, 1).size() == 1);
        const auto later = next<PartitionEnd>(*member);
        REQUIRE(later);
        CHECK(later->next == 4);
    }
    SUBCASE("a member that begins where only a transaction's end is left is told so, and one that begins at the end is not") {
        const auto bench = make_bench(1);
        bench->put_in_transaction(0, numbered(1));
        {
            const auto member = bench->subscriber();
            REQUIRE(records_of(*member, 1).size() == 1);
            REQUIRE(member->commit({{0, 1}}, soon()));
            member->leave(soon());
        }
        {
            const auto member = bench->subscriber();
            const auto end = next<PartitionEnd>(*member);
            REQUIRE(end);
            CHECK(end->next == 2);
            REQUIRE(member->commit({{0, 2}}, soon()));
            member->leave(soon());
        }
        const auto member = bench->subscriber();
        REQUIRE(share({member.get()}, 1));
        CHECK_FALSE(next<PartitionEnd>(*member, std::chrono::steady_clock::now() + Milliseconds(700)));
    }
    check_sharing(make_bench);
    check_pausing(make_bench);
    check_holding(make_bench);
    SUBCASE("another log") {
        check_another_log(make_bench);
    }
    SUBCASE("of a record that is too large the beginning comes, with length and digest of the whole") {
        const auto bench = make_bench(1);
        const auto large = too_large_record();
        bench->put(0, large);
        const auto member = bench->subscriber();
        const auto records = records_of(*member, 1);
        REQUIRE(records.size() == 1);
        CHECK(records.front().raw == shortened(large));
        REQUIRE(records.front().raw.cut);
        CHECK(records.front().raw.cut->sha256 == sha256(pack(large)));
    }
    SUBCASE("a committed offset that was purged: on with the earliest record") {
        const auto bench = make_bench(1);
        for (int i = 0; i < 6; ++i)
            bench->put(0, numbered(i));
        {
            const auto member = bench->subscriber();
            REQUIRE(records_of(*member, 2).size() == 2);
            CHECK(member->commit({{0, 2}}, soon()));
            member->leave(soon());
        }
        CHECK(bench->admin()->purge({{0, 4}}, soon()));
        const auto member = bench->subscriber();
        CHECK(values_of(records_of(*member, 2)) == std::vector<std::string>{"record 4", "record 5"});
    }
    SUBCASE("a missing topic is told, not waited for") {
        const auto bench = make_bench(0);
        const auto member = bench->subscriber();
        const auto fault = next_fault(*member);
        REQUIRE(fault);
        CHECK(fault->kind == FaultKind::missing);
        CHECK(fault->hint == missing_topic_hint(false));
    }
    SUBCASE("leaving twice, or before anything was polled, is no trouble") {
        const auto bench = make_bench(1);
        const auto member = bench->subscriber();
        member->leave(soon());
        member->leave(soon());
        const auto polled = member->poll(Milliseconds(1));
        REQUIRE(polled);
        CHECK(std::holds_alternative<NothingCame>(*polled));
    }
}

} // namespace coupon
