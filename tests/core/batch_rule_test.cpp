#include "core/batch_rule.hpp"

#include <doctest/doctest.h>

using namespace coupon;

namespace {

SourceRecord source(std::int64_t offset, std::int64_t user, std::int64_t slot, const std::string& event = "coupon",
                    std::int64_t round = 1) {
    return {{0, offset}, encode({event, {Round(round), Epoch(1), Slot(slot), UserId(user), Instant(Milliseconds(5))}})};
}

SourceRecord versioned(std::int64_t offset, const std::string& version) {
    auto made = source(offset, 7, 1);
    made.raw.headers.back().value = version;
    return made;
}

KnownRows open_round(std::int64_t limit) {
    KnownRows known;
    RoundRow row;
    row.event = "coupon";
    row.round = Round(1);
    row.limit = Limit(limit);
    row.state = RoundState::open;
    known.rounds[Round(1)] = row;
    return known;
}

std::vector<RecordClass> classes(const std::vector<SourceRecord>& batch, KnownRows known) {
    std::vector<RecordClass> found;
    const auto read = read_batch(batch);
    REQUIRE(read);
    for (const auto& record : *read)
        found.push_back(judge(record, "coupon", known).becomes);
    return found;
}

} // namespace

TEST_SUITE_BEGIN("core/batch_rule");

TEST_CASE("records meet what came before them in their batch") {
    using enum RecordClass;
    CHECK(classes({source(0, 7, 1), source(1, 7, 1)}, open_round(9)) == std::vector{issued, already_issued});
    CHECK(classes({source(0, 7, 1), source(1, 8, 1)}, open_round(9)) == std::vector{issued, failed});
    CHECK(classes({source(0, 7, 1), source(1, 7, 2)}, open_round(9)) == std::vector{issued, failed});
    CHECK(classes({source(0, 7, 10), source(1, 7, 2)}, open_round(9)) == std::vector{failed, issued});
    CHECK(classes({source(0, 7, 1, "coupon", 2), source(1, 7, 1)}, open_round(9)) == std::vector{failed, issued});
}

TEST_CASE("records meet the rows that are there") {
    using enum RecordClass;
    auto known = open_round(9);
    known.add(Round(1), Slot(1), UserId(7));
    CHECK(classes({source(0, 7, 1), source(1, 8, 1), source(2, 7, 2), source(3, 8, 2)}, known) ==
          std::vector{already_issued, failed, failed, issued});
}

TEST_CASE("a newer format stops the batch and says where it lies") {
    const std::vector<SourceRecord> batch{source(0, 7, 1), versioned(5, "2")};
    const auto read = read_batch(batch);
    REQUIRE_FALSE(read);
    CHECK(read.fault().kind == FaultKind::unsupported);
    CHECK(read.fault().message == "the record at partition 0, offset 5: format version 2 is newer than 1, the newest this build knows");
    CHECK(read_record(batch[1]).problem == "format version 2 is newer than 1, the newest this build knows");
}

TEST_CASE("an undecodable record fails alone, and keeps the user where it says one") {
    auto broken = source(4, 7, 1);
    broken.raw.headers.erase(broken.raw.headers.begin() + 1);
    const auto read = read_record(broken);
    CHECK_FALSE(read.record);
    CHECK(read.user == UserId(7));
    KnownRows known = open_round(9);
    CHECK(judge(read, "coupon", known).reason == "header round is missing");

    const auto failed = failed_event_of("topic", read, broken.raw, "header round is missing");
    CHECK(failed.at == SourcePosition{0, 4});
    CHECK(failed.event.empty());
    CHECK_FALSE(failed.round);
    CHECK(failed.user == UserId(7));
    CHECK(failed.raw == broken.raw);
    CHECK(failed.attempts == 1);
    CHECK_FALSE(failed.resolved);
}

TEST_CASE("a readable record's failed event says event, round and user") {
    const auto made = source(4, 7, 10);
    const auto failed = failed_event_of("topic", read_record(made), made.raw, "why");
    CHECK(failed.event == "coupon");
    CHECK(failed.round == Round(1));
    CHECK(failed.user == UserId(7));
    CHECK(failed.reason == "why");
}

TEST_CASE("rounds and other events of a batch are told apart") {
    const std::vector<SourceRecord> batch{source(0, 7, 1, "coupon", 3), source(1, 7, 1, "other", 9), source(2, 8, 2, "coupon", 2),
                                          versioned(3, "0")};
    const auto read = read_batch(batch);
    REQUIRE(read);
    CHECK(rounds_in(*read, "coupon") == std::set<Round>{Round(2), Round(3)});
    CHECK(other_events(*read, "coupon") == std::set<std::string>{"other"});
    KnownRows known = open_round(9);
    CHECK(judge((*read)[1], "coupon", known).reason == "event other is unknown");
    CHECK(judge((*read)[3], "coupon", known).reason == "format version 0 never existed");
}

TEST_CASE("a retried record has its coupon, or a reason") {
    CHECK(is_issued({RecordClass::issued, {}}));
    CHECK(is_issued({RecordClass::already_issued, {}}));
    for (const auto becomes : {RecordClass::stale, RecordClass::fenced, RecordClass::failed}) {
        CHECK_FALSE(is_issued({becomes, "why"}));
        CHECK_FALSE(why_not_issued({becomes, "why"}).empty());
    }
    CHECK(why_not_issued({RecordClass::failed, "why"}) == "why");
}

TEST_SUITE_END();
