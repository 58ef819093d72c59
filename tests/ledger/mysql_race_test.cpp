#include "ledger/live_mysql.hpp"

#include <doctest/doctest.h>

#include <future>
#include <map>
#include <random>

using namespace coupon;

namespace {

/// A batch, repeated until it is through. Deadlocks and lock waits are refused, never half done.
std::vector<RecordOutcome> issue_until_done(Ledger& ledger, const std::vector<SourceRecord>& batch) {
    const auto end = soon();
    for (;;) {
        auto outcomes = ledger.issue(batch, soon());
        if (outcomes) return *outcomes;
        REQUIRE_MESSAGE(outcomes.fault().kind == FaultKind::refused, told(outcomes));
        REQUIRE(Deadline::clock::now() < end);
    }
}

std::map<RecordClass, int> counted(const std::vector<RecordOutcome>& outcomes) {
    std::map<RecordClass, int> counts;
    for (const auto& outcome : outcomes)
        ++counts[outcome.becomes];
    return counts;
}

/// Runs `work` for each ledger at once, and gives what each did.
template <class Work>
auto at_once(std::vector<std::unique_ptr<Ledger>>& ledgers, Work work) {
    using Done = std::invoke_result_t<Work, std::size_t, Ledger&>;
    std::vector<std::future<Done>> running;
    for (std::size_t i = 0; i < ledgers.size(); ++i)
        running.push_back(std::async(std::launch::async, [&, i] { return work(i, *ledgers[i]); }));
    std::vector<Done> done;
    for (auto& each : running)
        done.push_back(each.get());
    return done;
}

std::vector<std::unique_ptr<Ledger>> workers(const LiveDatabase& database, BenchEvent& event, int count) {
    std::vector<std::unique_ptr<Ledger>> ledgers;
    for (int i = 0; i < count; ++i)
        ledgers.push_back(open_ledger(database.options(), event.name(), event.topic()));
    return ledgers;
}

} // namespace

TEST_SUITE_BEGIN("live/ledger/mysql_race");

TEST_CASE("workers that were given the same records issue each once") {
    const LiveDatabase database;
    MysqlBench bench(database.options());
    BenchEvent event(bench);
    constexpr std::int64_t limit = 400;
    event.open_round(1, limit);
    std::vector<Winner> winners;
    for (std::int64_t i = 1; i <= limit; ++i)
        winners.push_back({1000 + i, i});
    std::mt19937 chance(7);
    auto ledgers = workers(database, event, 4);
    std::vector<std::vector<std::vector<SourceRecord>>> batches(ledgers.size());
    for (auto& mine : batches) {
        std::shuffle(winners.begin(), winners.end(), chance);
        auto records = event.records(winners);
        for (std::size_t from = 0; from < records.size(); from += 50)
            mine.emplace_back(records.begin() + static_cast<std::ptrdiff_t>(from),
                              records.begin() + static_cast<std::ptrdiff_t>(from + 50));
    }
    const auto counts = at_once(ledgers, [&](std::size_t i, Ledger& ledger) {
        std::map<RecordClass, int> mine;
        for (const auto& batch : batches[i]) {
            for (const auto& [becomes, count] : counted(issue_until_done(ledger, batch)))
                mine[becomes] += count;
        }
        return mine;
    });
    std::map<RecordClass, int> all;
    for (const auto& mine : counts) {
        for (const auto& [becomes, count] : mine)
            all[becomes] += count;
    }
    CHECK(all == std::map<RecordClass, int>{{RecordClass::issued, 400}, {RecordClass::already_issued, 1200}});
    CHECK(event.rows().size() == 400);
    CHECK(event.ledger().failed(soon())->empty());
}

TEST_CASE("workers that fight for the same slots give each slot to one user, and keep every loser") {
    const LiveDatabase database;
    MysqlBench bench(database.options());
    BenchEvent event(bench);
    event.open_round(1, 100);
    auto ledgers = workers(database, event, 2);
    std::vector<std::vector<SourceRecord>> batches(2);
    for (std::size_t i = 0; i < 2; ++i) {
        for (std::int64_t slot = 1; slot <= 100; ++slot)
            batches[i].push_back(event.record({static_cast<std::int64_t>(i) * 1000 + slot, i == 0 ? slot : 101 - slot}));
    }
    const auto outcomes = at_once(ledgers, [&](std::size_t i, Ledger& ledger) { return issue_until_done(ledger, batches[i]); });

    const auto rows = event.rows();
    CHECK(rows.size() == 100);
    std::map<std::int64_t, std::int64_t> slot_of;
    for (const auto& [slot, user] : rows)
        slot_of[user] = slot;
    CHECK(slot_of.size() == 100);
    int lost = 0;
    for (std::size_t i = 0; i < 2; ++i) {
        for (std::size_t k = 0; k < 100; ++k) {
            const auto user = static_cast<std::int64_t>(i * 1000 + k + 1);
            const bool won = outcomes[i][k].becomes == RecordClass::issued;
            CHECK(won == slot_of.contains(user));
            if (won) continue;
            CHECK(outcomes[i][k].becomes == RecordClass::failed);
            ++lost;
        }
    }
    CHECK(lost == 100);
    CHECK(event.ledger().failed(soon())->size() == 100);
}

TEST_CASE("a worker that meets the row of another's open transaction waits, and settles with it") {
    const LiveDatabase database;
    MysqlBench bench(database.options());
    BenchEvent event(bench);
    event.open_round(1, 100);
    auto other = database.raw();
    const auto insert = [&](std::int64_t slot, std::int64_t user) {
        other.run("INSERT INTO coupon (event, round, slot, slot_limit, user_id, granted_at, issued_at) VALUES ('" + event.name() +
                  "', 1, " + std::to_string(slot) + ", 100, " + std::to_string(user) + ", 0, 0)");
    };
    other.run("START TRANSACTION");
    insert(1, 1);
    insert(2, 22);
    insert(3, 4);
    const auto batch = event.records({{1, 1}, {2, 2}, {4, 4}, {4, 5}, {5, 5}});
    auto issuing = std::async(std::launch::async, [&] { return event.ledger().issue(batch, soon()); });
    auto watcher = database.raw();
    const auto waits = [&] {
        return watcher.value(
            "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE db = DATABASE() AND info LIKE 'INSERT INTO coupon %'");
    };
    for (const auto end = soon(); waits() == "0" && Deadline::clock::now() < end;) {
    }
    other.run("COMMIT");
    const auto outcomes = issuing.get();
    REQUIRE_MESSAGE(outcomes, told(outcomes));
    std::vector<RecordClass> classes;
    for (const auto& outcome : *outcomes)
        classes.push_back(outcome.becomes);
    using enum RecordClass;
    // 4 lost slot 4 to its own other slot, and so did the record of slot 5, which is free for user 5.
    CHECK(classes == std::vector{already_issued, failed, failed, failed, issued});
    CHECK((*outcomes)[1].reason == "slot 2 belongs to user 22");
    CHECK((*outcomes)[2].reason == "user 4 has slot 3 already");
}

TEST_CASE("a round that is being abandoned lets a batch in before or not at all") {
    const LiveDatabase database;
    MysqlBench bench(database.options());
    for (int i = 0; i < 10; ++i) {
        BenchEvent event(bench);
        event.open_round(1, 100);
        REQUIRE(event.ledger().close_round(Round(1), BenchEvent::token, soon()));
        auto ledgers = workers(database, event, 2);
        std::vector<Winner> winners;
        for (std::int64_t slot = 1; slot <= 100; ++slot)
            winners.push_back({slot, slot});
        const auto batch = event.records(winners);
        const auto issued = at_once(ledgers, [&](std::size_t which, Ledger& ledger) -> int {
            if (which == 0) return counted(issue_until_done(ledger, batch))[RecordClass::issued];
            const auto abandoned = ledger.abandon_round(Round(1), BenchEvent::token, soon());
            CHECK_MESSAGE(abandoned, told(abandoned));
            return 0;
        });
        CHECK((issued[0] == 0 || issued[0] == 100));
        CHECK(event.rows().size() == static_cast<std::size_t>(issued[0]));
    }
}

TEST_CASE("of resets that open a round at once, one does") {
    const LiveDatabase database;
    MysqlBench bench(database.options());
    for (int i = 0; i < 10; ++i) {
        BenchEvent event(bench);
        event.open_round(1);
        REQUIRE(event.ledger().close_round(Round(1), BenchEvent::token, soon()));
        auto ledgers = workers(database, event, 3);
        const auto opened = at_once(ledgers, [&](std::size_t which, Ledger& ledger) -> int {
            NewRound fresh;
            fresh.row = event.fresh_row(2 + static_cast<std::int64_t>(which));
            fresh.previous = Round(1);
            for (;;) {
                const auto inserted = ledger.insert_round(fresh, soon());
                if (inserted) return 1;
                if (inserted.fault().kind == FaultKind::conflict) return 0;
                REQUIRE_MESSAGE(inserted.fault().kind == FaultKind::refused, told(inserted));
            }
        });
        CHECK(opened[0] + opened[1] + opened[2] == 1);
        CHECK(event.ledger().rounds(soon())->size() == 2);
    }
}

TEST_CASE("a round that gets a follower while it waits to be closed is not the highest any more") {
    const LiveDatabase database;
    MysqlBench bench(database.options());
    BenchEvent event(bench);
    event.open_round(1);
    auto other = database.raw();
    other.run("START TRANSACTION");
    other.run("UPDATE coupon_round SET state = 'closed' WHERE event = '" + event.name() + "'");
    auto closing = std::async(std::launch::async, [&] { return event.ledger().close_round(Round(1), BenchEvent::token, soon()); });
    auto watcher = database.raw();
    const auto waits = [&] {
        return watcher.value("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE db = DATABASE() AND info LIKE '%FOR UPDATE' "
                             "AND id <> CONNECTION_ID()");
    };
    for (const auto end = soon(); waits() == "0" && Deadline::clock::now() < end;) {
    }
    REQUIRE(waits() == "1");
    // Not before: a wait that began at row 2 would end with it.
    other.run("INSERT INTO coupon_round (event, round, slot_limit, topic, state, epoch, owner, consumer_group, cluster_id, round_key, "
              "gate_run_id, gate_database, gate_addresses, created_at) "
              "SELECT event, 2, slot_limit, topic, 'opening', 1, 'another', 'g', '', '', '', 0, '', 0 FROM coupon_round WHERE event = '" +
              event.name() + "'");
    other.run("COMMIT");
    CHECK(kind_of(closing.get()) == FaultKind::conflict);
    CHECK(event.ledger().rounds(soon())->front().owner == BenchEvent::token);
    CHECK(event.ledger().rounds(soon())->back().owner == "another");
}

TEST_CASE("of events that take the same free topic at once, one gets it") {
    const LiveDatabase database;
    MysqlBench bench(database.options());
    for (int i = 0; i < 10; ++i) {
        const auto topic = fresh_name("t");
        std::vector<BenchEvent> events;
        events.reserve(3);
        std::vector<std::unique_ptr<Ledger>> ledgers;
        for (int k = 0; k < 3; ++k) {
            events.emplace_back(bench, topic);
            ledgers.push_back(open_ledger(database.options(), events.back().name(), topic));
        }
        const auto got = at_once(ledgers, [&](std::size_t which, Ledger& ledger) -> int {
            NewRound fresh;
            fresh.row = events[which].fresh_row(1);
            for (;;) {
                const auto inserted = ledger.insert_round(fresh, soon());
                if (inserted) return 1;
                if (inserted.fault().kind == FaultKind::conflict) return 0;
                REQUIRE_MESSAGE(inserted.fault().kind == FaultKind::refused, told(inserted));
            }
        });
        CHECK(got[0] + got[1] + got[2] == 1);
        CHECK(database.raw().column("SELECT event FROM coupon_round WHERE topic = '" + topic + "'").size() == 1);
    }
}

TEST_SUITE_END();
