#include "audit/motion.hpp"

#include <doctest/doctest.h>

#include <functional>

using namespace coupon;

TEST_SUITE_BEGIN("audit/motion");

namespace {

using std::chrono::milliseconds;

/// An event that lets users in and issues: 50 granted, 45 confirmed, two partitions of which one is read to its end.
QuiescenceLook busy() {
    const GatePulse gate{true, Round(4), Epoch(1), 50, 45, 5};
    return {gate, {{0, 10, 30, 25}, {1, 0, 20, 20}}, gate};
}

QuiescenceLook changed(QuiescenceLook look, const std::function<void(GatePulse&)>& change) {
    change(look.before);
    change(look.after);
    return look;
}

/// The same a little later: more of everything.
QuiescenceLook later(QuiescenceLook look) {
    look = changed(look, [](GatePulse& gate) {
        gate.granted += 10;
        gate.published += 10;
    });
    for (auto& lag : look.partitions) {
        lag.high += 5;
        lag.committed = *lag.committed + 5;
    }
    return look;
}

struct Timed {
    QuiescenceLook look;
    milliseconds at;
};

std::optional<Motion> seen(const std::vector<Timed>& looks) {
    MotionWatch watch;
    for (const auto& [look, at] : looks)
        watch.look(look, Tick(at));
    return watch.motion();
}

std::string first_fault(const std::optional<Motion>& motion) {
    REQUIRE(motion);
    return motion->faults.empty() ? "" : motion->faults.front();
}

} // namespace

TEST_CASE("two looks at an event that goes forward show no fault") {
    const auto motion = seen({{busy(), milliseconds(0)}, {later(busy()), milliseconds(100)}});
    CHECK(first_fault(motion).empty());
    CHECK(motion->goes_forward);
    CHECK(motion->is_one_epoch());
    CHECK(motion->before.after.granted == 50);
    CHECK(motion->after.before.granted == 60);
}

TEST_CASE("what the group had committed at the look before is settled, and nothing of a partition that has no offset") {
    auto before = busy();
    before.partitions[1].committed.reset();
    const auto motion = seen({{busy(), milliseconds(0)}, {before, milliseconds(1)}, {later(busy()), milliseconds(100)}});
    REQUIRE(motion);
    CHECK(motion->settled_to(0) == 25);
    CHECK(motion->settled_to(1) == 0);
    CHECK(motion->settled_to(7) == 0);
}

TEST_CASE("a motion needs two looks at an armed gate of one round and epoch") {
    const auto unarmed = changed(busy(), [](GatePulse& gate) { gate.armed = false; });
    const auto next_epoch = changed(later(busy()), [](GatePulse& gate) { gate.epoch = Epoch(2); });
    const auto next_round = changed(later(busy()), [](GatePulse& gate) { gate.round = Round(5); });
    CHECK_FALSE(seen({}));
    CHECK_FALSE(seen({{busy(), milliseconds(0)}}));
    CHECK_FALSE(seen({{busy(), milliseconds(0)}, {unarmed, milliseconds(100)}}));
    CHECK_FALSE(seen({{busy(), milliseconds(0)}, {next_epoch, milliseconds(100)}}));
    CHECK_FALSE(seen({{busy(), milliseconds(0)}, {next_round, milliseconds(100)}}));
    CHECK_FALSE(seen({{busy(), milliseconds(0)}, {unarmed, milliseconds(50)}, {later(busy()), milliseconds(100)}}));
    auto amid = later(busy());
    amid.after.epoch = Epoch(2);
    CHECK_FALSE(seen({{busy(), milliseconds(0)}, {amid, milliseconds(100)}}));
    // The looks before the gate was armed again count for nothing: its counts may have gone back.
    const auto fewer = changed(next_epoch, [](GatePulse& gate) { gate.granted = gate.published = 1; });
    const auto motion = seen({{busy(), milliseconds(0)}, {fewer, milliseconds(100)}, {later(fewer), milliseconds(200)}});
    CHECK(first_fault(motion).empty());
}

TEST_CASE("nothing goes forward where all counts stay the same") {
    const auto quiet = changed(busy(), [](GatePulse& gate) { gate.outbox = 0; });
    auto read = quiet;
    read.partitions[0].committed = 30;
    const auto motion = seen({{read, milliseconds(0)}, {read, milliseconds(100)}});
    REQUIRE(motion);
    CHECK_FALSE(motion->goes_forward);
    CHECK(motion->faults.empty());
    const std::vector<std::function<void(QuiescenceLook&)>> steps = {
        [](QuiescenceLook& look) { look.after.granted = 51; },
        [](QuiescenceLook& look) { look.after.published = 46; },
        [](QuiescenceLook& look) { look.partitions[1].high = 21; },
        [](QuiescenceLook& look) { look.partitions[0].committed = 26; },
        [](QuiescenceLook& look) {
            look.partitions.push_back({2, 0, 1, 1});
        },
    };
    for (const auto& step : steps) {
        auto moved = busy();
        step(moved);
        CHECK(seen({{busy(), milliseconds(0)}, {moved, milliseconds(100)}})->goes_forward);
    }
}

TEST_CASE("whatever goes back within an epoch is a fault") {
    const struct {
        const char* what;
        std::function<void(QuiescenceLook&)> change;
        const char* fault;
    } rows[] = {
        {"granted", [](QuiescenceLook& look) { look.before.granted = look.after.granted = 49; }, "granted claims went back from 50 to 49"},
        {"published", [](QuiescenceLook& look) { look.before.published = 44; }, "published claims went back from 45 to 44"},
        {"end", [](QuiescenceLook& look) { look.partitions[0].high = 29; }, "the end of topic partition 0 went back from 30 to 29"},
        {"committed", [](QuiescenceLook& look) { look.partitions[1].committed = 19; },
         "the committed offset of topic partition 1 went back from 20 to 19"},
        {"no offset any more", [](QuiescenceLook& look) { look.partitions[0].committed.reset(); },
         "the committed offset of topic partition 0 went back from 25 to 10"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto back = busy();
        row.change(back);
        CHECK(first_fault(seen({{busy(), milliseconds(0)}, {back, milliseconds(100)}})).find(row.fault) != std::string::npos);
        // Also where it has caught up since.
        const auto motion = seen({{busy(), milliseconds(0)}, {back, milliseconds(100)}, {later(busy()), milliseconds(200)}});
        CHECK(first_fault(motion).find(row.fault) != std::string::npos);
    }
}

TEST_CASE("records that nobody reads for ten seconds are a fault, although other partitions go on") {
    auto stuck = [](int more) {
        auto look = busy();
        look.partitions[1].high += more;
        look.partitions[1].committed = look.partitions[1].high;
        look.before.granted = look.after.granted = 50 + more;
        look.before.published = look.after.published = 45 + more;
        return look;
    };
    CHECK(first_fault(seen({{stuck(0), milliseconds(0)}, {stuck(1), milliseconds(9'999)}})).empty());
    CHECK(first_fault(seen({{stuck(0), milliseconds(0)}, {stuck(1), milliseconds(10'000)}})) ==
          "no record of topic partition 0 was read for 10 s, the group stands at 25");
    // Each commit, and each moment at which nothing was left to read, begins the wait again.
    auto committed = stuck(1);
    committed.partitions[0].committed = 26;
    CHECK(first_fault(seen({{stuck(0), milliseconds(0)}, {committed, milliseconds(6'000)}, {committed, milliseconds(12'000)}})).empty());
    auto read = stuck(1);
    read.partitions[0].committed = read.partitions[0].high;
    auto more = read;
    more.partitions[0].high += 1;
    CHECK(first_fault(seen({{stuck(0), milliseconds(0)}, {read, milliseconds(6'000)}, {more, milliseconds(12'000)}})).empty());
}

TEST_CASE("pending claims of which none is published for ten seconds are a fault") {
    const auto stuck = [](std::int64_t more) {
        auto look = busy();
        look.partitions[0].committed = look.partitions[0].high;
        return changed(look, [&](GatePulse& gate) {
            gate.granted += more;
            gate.outbox += more;
        });
    };
    CHECK(first_fault(seen({{stuck(0), milliseconds(0)}, {stuck(3), milliseconds(9'999)}})).empty());
    CHECK(first_fault(seen({{stuck(0), milliseconds(0)}, {stuck(3), milliseconds(12'000)}})) == "no pending claim was published for 12 s");
    const auto confirmed = changed(stuck(3), [](GatePulse& gate) { ++gate.published; });
    CHECK(first_fault(seen({{stuck(0), milliseconds(0)}, {confirmed, milliseconds(6'000)}, {confirmed, milliseconds(12'000)}})).empty());
}

TEST_CASE("a short watch must at least have seen some of the unread records being read") {
    auto granted = busy();
    granted.before.granted = granted.after.granted = 55;
    CHECK(first_fault(seen({{busy(), milliseconds(0)}, {granted, milliseconds(100)}})) == "no record was read while the event was watched");
    auto elsewhere = granted;
    elsewhere.partitions[1].high = elsewhere.partitions[1].committed.emplace(21);
    CHECK(first_fault(seen({{busy(), milliseconds(0)}, {elsewhere, milliseconds(100)}})).empty());
    // At the start nothing waited.
    auto idle = busy();
    idle.partitions[0].high = 25;
    CHECK(first_fault(seen({{idle, milliseconds(0)}, {granted, milliseconds(100)}})).empty());
}

TEST_SUITE_END();
