#include "flow/topic_survey.hpp"

#include "flow/fake_event.hpp"
#include "flow/reset_settle.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <utility>

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
    auto seen = survey_topic({"coupon", *partitions, *rounds}, event.log, event.ledger, event.world, Milliseconds(1000));
    REQUIRE(seen);
    return *std::move(seen);
}

std::int64_t highest_after(FakeEvent& event, const TopicSurvey& seen) {
    const auto highest = highest_round_on_topic(FakeEvent::wishes(), event.ports(), seen);
    REQUIRE(highest);
    return highest->value();
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

TEST_SUITE_END();
