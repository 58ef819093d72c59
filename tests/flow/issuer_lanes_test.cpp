#include "flow/fake_worker.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>

using namespace coupon;

TEST_SUITE_BEGIN("flow/issuer_lanes");

namespace {

/// A worker with two ledgers. The records of users 4 and 8 are on partition 0, of 5 and 9 on partition 1, of 6 on partition 2, of 7 on 3.
struct TwoLanes {
    TwoLanes() {
        worker.ledgers.push_back(&second);
        worker.settings.batch = 1;
        worker.event.ledger.on_issue = [this](auto batch) { note(0, batch); };
        second.on_issue = [this](auto batch) { note(1, batch); };
    }

    void note(std::size_t lane, std::span<const SourceRecord> batch) {
        for (const auto& record : batch)
            order[lane].push_back(record.at);
    }
    [[nodiscard]] std::int64_t committed(std::size_t partition) const {
        return worker.event.broker.partitions[partition].committed.value_or(0);
    }

    Worker worker;
    /// Tables of its own, since those in memory take one writer at a time.
    FakeLedger second{"coupon", "coupon_create", std::make_shared<FakeTables>(worker.event.ledger.tables())};
    std::map<std::size_t, std::vector<SourcePosition>> order{{0, {}}, {1, {}}}; ///< what each lane was given to write
};

/// Lets a lane wait in its transaction.
struct Barrier {
    std::promise<void> opened;
    std::shared_future<void> open{opened.get_future()};
    void wait() const { CHECK(open.wait_for(std::chrono::seconds(20)) == std::future_status::ready); }
};

} // namespace

TEST_CASE("each partition has one lane, and its records keep their order") {
    TwoLanes two;
    for (const int user : {4, 5, 6, 7, 8, 9, 10, 11})
        two.worker.event.grant_to(user);
    REQUIRE(two.worker.run_for(Milliseconds(1000)));
    for (const std::int32_t partition : {0, 1, 2, 3}) {
        const auto& order = two.order[static_cast<std::size_t>(partition % 2)];
        CHECK(order.size() == 4);
        CHECK(std::find(order.begin(), order.end(), SourcePosition{partition, 0}) <
              std::find(order.begin(), order.end(), SourcePosition{partition, 1}));
    }
    CHECK(two.worker.issuer().report().issued == 8);
    CHECK(two.worker.committed() == 8);
}

TEST_CASE("while one transaction lasts the other lane goes on, and only what is written is committed") {
    TwoLanes two;
    Barrier barrier;
    two.second.on_issue = [&](auto) { barrier.wait(); };
    for (const int user : {4, 5, 8})
        two.worker.event.grant_to(user);
    bool is_open = false;
    two.worker.subscriber.on_poll = [&] {
        two.worker.event.world.advance(Milliseconds(1));
        if (is_open || two.committed(0) < 2) return;
        CHECK(two.committed(1) == 0);
        is_open = true;
        barrier.opened.set_value();
    };
    REQUIRE(two.worker.run_for(Milliseconds(60'000)));
    CHECK(is_open);
    CHECK(two.committed(1) == 1);
    CHECK(two.worker.issuer().report().issued == 3);
}

TEST_CASE("a fault in one lane stops both: nothing more begins until the pause is over") {
    TwoLanes two;
    std::atomic<int> tries = 0;
    std::atomic<int> begun_meanwhile = 0;
    std::atomic<bool> is_away = true;
    two.second.meet(LedgerTrouble::unreachable);
    two.second.on_issue = [&](auto) { ++tries; };
    two.worker.event.ledger.on_issue = [&](auto) { begun_meanwhile += is_away && tries > 0 ? 1 : 0; };
    two.worker.event.grant_to(5);
    bool was_pausing = false;
    two.worker.subscriber.on_poll = [&] {
        if (two.worker.event.journal.count("nothing is lost") == 0 || was_pausing) return;
        was_pausing = true; // the lanes have stopped: the tables are the test's for now
        CHECK(two.worker.event.rows_of(1) == 0);
        for (const int user : {4, 8, 9})
            two.worker.event.grant_to(user);
        is_away = false;
        two.second.meet(LedgerTrouble::none);
    };
    REQUIRE(two.worker.run_for(Milliseconds(10'000)));
    CHECK(was_pausing);
    CHECK(tries == 3);
    CHECK(begun_meanwhile == 0);
    CHECK(two.worker.issuer().report().issued == 4);
    CHECK(two.worker.committed() == 4);
    CHECK(two.worker.event.journal.count("the ledger is back") == 1);
}

TEST_CASE("a fault that no waiting cures ends the worker, and what met it is not committed") {
    TwoLanes two;
    two.worker.event.grant_to(4);
    two.worker.event.grant_to(5);
    two.worker.event.ledger.tables().exist = false;
    const auto stopped = two.worker.run_for(Milliseconds(1000));
    REQUIRE_FALSE(stopped);
    CHECK(stopped.fault().kind == FaultKind::missing);
    CHECK(two.committed(0) == 0);
}

TEST_CASE("partitions go to another worker only when the transactions in hand have ended, and nothing of them is committed any more") {
    TwoLanes two;
    FakeSubscriber other(two.worker.event.broker);
    std::atomic<int> begun = 0;
    std::atomic<int> ended = 0;
    const auto slowly = [&](auto) {
        ++begun;
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        ++ended;
    };
    two.worker.event.ledger.on_issue = slowly;
    two.second.on_issue = slowly;
    for (const int user : {4, 5, 8, 9})
        two.worker.event.grant_to(user);
    bool has_joined = false;
    two.worker.subscriber.on_poll = [&] {
        if (has_joined || begun == 0) return;
        has_joined = true;
        REQUIRE(other.poll(Milliseconds(0))); // joins, which takes half of the partitions
    };
    const Tick until = two.worker.event.world.now() + Milliseconds(1000);
    int changes = 0;
    REQUIRE(two.worker.issuer().run([&] { return two.worker.event.world.now() >= until; }, [] { return true; },
                                    [&](bool) {
                                        if (++changes == 2) CHECK(begun == ended);
                                    }));
    CHECK(changes == 2);
    // Of partition 1, which is the other's now, at the most the transaction in hand was written, and none of it was committed.
    CHECK_FALSE(two.worker.event.broker.partitions[1].committed);
    CHECK(two.second.tables().coupons_of({"coupon", Round(1)}).size() <= 1);
    CHECK(two.committed(0) == 2);
}

TEST_CASE("what a ledger throws ends the issuing") {
    TwoLanes two;
    two.second.on_issue = [](auto) { throw std::runtime_error("broken"); };
    two.worker.event.grant_to(5);
    CHECK_THROWS_AS(static_cast<void>(two.worker.run_for(Milliseconds(1000))), std::runtime_error);
}

TEST_SUITE_END();
