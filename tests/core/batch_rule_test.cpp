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
    for (const auto& record : read_batch(batch))
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

TEST_CASE("a newer format fails alone, for a release that knows it to issue") {
    const auto read = read_batch(std::vector{source(0, 7, 1), versioned(5, "2")});
    KnownRows known = open_round(9);
    CHECK(judge(read[0], "coupon", known).becomes == RecordClass::issued);
    const auto judged = judge(read[1], "coupon", known);
    CHECK(judged.becomes == RecordClass::failed);
    CHECK(judged.kind == FailedKind::newer_format);
    CHECK(judged.reason == "format version 2 is newer than 1, the newest that this release knows");
}

TEST_CASE("an undecodable record fails alone, and keeps the user where it says one") {
    auto broken = source(4, 7, 1);
    broken.raw.headers.erase(broken.raw.headers.begin() + 1);
    const auto read = read_record(broken);
    CHECK_FALSE(read.record);
    CHECK(read.user == UserId(7));
    KnownRows known = open_round(9);
    CHECK(judge(read, "coupon", known).reason == "header round is missing");

    const auto [failed, raw] = failed_record_of("topic", read, broken, judge(read, "coupon", known));
    CHECK(failed.kind == FailedKind::undecodable);
    CHECK(failed.at == SourcePosition{0, 4});
    CHECK(failed.event.empty());
    CHECK_FALSE(failed.round);
    CHECK(failed.user == UserId(7));
    CHECK(raw == broken.raw);
    CHECK(failed.attempts == 1);
    CHECK_FALSE(failed.resolved);
}

TEST_CASE("a readable record's failed event says event, round and user") {
    const auto made = source(4, 7, 10);
    const auto failed = failed_record_of("topic", read_record(made), made, {RecordClass::failed, FailedKind::impossible, "why"}).event;
    CHECK(failed.event == "coupon");
    CHECK(failed.round == Round(1));
    CHECK(failed.user == UserId(7));
    CHECK(failed.reason == "why");
}

TEST_CASE("a record that is too large keeps its beginning, length and digest, and is never read") {
    auto large = source(4, 7, 1);
    large.raw.headers.push_back({"trace", std::string(longest_kept, 'x')});
    const auto packed = pack(large.raw);
    const auto read = read_record(large);
    KnownRows known = open_round(9);
    const auto judged = judge(read, "coupon", known);
    CHECK(judged.kind == FailedKind::too_large);
    CHECK(judged.reason == "too large to keep whole: " + std::to_string(packed.size()) + " bytes");
    const auto failed = failed_record_of("topic", read, large, judged);
    REQUIRE(failed.raw.cut);
    CHECK(failed.raw.cut->raw == packed.substr(0, longest_kept));
    CHECK(failed.raw.cut->length == static_cast<std::int64_t>(packed.size()));
    CHECK(failed.raw.cut->sha256 == sha256(packed));
    CHECK(judge(read_record({failed.event.at, failed.raw}), "coupon", known).reason == judged.reason);
}

TEST_CASE("a try of a failed event resolves it, or says for what it fails now") {
    FailedEvent failed;
    failed.kind = FailedKind::conflict;
    note_try(failed, {RecordClass::failed, FailedKind::unknown_round, "why"});
    CHECK(failed.attempts == 2);
    CHECK(failed.kind == FailedKind::unknown_round);
    CHECK(failed.reason == "why");
    note_try(failed, {RecordClass::stale, {}, {}});
    CHECK(failed.kind == FailedKind::unknown_round);
    CHECK(failed.reason == "its round was abandoned or purged");
    CHECK_FALSE(failed.resolved);
    note_try(failed, {RecordClass::already_issued, {}, {}});
    CHECK(failed.resolved);
    CHECK(failed.attempts == 4);
}

TEST_CASE("rounds and other events of a batch are told apart") {
    const std::vector<SourceRecord> batch{source(0, 7, 1, "coupon", 3), source(1, 7, 1, "other", 9), source(2, 8, 2, "coupon", 2),
                                          versioned(3, "0")};
    const auto read = read_batch(batch);
    CHECK(rounds_in(read, "coupon") == std::set<Round>{Round(2), Round(3)});
    KnownRows known = open_round(9);
    const auto foreign = judge(read[1], "coupon", known);
    CHECK(foreign.kind == FailedKind::foreign_event);
    CHECK(foreign.reason == "it belongs to event other, not to event coupon; --retry-failed issues it for neither");
    CHECK(judge(read[3], "coupon", known).reason == "format version 0 never existed");
}

TEST_CASE("a retried record has its coupon, or a reason") {
    CHECK(is_issued({RecordClass::issued, {}, {}}));
    CHECK(is_issued({RecordClass::already_issued, {}, {}}));
    for (const auto becomes : {RecordClass::stale, RecordClass::fenced, RecordClass::failed}) {
        CHECK_FALSE(is_issued({becomes, {}, "why"}));
        CHECK_FALSE(why_not_issued({becomes, {}, "why"}).empty());
    }
    CHECK(why_not_issued({RecordClass::failed, {}, "why"}) == "why");
}

TEST_SUITE_END();
