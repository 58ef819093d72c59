#include "flow/fake_worker.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

using namespace coupon;

TEST_SUITE_BEGIN("flow/issuer");

TEST_CASE("records become rows, and only then their offsets are committed") {
    Worker worker;
    for (int user = 1; user <= 10; ++user)
        worker.event.grant_to(user);
    REQUIRE(worker.run_for(Milliseconds(1000)));
    CHECK(worker.issuer().report().issued == 10);
    CHECK(worker.event.rows_of(1) == 10);
    CHECK(worker.committed() == 10);
    CHECK(worker.holds_first);
}

TEST_CASE("nothing is written or committed before gate and ledger were compared, and the wait does not spin") {
    Worker worker;
    worker.has_compared = false;
    for (int user = 1; user <= 10; ++user)
        worker.event.grant_to(user);
    int polls = 0;
    worker.subscriber.on_poll = [&] { ++polls; };
    REQUIRE(worker.run_for(Milliseconds(1000)));
    CHECK(worker.event.rows_of(1) == 0);
    CHECK(worker.committed() == 0);
    CHECK(polls <= 150);
    CHECK_FALSE(worker.issuer().has_caught_up());
    worker.has_compared = true;
    REQUIRE(worker.run_for(Milliseconds(1000)));
    CHECK(worker.event.rows_of(1) == 10);
    CHECK(worker.committed() == 10);
}

TEST_CASE("where another log may have taken the place of one nothing is issued before the fences were compared with it") {
    Worker worker;
    int asked = 0;
    worker.issuer().tell_other_log([&] {
        ++asked;
        worker.has_compared = false;
    });
    worker.event.grant_to(7);
    REQUIRE(worker.run_for(Milliseconds(500)));
    CHECK(asked == 1); // it was assigned its partitions
    CHECK(worker.event.rows_of(1) == 0);
    worker.has_compared = true;
    REQUIRE(worker.run_for(Milliseconds(500)));
    CHECK(worker.event.rows_of(1) == 1);
    SUBCASE("the broker was away and is back") {
        worker.subscriber.news.emplace_back(BrokerBack{});
    }
    SUBCASE("a partition begins again") {
        worker.subscriber.news.emplace_back(worker.event.broker.record_at({3, 0}));
    }
    worker.event.grant_to(8);
    REQUIRE(worker.run_for(Milliseconds(500)));
    CHECK(asked == 2);
    CHECK(worker.event.rows_of(1) == 1);
    worker.has_compared = true;
    REQUIRE(worker.run_for(Milliseconds(500)));
    CHECK(worker.event.rows_of(1) == 2);
}

TEST_CASE("the ledger is told where the unbroken reading of a partition began") {
    Worker worker;
    const auto read_from = [&] { return worker.event.ledger.settled_topic(worker.event.soon())->positions.at(3).unbroken_from; };
    const auto grant_and_work = [&](std::int64_t user) {
        worker.event.grant_to(user);
        REQUIRE(worker.run_for(Milliseconds(500)));
    };
    grant_and_work(3);
    grant_and_work(7);
    CHECK(read_from() == 0);

    SUBCASE("a gap is no record that was read") {
        worker.event.broker.put_gap(3);
        grant_and_work(11);
        CHECK(read_from() == 3);
    }
    SUBCASE("what another member of the group read is not this worker's") {
        worker.event.broker.rebalance();
        grant_and_work(11);
        CHECK(read_from() == 2);
    }
}

TEST_CASE("the end of a transaction is committed as read, and a record before it only once it is in the ledger") {
    Worker worker;
    auto& partition = worker.event.broker.partitions[3];
    worker.event.grant_to(7);
    worker.event.broker.put_gap(3);
    worker.event.broker.put_gap(2);
    worker.event.ledger.meet(LedgerTrouble::unreachable);
    REQUIRE(worker.run_for(Milliseconds(5000)));
    CHECK_FALSE(partition.committed);
    worker.event.ledger.meet(LedgerTrouble::none);
    REQUIRE(worker.run_for(Milliseconds(10'000)));
    CHECK(worker.event.rows_of(1) == 1);
    CHECK(partition.committed == 2);
    CHECK(worker.event.broker.partitions[2].committed == 1);
    const auto commits = worker.subscriber.commits;
    REQUIRE(worker.run_for(Milliseconds(5000)));
    CHECK(worker.subscriber.commits == commits);
}

TEST_CASE("a topic that is gone is told once and waited for; once it is made again the worker goes on") {
    Worker worker;
    worker.event.grant_to(7);
    REQUIRE(worker.run_for(Milliseconds(1000)));
    worker.event.broker.partitions.clear();
    REQUIRE(worker.run_for(Milliseconds(5000)));
    CHECK(worker.event.journal.count("does not exist") == 1);
    worker.event.broker.create(4);
    worker.event.grant_to(8);
    REQUIRE(worker.run_for(Milliseconds(5000)));
    CHECK(worker.event.rows_of(1) == 2);
    CHECK(worker.event.journal.count("the topic is there again") == 1);
}

TEST_CASE("a worker that waits for the drained event ends with the fault of a topic that is gone") {
    Worker worker;
    worker.settings.until_drained = true;
    worker.event.broker.partitions.clear();
    const auto ended = worker.run_for(Milliseconds(5000));
    REQUIRE_FALSE(ended);
    CHECK(ended.fault().kind == FaultKind::missing);
}

TEST_CASE("a worker that is asked says how it goes, once for each time it is asked") {
    Worker worker;
    for (int user = 1; user <= 3; ++user)
        worker.event.grant_to(user);
    REQUIRE(worker.run_for(Milliseconds(1000)));
    CHECK(worker.event.journal.count("status: ") == 0);
    worker.event.world.ask_for_status();
    REQUIRE(worker.run_for(Milliseconds(1000)));
    CHECK(worker.event.journal.count("status: ") == 1);
    CHECK(worker.event.journal.count("status: partitions 0 1 2 3; 3 issued, 0 already issued, 0 stale, 0 fenced, 0 failed; caught up") ==
          1);
}

TEST_CASE("a server call takes no longer than its timeout, than what is left, or than a last moment") {
    ConsumeSettings settings;
    settings.timeout = Milliseconds(5000);
    const FakeWorld world;
    const auto now = world.now();
    CHECK(time_of_call(settings, {}, now) == Milliseconds(5000));
    CHECK(time_of_call(settings, now + Milliseconds(9000), now) == Milliseconds(5000));
    CHECK(time_of_call(settings, now + Milliseconds(900), now) == Milliseconds(900));
    CHECK(time_of_call(settings, now - Milliseconds(900), now) == Milliseconds(200));
    settings.timeout = Milliseconds(50);
    CHECK(time_of_call(settings, now, now) == Milliseconds(50));
}

TEST_CASE("a batch is bounded, and one transaction") {
    Worker worker;
    worker.settings.batch = 4;
    for (int user = 1; user <= 10; ++user)
        worker.event.grant_to(user);
    const int before = worker.event.ledger.calls();
    REQUIRE(worker.run_for(Milliseconds(1000)));
    CHECK(worker.event.ledger.calls() - before == 3);
}

TEST_CASE("while records come their offsets are committed now and then, and all of them as soon as none comes") {
    Worker worker;
    worker.settings.batch = 1;
    std::int64_t most_waiting = 0;
    int granted = 0;
    worker.subscriber.on_poll = [&] {
        const auto issued = worker.issuer().report().issued;
        most_waiting = std::max(most_waiting, issued - worker.committed());
        if (issued < granted || granted == 90) return;
        worker.event.world.advance(Milliseconds(1));
        worker.event.grant_to(++granted);
    };
    REQUIRE(worker.run_for(Milliseconds(120)));
    CHECK(worker.event.rows_of(1) == 90);
    CHECK(worker.committed() == 90);
    CHECK(worker.subscriber.commits <= 3);
    CHECK(most_waiting >= 80);
}

TEST_CASE("a database that is away: said once, nothing committed, nothing lost, resumed by itself, said once") {
    Worker worker;
    worker.event.grant_to(7);
    worker.event.ledger.meet(LedgerTrouble::unreachable);
    REQUIRE(worker.run_for(Milliseconds(10'000)));
    CHECK(worker.committed() == 0);
    CHECK(worker.event.journal.count("nothing is lost") == 1);
    worker.event.ledger.meet(LedgerTrouble::none);
    REQUIRE(worker.run_for(Milliseconds(10'000)));
    CHECK(worker.event.rows_of(1) == 1);
    CHECK(worker.committed() == 1);
    CHECK(worker.event.journal.count("the ledger is back") == 1);
}

TEST_CASE("a commit whose reply was lost is written again and found already issued") {
    Worker worker;
    worker.event.grant_to(7);
    worker.event.ledger.meet(LedgerTrouble::reply_lost, 1);
    REQUIRE(worker.run_for(Milliseconds(5000)));
    CHECK(worker.event.rows_of(1) == 1);
    CHECK(worker.issuer().report().already_issued == 1);
    CHECK(worker.committed() == 1);
}

TEST_CASE("partitions that went to another worker while the database was away are dropped from the hand") {
    Worker worker;
    FakeSubscriber other(worker.event.broker);
    worker.event.grant_to(7);
    worker.event.ledger.meet(LedgerTrouble::unreachable);
    bool joined = false;
    worker.subscriber.on_poll = [&] {
        if (joined || worker.event.journal.count("nothing is lost") == 0) return;
        joined = true;
        REQUIRE(other.poll(Milliseconds(0))); // joins, which takes half of the partitions
        worker.event.ledger.meet(LedgerTrouble::none);
    };
    REQUIRE(worker.run_for(Milliseconds(10'000)));
    CHECK(joined);
    // Partition 3 (user 7) is the other's now: this worker neither wrote nor committed for it.
    CHECK(worker.issuer().report().issued == 0);
    CHECK_FALSE(worker.event.broker.partitions[3].committed);
}

TEST_CASE("a record that can never be issued becomes a failed event and one line, and the worker goes on") {
    Worker worker;
    worker.event.broker.put(2, {std::nullopt, "short", {}});
    worker.event.grant_to(6);
    REQUIRE(worker.run_for(Milliseconds(1000)));
    CHECK(worker.issuer().report().failed == 1);
    CHECK(worker.issuer().report().issued == 1);
    CHECK(worker.event.journal.count("failed event: partition 2 offset 0") == 1);
    CHECK(worker.event.ledger.tables().failed.size() == 1);
}

TEST_CASE("a winner waits for no more than some batches of the poison on the other partitions of its lane") {
    Worker worker;
    worker.settings.batch = 50;
    for (int i = 0; i < 10'000; ++i)
        worker.event.broker.put(0, {std::nullopt, "garbage", {}});
    worker.event.grant_to(6); // partition 2
    std::size_t written = 0;
    std::size_t written_before_winner = 0;
    worker.event.ledger.on_issue = [&](std::span<const SourceRecord> batch) {
        if (std::any_of(batch.begin(), batch.end(), [](const SourceRecord& record) { return record.at.partition == 2; }))
            written_before_winner = written;
        written += batch.size();
    };
    REQUIRE(worker.run_for(Milliseconds(60'000)));
    CHECK(written == 10'001);
    CHECK(written_before_winner <= 100);
    CHECK(worker.issuer().report().failed_by_kind == std::map<FailedKind, std::int64_t>{{FailedKind::undecodable, 10'000}});
    CHECK(worker.committed() == 10'001);
    CHECK(worker.event.journal.lines().size() < 20);
}

TEST_CASE("a partition of which enough waits is held until it has been written, and nothing of it is lost") {
    Worker worker;
    worker.settings.batch = 100; // more than 1 MiB of the records, so that the partition is full first
    const RawRecord large{std::nullopt, std::string(60'000, 'x'), {}};
    for (int i = 0; i < 100; ++i)
        worker.event.broker.put(0, large);
    std::size_t most = 0;
    worker.event.ledger.on_issue = [&](std::span<const SourceRecord> batch) { most = std::max(most, batch.size()); };
    REQUIRE(worker.run_for(Milliseconds(60'000)));
    CHECK(worker.issuer().report().failed == 100);
    CHECK(worker.subscriber.most_held >= 1);
    CHECK(worker.committed() == 100);
    CHECK(most == 18);
}

TEST_CASE("the pace is for coupons: garbage and records of other events do not use it up") {
    Worker worker;
    worker.settings.max_rate = Rate{600, std::chrono::minutes(1)};
    for (int user = 1; user <= 20; ++user) {
        for (int i = 0; i < 50; ++i)
            worker.event.broker.put(user % 4, {std::nullopt, "garbage", {}});
        worker.event.broker.put(user % 4, encode({"spring", {Round(1), Epoch(1), Slot(1), UserId(user), Instant{}}}));
        worker.event.grant_to(user);
    }
    REQUIRE(worker.run_for(Milliseconds(1000)));
    CHECK(worker.event.rows_of(1) <= 11);
    REQUIRE(worker.run_for(Milliseconds(1200)));
    CHECK(worker.event.rows_of(1) == 20);
    CHECK(worker.issuer().report().failed == 20 * 51);
}

TEST_CASE("a record that turns out to be no coupon gives the pace back") {
    Worker worker;
    worker.settings.max_rate = Rate{60, std::chrono::minutes(1)};
    const auto winner = worker.event.grant_to(4);
    for (int i = 0; i < 20; ++i)
        worker.event.publish(winner); // issued already
    REQUIRE(worker.run_for(Milliseconds(3000)));
    CHECK(worker.issuer().report().issued == 1);
    CHECK(worker.issuer().report().already_issued == 20);
}

TEST_CASE("garbage saves the pace no time: winners behind it are issued no faster than in a second that was missed") {
    Worker worker;
    worker.settings.max_rate = Rate{10, std::chrono::seconds(1)};
    worker.subscriber.on_poll = [&] { worker.event.world.advance(Milliseconds(1)); };
    RawRecord garbage{std::nullopt, "garbage", {}};
    SUBCASE("records that cannot be decoded") {}
    SUBCASE("records that look like coupons until their signature is compared") {
        garbage = encode({"coupon", {Round(1), Epoch(1), Slot(1), UserId(1), Instant{}}});
    }
    for (int i = 0; i < 30'000; ++i)
        worker.event.broker.put(0, garbage);
    REQUIRE(worker.run_for(Milliseconds(8000)));
    CHECK(worker.issuer().report().failed > 500);
    for (int i = 0; i < 50; ++i)
        worker.event.grant_to(4 * i + 1); // partition 1
    REQUIRE(worker.run_for(Milliseconds(1000)));
    CHECK(worker.event.rows_of(1) >= 9);
    CHECK(worker.event.rows_of(1) <= 22);
    CHECK(worker.committed() < 30'000);
}

TEST_CASE("no record stops the worker: neither a newer format nor one of another event") {
    Worker worker;
    auto raw = encode({"coupon", {Round(1), Epoch(1), Slot(1), UserId(4), Instant{}}});
    raw.headers.back().value = "2";
    worker.event.broker.put(0, raw);
    worker.event.broker.put(0, encode({"spring", {Round(1), Epoch(1), Slot(1), UserId(4), Instant{}}}));
    worker.event.grant_to(4);
    REQUIRE(worker.run_for(Milliseconds(1000)));
    CHECK(worker.issuer().report().failed == 2);
    CHECK(worker.issuer().report().issued == 1);
    CHECK(worker.committed() == 3);
}

TEST_CASE("a broker that is away is said once and waited for") {
    Worker worker;
    worker.event.broker.broker = BrokerTrouble::away;
    REQUIRE(worker.run_for(Milliseconds(5000)));
    worker.event.broker.broker = BrokerTrouble::none;
    worker.event.grant_to(7);
    REQUIRE(worker.run_for(Milliseconds(5000)));
    CHECK(worker.event.journal.count("waiting for it") == 1);
    CHECK(worker.event.rows_of(1) == 1);
}

TEST_CASE("a worker that lost its group together with the broker redrives until the group says who does") {
    Worker worker;
    const auto hear = [&](std::vector<Polled> news) {
        worker.subscriber.news = std::move(news);
        REQUIRE(worker.run_for(Milliseconds(300)));
        return worker.holds_first;
    };
    CHECK(hear({}));
    const BrokerAway away{Fault{FaultKind::unreachable, "cannot connect to kafka", {}}};
    CHECK(hear({away, AssignmentChanged{}}));
    CHECK(hear({BrokerBack{}}));
    CHECK_FALSE(hear({AssignmentChanged{{1, 2}}}));
    CHECK(hear({AssignmentChanged{{0}}}));
    CHECK_FALSE(hear({AssignmentChanged{}}));
}

TEST_CASE("the pace is steady, in any second and over all") {
    Worker worker;
    worker.settings.max_rate = Rate{600, std::chrono::minutes(1)};
    for (int user = 1; user <= 50; ++user)
        worker.event.grant_to(user);
    const auto rows_after = [&](Milliseconds time) {
        REQUIRE(worker.run_for(time));
        return worker.event.rows_of(1);
    };
    CHECK(rows_after(Milliseconds(1000)) <= 11);
    const auto after_two = rows_after(Milliseconds(1000));
    CHECK(after_two <= 21);
    CHECK(after_two >= 18);
    CHECK(rows_after(Milliseconds(1000)) <= 31);
    CHECK(rows_after(Milliseconds(3000)) == 50);
}

TEST_CASE("a pause of the crowd is not caught up in a burst") {
    Worker worker;
    worker.settings.max_rate = Rate{10, std::chrono::seconds(1)};
    REQUIRE(worker.run_for(Milliseconds(30'000))); // nobody came
    for (int user = 1; user <= 50; ++user)
        worker.event.grant_to(user);
    REQUIRE(worker.run_for(Milliseconds(1000)));
    CHECK(worker.event.rows_of(1) <= 12);
}

TEST_SUITE_END();
