#include "flow/topic_survey.hpp"

#include "flow/fake_event.hpp"
#include "flow/reset/reset_settle.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

using namespace coupon;

TEST_SUITE_BEGIN("flow/topic_survey");

namespace {

/// Counts the records that are read through it.
class CountingLog final : public TopicLog {
public:
    explicit CountingLog(TopicLog& log) : log_(log) {}

    Result<std::vector<PartitionLag>> partitions(Deadline deadline) override { return log_.partitions(deadline); }
    Status read(const std::vector<OffsetRange>& ranges, const std::function<void(const SourceRecord&)>& take, Deadline deadline) override {
        const auto counted = [&](const SourceRecord& record) {
            ++read_;
            take(record);
        };
        return log_.read(ranges, counted, deadline);
    }
    Result<TopicSettings> settings(Deadline deadline) override { return log_.settings(deadline); }
    Result<GroupSight> group(Deadline deadline) override { return log_.group(deadline); }

    [[nodiscard]] std::size_t records_read() const { return read_; }

private:
    TopicLog& log_;
    std::size_t read_ = 0;
};

IssueRecord record_of_round(std::int64_t round) {
    return record_of("coupon", {Round(round), Epoch(1), Slot(1), UserId(9), Instant{}}, std::nullopt);
}

TopicSurvey survey(FakeEvent& event) {
    const auto partitions = event.log.partitions({});
    const auto rounds = event.ledger.rounds({});
    REQUIRE(partitions);
    REQUIRE(rounds);
    auto seen = survey_topic({"coupon", *partitions, *rounds, {}}, event.log, event.ledger, event.world, Milliseconds(1000));
    REQUIRE(seen);
    return *std::move(seen);
}

std::int64_t highest_after(FakeEvent& event, const TopicSurvey& seen) {
    const auto highest = highest_round_on_topic(FakeEvent::wishes(), event.ports(), seen);
    REQUIRE(highest);
    return highest->value();
}

/// What is broken on purpose, to see that the search below finds it.
enum class Plant { none, assignments_join, gaps_join, ledger_is_believed, every_log_is_the_same, failed_rounds_are_forgotten };

/// One partition of an event, a worker, and what else may happen to topic and ledger. Each record is another user's.
class SurveyedEvent {
public:
    static constexpr std::size_t steps = 9;

    explicit SurveyedEvent(Plant plant) : plant_(plant) {
        event_.broker.create(1);
        REQUIRE(event_.reset());
        backup_ = event_.ledger.tables();
    }

    void step(std::size_t which) {
        switch (which) {
        case 0: put(1, event_.last_round().key); break;
        case 1: put(7, std::nullopt); break;
        case 2: work(2); break;
        case 3:
            log().committed = log().high;
            begin_again();
            break; // a stranger in the group commits
        case 4: begin_again(); break;
        case 5: backup_ = event_.ledger.tables(); break;
        case 6: event_.ledger.tables() = backup_; break;
        case 7: make_again(); break;
        case 8:
            log().records.clear();
            log().low = log().high;
            break;
        default: break;
        }
    }

    /// What is wrong with a survey that leaves out what the worker has settled; empty where it tells what the whole topic tells.
    [[nodiscard]] std::string objection() {
        const auto partitions = event_.log.partitions({});
        const auto rounds = event_.ledger.rounds({});
        auto settled = event_.ledger.settled_topic({});
        REQUIRE((partitions && rounds && settled));
        if (plant_ == Plant::failed_rounds_are_forgotten) settled->highest_failed = Round(0);
        if (plant_ == Plant::every_log_is_the_same) {
            for (auto& [partition, position] : settled->positions) {
                const auto last = log().records.find(position.next - 1);
                if (last != log().records.end()) position.last = mark_of(event_.broker.record_at({partition, last->first}));
            }
        }
        const auto whole = survey({"coupon", *partitions, *rounds, {}});
        const auto rest = survey({"coupon", *partitions, *rounds, *settled, 1});
        if (whole.foreign != rest.foreign) return "foreign records";
        const auto highest_row = rounds->back().round;
        // A failed event may name a higher one whose record is gone.
        if (whole.highest_round > std::max(rest.highest_round, highest_row)) return "the highest round";
        return {};
    }

private:
    FakeBroker::Partition& log() { return event_.broker.partitions[0]; }

    void put(std::int64_t round, const std::optional<RoundKey>& key) {
        const UserId user(++users_);
        event_.broker.put(0, encode(record_of("coupon", {Round(round), Epoch(1), Slot(user.value()), user, Instant{}}, key)));
    }

    void work(int most) {
        std::vector<SourceRecord> batch;
        auto next = log().committed.value_or(log().low);
        for (auto at = log().records.lower_bound(next); at != log().records.end() && most > 0; ++at, --most) {
            auto record = event_.broker.record_at({0, at->first});
            record.unbroken_from = reading_.read(record.at);
            if (plant_ == Plant::gaps_join && first_) record.unbroken_from = *first_;
            if (!first_) first_ = record.unbroken_from;
            batch.push_back(std::move(record));
            next = at->first + 1;
        }
        if (batch.empty()) return;
        REQUIRE(event_.ledger.issue(batch, event_.soon()));
        if (plant_ == Plant::ledger_is_believed)
            event_.ledger.tables().positions.begin()->second[0].unbroken_from = *batch.back().unbroken_from;
        log().committed = next;
    }

    void begin_again() {
        if (plant_ == Plant::assignments_join) return;
        reading_.forget();
        if (plant_ != Plant::gaps_join) first_.reset();
    }

    /// As it may grow before a worker comes, whose group still has the offset of the old log.
    void make_again() {
        log().records.clear();
        log().written_at.clear();
        const auto before = log().high;
        log().low = log().high = 0;
        for (std::int64_t i = 0; i < before; ++i)
            put(7, std::nullopt);
        begin_again();
    }

    TopicSurvey survey(const ForeignRecordScope& scope) {
        auto seen = survey_topic(scope, event_.log, event_.ledger, event_.world, Milliseconds(1000));
        REQUIRE(seen);
        return *std::move(seen);
    }

    Plant plant_;
    FakeEvent event_;
    FakeTables backup_;
    UnbrokenReading reading_;
    std::optional<std::int64_t> first_;
    std::int64_t users_ = 0;
};

/// Takes every sequence of up to `most` steps that begins with a record, since nothing else changes an empty topic. Gives a shortest one
/// with an objection, as digits, and what it is.
std::string first_objection(Plant plant, std::size_t most) {
    for (std::size_t length = 1; length <= most; ++length) {
        std::vector<std::size_t> sequence(length);
        while (true) {
            SurveyedEvent event(plant);
            for (const auto step : sequence)
                event.step(step);
            if (const auto objection = event.objection(); !objection.empty()) {
                std::string taken;
                for (const auto step : sequence)
                    taken += std::to_string(step);
                return taken + ": " + objection;
            }
            auto digit = sequence.rbegin();
            while (++*digit == SurveyedEvent::steps && digit != std::prev(sequence.rend()))
                *digit++ = 0;
            if (sequence.front() > 1) break;
        }
    }
    return {};
}

} // namespace

TEST_CASE("a reset reads each record of the topic once") {
    FakeEvent event;
    REQUIRE(event.reset());
    for (std::int64_t user = 1; user <= 3; ++user)
        event.grant_to(user);
    event.work();
    CountingLog log(event.log);
    const ResetPorts ports{event.gate, event.gate, event.admin, log, event.ledger, event.world};
    ResetReport report;
    REQUIRE(reset(FakeEvent::wishes(), ports, report));
    CHECK(log.records_read() == 3);
}

TEST_CASE("the highest round counts what was surveyed, and what came after the survey") {
    FakeEvent event;
    event.broker.put(0, encode(record_of_round(7)));
    const auto seen = survey(event);
    CHECK(seen.highest_round == Round(7));
    event.broker.partitions[0].records.clear(); // a second reading of the same offsets would find nothing
    CHECK(highest_after(event, seen) == 7);
    event.broker.put(0, encode(record_of_round(9)));
    CHECK(highest_after(event, seen) == 9);
}

TEST_CASE("a log that is shorter than it was surveyed is read as a whole") {
    FakeEvent event;
    event.broker.put(0, encode(record_of_round(3)));
    event.broker.put(0, encode(record_of_round(3)));
    const auto seen = survey(event);
    auto& partition = event.broker.partitions[0];
    partition.records.clear();
    partition.low = partition.high = 0;
    event.broker.put(0, encode(record_of_round(8)));
    CHECK(highest_after(event, seen) == 8);
}

TEST_CASE("records that a worker has settled are not read again") {
    FakeEvent event;
    REQUIRE(event.reset(FakeEvent::wishes(3000)));
    for (std::int64_t user = 1; user <= 2000; ++user)
        event.grant_to(user);
    event.work();
    const auto late = event.grant_to(2001);
    event.broker.put(0, encode(record_of_round(7)));
    CountingLog log(event.log);
    const auto partitions = log.partitions({});
    const auto rounds = event.ledger.rounds({});
    const auto settled = event.ledger.settled_topic({});
    REQUIRE((partitions && rounds && settled));
    const auto seen = survey_topic({"coupon", *partitions, *rounds, *settled}, log, event.ledger, event.world, Milliseconds(1000));
    REQUIRE(seen);
    CHECK(seen->foreign.count == 1);
    CHECK(seen->highest_round == Round(7));
    CHECK(late.round == Round(1));
    CHECK(log.records_read() == 4 + 2); // the last one of each partition, and what came later
}

TEST_CASE("a survey of what is not settled tells what a survey of the whole topic tells") {
    CHECK(first_objection(Plant::none, 5) == "");
    for (const auto plant : {Plant::assignments_join, Plant::gaps_join, Plant::ledger_is_believed, Plant::every_log_is_the_same,
                             Plant::failed_rounds_are_forgotten}) {
        const auto found = first_objection(plant, 5);
        MESSAGE(found);
        CHECK(found != "");
    }
}

TEST_SUITE_END();
