#include "ledger/ledger_bench.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

namespace coupon {

namespace {

using Rows = std::vector<std::pair<std::int64_t, std::int64_t>>;

/// Replaces or removes a header of a record.
SourceRecord with_header(SourceRecord source, const std::string& name, const std::optional<std::string>& value) {
    std::erase_if(source.raw.headers, [&](const RecordHeader& header) { return header.name == name && !value; });
    for (auto& header : source.raw.headers) {
        if (header.name == name) header.value = value;
    }
    return source;
}

/// Remembers the highest epoch of one round.
class Watch final : public EpochWatch {
public:
    void meet(Round, Epoch epoch) override { highest_ = std::max(highest_, epoch); }
    [[nodiscard]] Epoch highest(Round) const override { return highest_; }

private:
    Epoch highest_{0};
};

void check_held_records(BenchEvent& event) {
    using enum RecordClass;
    const auto key = RoundKey::parse("000102030405060708090a0b0c0d0e0f");
    NewRound fresh;
    fresh.row = event.fresh_row(1);
    fresh.row.key = key;
    REQUIRE(event.ledger().insert_round(fresh, soon()));
    REQUIRE(event.ledger().finish_opening(Round(1), BenchEvent::token, some_home, soon()));
    const auto watch = std::make_shared<Watch>();
    event.ledger().watch_epochs(watch);
    std::int64_t offset = 0;
    const auto signed_record = [&](std::int64_t slot, std::int64_t epoch) {
        const Grant grant{Round(1), Epoch(epoch), Slot(slot), UserId(slot), granted_at(slot)};
        return SourceRecord{{0, offset++}, encode(record_of(event.name(), grant, key))};
    };
    const auto place = [](std::int64_t end) { return std::map<std::int32_t, LogEnd>{{0, end}}; };
    SUBCASE("a batch with a signed record above the round's epoch is held whole, and issued once the round is above it") {
        const std::vector batch{signed_record(1, 1), signed_record(2, 3)};
        const auto held = event.ledger().issue(batch, soon());
        CHECK(kind_of(held) == FaultKind::refused);
        CHECK(told(held).find("was in epoch 3, and the ledger says 1: the ledger lost an arming") != std::string::npos);
        CHECK(event.rows().empty());
        CHECK(event.ledger().failed(soon())->empty());
        CHECK(watch->highest(Round(1)) == Epoch(3));
        REQUIRE(event.ledger().store_fence(Round(1), Epoch(4), place(offset), some_place, soon()));
        CHECK(event.issue(batch) == std::vector{issued, issued});
        CHECK(watch->highest(Round(1)) == Epoch(4));
    }
    SUBCASE("a record above the round's epoch that nobody signed is a failed event, and holds nothing") {
        CHECK(event.issue({event.record({7, 7, 1, 9}), signed_record(1, 1)}) == std::vector{failed, issued});
        CHECK(watch->highest(Round(1)) == Epoch(1));
    }
    SUBCASE("a round in a lower epoch than one that was met is issued nothing") {
        watch->meet(Round(1), Epoch(2));
        CHECK(kind_of(event.ledger().issue(std::vector{signed_record(1, 1)}, soon())) == FaultKind::refused);
        CHECK(event.rows().empty());
        // A batch that does not concern the round is none of its business.
        CHECK(event.issue({event.record({7, 7, 5})}) == std::vector{failed});
    }
    SUBCASE("a record above the epoch of an older round is a failed event, for that round is never armed again") {
        const auto ahead = signed_record(1, 3);
        event.open_round(2);
        CHECK(event.issue({ahead}) == std::vector{failed});
    }
}

/// The open failed events with their records.
std::vector<FailedRecord> open_of(BenchEvent& event, std::int64_t most = 1000, const std::optional<RecordIdentity>& after = {}) {
    const auto open = event.ledger().open_failed(after, most, soon());
    REQUIRE_MESSAGE(open, told(open));
    return *open;
}

std::vector<RawRecord> raws_of(BenchEvent& event) {
    std::vector<RawRecord> raws;
    for (const auto& failed : open_of(event))
        raws.push_back(failed.raw);
    return raws;
}

/// One try of all that is open.
Result<RetryOutcome> retry_all(BenchEvent& event) {
    return event.ledger().retry_failed({}, 1000, soon());
}

void check_failed_events(LedgerBench& bench, BenchEvent& event) {
    using enum RecordClass;
    SUBCASE("a record that can never be issued is kept whole, and only that one") {
        event.open_round(1);
        const auto good = event.record({1, 1});
        auto bad = with_header(event.record({2, 2}), "slot", std::nullopt);
        bad.raw.headers.push_back({"trace", std::string("\0\x1b\r\n\xff 'quoted'", 14)});
        bad.raw.headers.push_back({"null", std::nullopt});
        CHECK(event.issue({bad, good}) == std::vector{failed, issued});
        const auto kept = event.ledger().failed(soon());
        REQUIRE(kept);
        REQUIRE(kept->size() == 1);
        CHECK(raws_of(event) == std::vector{bad.raw});
        CHECK(kept->front().at == bad.at);
        CHECK(kept->front().topic == event.topic());
        CHECK(kept->front().reason == "header slot is missing");
        CHECK(kept->front().user == UserId(2));
        CHECK_FALSE(kept->front().round);
        CHECK(kept->front().event.empty());
        CHECK(kept->front().attempts == 1);
        CHECK_FALSE(kept->front().resolved);
    }
    SUBCASE("an empty record is kept, and the largest that is kept whole") {
        event.open_round(1);
        SourceRecord nothing{event.record({1, 1}).at, {}};
        auto large = with_header(event.record({2, 2}), "slot", "");
        const auto room = longest_kept - packed_size(large.raw) - 4; // the length of the header takes five digits instead of one
        large = with_header(large, "slot", std::string(room, '\x7f'));
        REQUIRE(packed_size(large.raw) == longest_kept);
        CHECK(event.issue({nothing, large}) == std::vector{failed, failed});
        const auto kept = event.ledger().failed(soon());
        REQUIRE(kept);
        REQUIRE(kept->size() == 2);
        CHECK(raws_of(event) == std::vector{nothing.raw, large.raw});
        CHECK((*kept)[1].kind == FailedKind::undecodable);
    }
    SUBCASE("more than one statement carries is kept, with the coupons among it") {
        event.open_round(1);
        std::vector<SourceRecord> batch;
        for (std::int64_t i = 1; i <= 60; ++i) {
            batch.push_back(with_header(event.record({i, i}), "slot", std::string(60'000, 'x')));
            if (i % 20 == 0) batch.push_back(event.record({i, i}));
        }
        const auto classes = event.issue(batch);
        CHECK(std::count(classes.begin(), classes.end(), failed) == 60);
        CHECK(event.rows().size() == 3);
        const auto kept = open_of(event);
        REQUIRE(kept.size() == 60);
        CHECK(kept.back().raw == batch[61].raw);
        CHECK(event.issue(batch).size() == 63);
        CHECK(open_of(event).size() == 60);
    }
    SUBCASE("of a larger record the first 64 KiB are kept, its length and its digest, and no retry issues it") {
        event.open_round(1);
        auto large = event.record({2, 2});
        large.raw.headers.push_back({"trace", std::string(1 << 20, '\x7f')});
        CHECK(event.issue({large, event.record({1, 1})}) == std::vector{failed, issued});
        const auto packed = pack(large.raw);
        const auto check_kept = [&](std::int64_t attempts) {
            const auto kept = open_of(event);
            REQUIRE(kept.size() == 1);
            REQUIRE(kept.front().raw.cut);
            CHECK(kept.front().raw.cut->raw == packed.substr(0, longest_kept));
            CHECK(kept.front().raw.cut->length == static_cast<std::int64_t>(packed.size()));
            CHECK(kept.front().raw.cut->sha256 == sha256(packed));
            CHECK(kept.front().event.kind == FailedKind::too_large);
            CHECK(kept.front().event.reason == "too large to keep whole: " + std::to_string(packed.size()) + " bytes");
            CHECK(kept.front().event.attempts == attempts);
        };
        check_kept(1);
        const auto retried = retry_all(event);
        REQUIRE_MESSAGE(retried, told(retried));
        CHECK(retried->still_failed.size() == 1);
        check_kept(2);
    }
    SUBCASE("a failed event delivered again stays as it is") {
        event.open_round(1);
        const auto batch = event.records({{1, 1, 9}, {2, 2}});
        CHECK(event.issue(batch) == std::vector{failed, issued});
        CHECK(event.issue(batch) == std::vector{failed, already_issued});
        const auto kept = event.ledger().failed(soon());
        REQUIRE(kept);
        REQUIRE(kept->size() == 1);
        CHECK(kept->front().attempts == 1);
        CHECK(kept->front().reason == "round 9 of event " + event.name() + " is unknown");
    }
    SUBCASE("a record of another event is a failed event, whether the ledger knows that event or not") {
        event.open_round(1);
        BenchEvent other(bench);
        const auto check_foreign = [&](const Winner& winner) {
            const auto foreign = with_header(event.record(winner), "event", other.name());
            CHECK(event.issue({foreign, event.record({winner.user, winner.slot})}) == std::vector{failed, issued});
            const auto kept = event.ledger().failed(soon());
            REQUIRE(kept);
            CHECK(kept->back().kind == FailedKind::foreign_event);
            CHECK(kept->back().event == other.name());
            CHECK(kept->back().reason ==
                  "it belongs to event " + other.name() + ", not to event " + event.name() + "; --retry-failed issues it for neither");
        };
        check_foreign({1, 1});
        other.open_round(1);
        check_foreign({2, 2});
        CHECK(other.rows().empty());
        CHECK(retry_all(event)->still_failed.size() == 2);
        CHECK(other.rows().empty());
    }
    SUBCASE("a record of a newer format is a failed event, whole") {
        event.open_round(1);
        const auto newer = with_header(event.record({2, 2}), "v", "2");
        CHECK(event.issue({newer, event.record({1, 1})}) == std::vector{failed, issued});
        const auto kept = event.ledger().failed(soon());
        REQUIRE(kept);
        REQUIRE(kept->size() == 1);
        CHECK(kept->front().kind == FailedKind::newer_format);
        CHECK(raws_of(event) == std::vector{newer.raw});
    }
    SUBCASE("a ledger that has no round of the event writes nothing, and names the events it has") {
        BenchEvent other(bench);
        other.open_round(1);
        const auto refused = event.ledger().issue(std::vector{event.record({1, 1}), SourceRecord{event.record({2, 2}).at, {}}}, soon());
        CHECK(kind_of(refused) == FaultKind::missing);
        CHECK(refused.fault().message.starts_with("the ledger has no round of event " + event.name() + "; it has rounds of "));
        CHECK(event.ledger().failed(soon())->empty());
        const auto events = event.ledger().events(soon());
        REQUIRE_MESSAGE(events, told(events));
        CHECK(std::is_sorted(events->begin(), events->end()));
        CHECK(std::count(events->begin(), events->end(), other.name()) == 1);
        CHECK(std::count(events->begin(), events->end(), event.name()) == 0);
    }
}

void check_round_states(BenchEvent& event) {
    using enum RecordClass;
    SUBCASE("a round that is not open yet issues nothing, a closed one all that was promised") {
        NewRound fresh;
        fresh.row = event.fresh_row(1);
        REQUIRE(event.ledger().insert_round(fresh, soon()));
        CHECK(event.issue(event.records({{1, 1}})) == std::vector{failed});
        REQUIRE(event.ledger().finish_opening(Round(1), BenchEvent::token, some_home, soon()));
        REQUIRE(event.ledger().close_round(Round(1), "another", soon()));
        CHECK(event.issue(event.records({{2, 2}})) == std::vector{issued});
    }
    SUBCASE("a record of an abandoned round is stale, whatever it says of a row") {
        event.open_round(1);
        CHECK(event.issue(event.records({{1, 1}})) == std::vector{issued});
        REQUIRE(event.ledger().close_round(Round(1), BenchEvent::token, soon()));
        REQUIRE(event.ledger().abandon_round(Round(1), BenchEvent::token, soon()));
        CHECK(event.issue(event.records({{1, 1}, {2, 2}})) == std::vector{stale, stale});
        CHECK(event.rows() == Rows{{1, 1}});
        CHECK(event.ledger().failed(soon())->empty());
    }
    SUBCASE("a fence keeps the older epoch out from its offset on") {
        event.open_round(1);
        const auto before = event.record({1, 1});
        const auto after = event.record({2, 2});
        const auto newer = event.record({2, 3, 1, 2});
        const auto added_later = event.record({4, 4}, 1);
        REQUIRE(event.ledger().store_fence(Round(1), Epoch(2), {{0, after.at.offset}}, some_place, soon()));
        CHECK(event.issue({before, after, newer, added_later}) == std::vector{issued, fenced, issued, fenced});
        CHECK(event.rows() == Rows{{1, 1}, {3, 2}});
    }
    SUBCASE("an epoch that the ledger never stored is a failed event") {
        event.open_round(1);
        CHECK(event.issue(event.records({{1, 1, 1, 2}, {2, 2, 1, 0}})) == std::vector{failed, failed});
    }
}

} // namespace

void check_issue_contract(const MakeBench& make_bench) {
    using enum RecordClass;
    const auto bench = make_bench();
    BenchEvent event(*bench);

    SUBCASE("records ahead of the ledger") {
        check_held_records(event);
    }
    SUBCASE("a batch becomes rows, with what the records say and the server's own clock") {
        event.open_round(1);
        CHECK(event.issue(event.records({{42, 2}, {0, 1}, {std::numeric_limits<std::int64_t>::max(), 100}})) ==
              std::vector{issued, issued, issued});
        const auto coupons = event.ledger().coupons(Round(1), soon());
        REQUIRE(coupons);
        REQUIRE(coupons->size() == 3);
        CHECK((*coupons)[0].user == UserId(0));
        CHECK((*coupons)[1].user == UserId(42));
        CHECK((*coupons)[2].user == UserId(std::numeric_limits<std::int64_t>::max()));
        for (const auto& coupon : *coupons) {
            const auto own = event.ledger().coupons_of(Round(1), coupon.user, soon());
            REQUIRE(own);
            REQUIRE(own->size() == 1);
            CHECK(own->front().slot == coupon.slot);
            CHECK(own->front().granted_at == granted_at(coupon.slot.value()));
            CHECK(own->front().issued_at > Instant(Milliseconds(1'600'000'000'000)));
        }
        CHECK(event.ledger().coupons_of(Round(1), UserId(7), soon())->empty());
        CHECK(event.ledger().coupons_of(Round(2), UserId(42), soon())->empty());
        CHECK(*event.ledger().coupon_count(Round(1), soon()) == 3);
    }
    SUBCASE("an empty batch changes nothing") {
        event.open_round(1);
        CHECK(event.issue({}).empty());
        CHECK(event.rows().empty());
    }
    SUBCASE("a batch delivered again is issued already") {
        event.open_round(1);
        const auto batch = event.records({{1, 1}, {2, 2}, {3, 3}});
        CHECK(event.issue(batch) == std::vector{issued, issued, issued});
        CHECK(event.issue(batch) == std::vector{already_issued, already_issued, already_issued});
        CHECK(event.rows() == Rows{{1, 1}, {2, 2}, {3, 3}});
    }
    SUBCASE("a claim published twice in one batch is issued once") {
        event.open_round(1);
        CHECK(event.issue(event.records({{1, 1}, {2, 2}, {1, 1}})) == std::vector{issued, issued, already_issued});
        CHECK(event.rows() == Rows{{1, 1}, {2, 2}});
    }
    SUBCASE("a batch larger than any statement is issued whole") {
        event.open_round(1, 1000);
        std::vector<Winner> winners;
        for (std::int64_t i = 1000; i >= 1; --i)
            winners.push_back({5000 + i, i});
        const auto batch = event.records(winners);
        CHECK(event.issue(batch) == std::vector(1000, issued));
        CHECK(event.rows().size() == 1000);
        CHECK(event.issue(batch) == std::vector(1000, already_issued));
    }
    SUBCASE("slot N has a home, slots 0 and N+1 have none") {
        event.open_round(1, 3);
        CHECK(event.issue(event.records({{10, 0}, {11, 3}, {12, 4}, {13, 1}})) == std::vector{failed, issued, failed, issued});
        CHECK(event.rows() == Rows{{1, 13}, {3, 11}});
    }
    SUBCASE("a user gets one coupon, a slot one user; the other record is kept as failed, the rest is issued") {
        event.open_round(1);
        CHECK(event.issue(event.records({{1, 1}})) == std::vector{issued});
        CHECK(event.issue(event.records({{1, 2}, {9, 1}, {3, 3}, {4, 3}, {3, 4}, {5, 5}})) ==
              std::vector{failed, failed, issued, failed, failed, issued});
        CHECK(event.rows() == Rows{{1, 1}, {3, 3}, {5, 5}});
        const auto failed_events = event.ledger().failed(soon());
        REQUIRE(failed_events);
        REQUIRE(failed_events->size() == 4);
        CHECK((*failed_events)[0].reason == "user 1 has slot 1 already");
        CHECK((*failed_events)[1].reason == "slot 1 belongs to user 1");
        CHECK((*failed_events)[0].round == Round(1));
        CHECK((*failed_events)[0].user == UserId(1));
        CHECK((*failed_events)[0].event == event.name());
    }
    SUBCASE("the same user and slot may win again in another round") {
        event.open_round(1);
        event.open_round(2);
        CHECK(event.issue(event.records({{1, 1, 1}, {1, 1, 2}})) == std::vector{issued, issued});
        CHECK(event.rows(1) == Rows{{1, 1}});
        CHECK(event.rows(2) == Rows{{1, 1}});
    }
    SUBCASE("a promise outlives a reset: a late record of an older round is issued into that round") {
        event.open_round(1);
        event.open_round(2);
        CHECK(event.issue(event.records({{7, 3, 1}})) == std::vector{issued});
        CHECK(event.rows(1) == Rows{{3, 7}});
        CHECK(event.rows(2).empty());
    }
    check_failed_events(*bench, event);
    check_round_states(event);
}

namespace {

void check_portions(BenchEvent& event) {
    using enum RecordClass;
    event.open_round(1);
    std::vector<SourceRecord> garbage;
    for (std::int32_t partition : {0, 1, 2}) {
        for (int i = 0; i < 5; ++i) {
            auto made = event.record({i + 1, 1}, partition);
            made.raw.headers.pop_back();
            garbage.push_back(made);
        }
    }
    CHECK(event.issue(garbage) == std::vector(garbage.size(), failed));
    SUBCASE("portions together are all of them, each once, in the order of their places") {
        std::vector<RecordIdentity> seen;
        std::optional<RecordIdentity> after;
        for (auto portion = open_of(event, 4); !portion.empty(); portion = open_of(event, 4, after)) {
            CHECK(portion.size() <= 4);
            for (const auto& failed : portion)
                seen.push_back(failed.event.identity());
            after = seen.back();
        }
        const auto records = event.ledger().failed_identities(soon());
        REQUIRE_MESSAGE(records, told(records));
        CHECK(seen == *records);
        CHECK(seen.size() == 15);
        CHECK(std::is_sorted(seen.begin(), seen.end()));
    }
    SUBCASE("a retry in portions tries each once, and says where the next one begins") {
        std::size_t tried = 0;
        std::optional<RecordIdentity> after;
        do {
            const auto retried = event.ledger().retry_failed(after, 4, soon());
            REQUIRE_MESSAGE(retried, told(retried));
            tried += retried->still_failed.size();
            after = retried->last;
        } while (after);
        CHECK(tried == 15);
        for (const auto& failed : open_of(event))
            CHECK(failed.event.attempts == 2);
    }
    SUBCASE("a batch of which some were kept before is kept whole, each once") {
        auto batch = garbage;
        auto more = event.record({9, 1});
        more.raw.value.reset();
        batch.insert(batch.begin() + 7, more);
        CHECK(event.issue(batch) == std::vector(batch.size(), failed));
        CHECK(open_of(event).size() == 16);
    }
}

void check_one_place(BenchEvent& event) {
    using enum RecordClass;
    event.open_round(1);
    const auto first = with_header(event.record({1, 1}), "slot", std::nullopt);
    auto other = event.record({2, 2, 2});
    other.at = first.at;
    auto later = first;
    later.written_at += Milliseconds(1);
    CHECK(event.issue({first, other}) == std::vector{failed, failed});
    SUBCASE("two records of one place are two failed events; the same one that comes again is none") {
        CHECK(event.issue({other, later, first}) == std::vector{failed, failed, failed});
        const auto kept = event.ledger().failed_identities(soon());
        REQUIRE_MESSAGE(kept, told(kept));
        auto all = std::vector{identity_of(first), identity_of(other), identity_of(later)};
        std::sort(all.begin(), all.end());
        CHECK(*kept == all);
        CHECK(raws_of(event).size() == 3);
    }
    SUBCASE("portions of one hold each of them once") {
        CHECK(event.issue({later}) == std::vector{failed});
        std::set<RecordIdentity> seen;
        std::optional<RecordIdentity> after;
        for (auto portion = open_of(event, 1); !portion.empty(); portion = open_of(event, 1, after)) {
            after = portion.back().event.identity();
            CHECK(seen.insert(*after).second);
        }
        CHECK(seen.size() == 3);
    }
    SUBCASE("a retry issues the one that can be, and counts the try of each by itself") {
        event.open_round(2);
        const std::vector<RecordIdentity> asked{identity_of(other)};
        const auto retried = event.ledger().retry(asked, {{Round(2), Epoch(1)}}, soon());
        REQUIRE_MESSAGE(retried, told(retried));
        CHECK(retried->resolved.size() == 1);
        CHECK(event.rows(2) == Rows{{2, 2}});
        const auto left = open_of(event);
        REQUIRE(left.size() == 1);
        CHECK(left.front().event.identity() == identity_of(first));
        CHECK(left.front().event.attempts == 1);
    }
    SUBCASE("a place with the beginning of a digest selects one of them") {
        const auto digest = hex(mark_of(other).sha256).substr(0, 12);
        const PlaceRange one{first.at.partition, first.at.offset, first.at.offset, digest};
        CHECK(event.ledger().failed_counts(one, soon())->open_total() == 1);
        CHECK(event.ledger().dismiss(one, "a test", 10, soon()).value() == 1);
        const auto left = open_of(event);
        REQUIRE(left.size() == 1);
        CHECK(left.front().event.identity() == identity_of(first));
    }
}

void check_dismissing(BenchEvent& event) {
    using enum RecordClass;
    event.open_round(1);
    auto batch = event.records({{1, 1, 9}, {2, 101}, {5, 5}, {3, 3}});
    batch[2] = with_header(batch[2], "v", "2");
    batch[3].raw = {};
    CHECK(event.issue(batch) == std::vector(4, failed));
    const auto counts = [&](const std::optional<FailedSelection>& which = {}) {
        const auto counted = event.ledger().failed_counts(which, soon());
        REQUIRE_MESSAGE(counted, told(counted));
        return *counted;
    };
    const auto dismiss = [&](const FailedSelection& which, std::int64_t most = 100) {
        const auto dismissed = event.ledger().dismiss(which, "it was a test", most, soon());
        REQUIRE_MESSAGE(dismissed, told(dismissed));
        return *dismissed;
    };
    SUBCASE("they are counted by kind, all of them or those selected") {
        CHECK(
            counts() ==
            FailedCounts{
                {{FailedKind::undecodable, 1}, {FailedKind::newer_format, 1}, {FailedKind::unknown_round, 1}, {FailedKind::impossible, 1}},
                2,
                0,
                0});
        CHECK(counts(FailedKind::impossible) == FailedCounts{{{FailedKind::impossible, 1}}, 1, 0, 0});
        CHECK(counts(FailedKind::too_large) == FailedCounts{});
        const auto first = batch.front().at;
        CHECK(counts(PlaceRange{first.partition, first.offset, first.offset + 2}).open_total() == 3);
        CHECK(counts(PlaceRange{first.partition + 1, first.offset, first.offset + 2}).open_total() == 0);
    }
    SUBCASE("a dismissed one is neither open nor tried again, and keeps its reason and the operator's") {
        CHECK(dismiss(FailedKind::impossible) == 1);
        CHECK(dismiss(FailedKind::impossible) == 0);
        CHECK(open_of(event).size() == 3);
        CHECK(counts(FailedKind::impossible) == FailedCounts{{}, 0, 1, 0});
        const auto all = event.ledger().failed(soon());
        REQUIRE(all);
        REQUIRE(all->size() == 4);
        CHECK((*all)[1].dismissed_why == "it was a test");
        CHECK((*all)[1].reason == "slot 101 is outside 1..100");
        CHECK_FALSE((*all)[0].dismissed_why);
        CHECK(retry_all(event)->still_failed.size() == 3);
        CHECK((*event.ledger().failed(soon()))[1].attempts == 1);
        const auto named = event.ledger().retry(std::vector{identity_of(batch[1])}, {{Round(1), Epoch(1)}}, soon());
        REQUIRE_MESSAGE(named, told(named));
        CHECK(named->still_failed.empty());
    }
    SUBCASE("places are dismissed from the first to the last, portion by portion") {
        const auto first = batch.front().at;
        const PlaceRange range{first.partition, first.offset + 1, first.offset + 3};
        CHECK(dismiss(range, 2) == 2);
        CHECK(dismiss(range, 2) == 1);
        CHECK(dismiss(range, 2) == 0);
        REQUIRE(open_of(event).size() == 1);
        CHECK(open_of(event).front().event.at == first);
    }
    SUBCASE("one that is issued is not dismissed any more") {
        for (std::int64_t round = 2; round <= 9; ++round)
            event.open_round(round);
        CHECK(retry_all(event)->resolved.size() == 1);
        CHECK(dismiss(FailedKind::unknown_round) == 0);
        CHECK(counts(FailedKind::unknown_round) == FailedCounts{{}, 0, 0, 1});
    }
    SUBCASE("claims of a round are named by what was not issued, dismissed or not") {
        auto claims = event.ledger().failed_claims(Round(1), soon());
        REQUIRE_MESSAGE(claims, told(claims));
        CHECK(claims->open == std::vector<ClaimedSlot>{{UserId(2), Slot(101)}});
        CHECK(claims->dismissed.empty());
        CHECK(dismiss(FailedKind::impossible) == 1);
        claims = event.ledger().failed_claims(Round(1), soon());
        REQUIRE(claims);
        CHECK(claims->open.empty());
        CHECK(claims->dismissed == std::vector<ClaimedSlot>{{UserId(2), Slot(101)}});
        CHECK(event.ledger().failed_claims(Round(9), soon())->open == std::vector<ClaimedSlot>{{UserId(1), Slot(1)}});
        CHECK(event.ledger().failed_claims(Round(3), soon())->open.empty());
    }
}

} // namespace

void check_retry_contract(const MakeBench& make_bench) {
    using enum RecordClass;
    const auto bench = make_bench();
    BenchEvent event(*bench);

    SUBCASE("portions") {
        check_portions(event);
    }
    SUBCASE("one place") {
        check_one_place(event);
    }
    SUBCASE("dismissing") {
        check_dismissing(event);
    }
    SUBCASE("a failed event whose cause is gone is issued and resolved, once") {
        event.open_round(1);
        CHECK(event.issue(event.records({{1, 1, 2}, {2, 2, 2}})) == std::vector{failed, failed});
        event.open_round(2);
        const auto retried = retry_all(event);
        REQUIRE_MESSAGE(retried, told(retried));
        REQUIRE(retried->resolved.size() == 2);
        CHECK(retried->still_failed.empty());
        CHECK(retried->resolved[0].attempts == 2);
        CHECK(retried->resolved[0].resolved);
        CHECK(event.rows(2) == Rows{{1, 1}, {2, 2}});
        const auto kept = event.ledger().failed(soon());
        REQUIRE(kept);
        CHECK((*kept)[0].resolved);
        CHECK((*kept)[0].attempts == 2);

        const auto again = retry_all(event);
        REQUIRE(again);
        CHECK(again->resolved.empty());
        CHECK(again->still_failed.empty());
    }
    SUBCASE("one that was issued by another record meanwhile is resolved") {
        event.open_round(1);
        CHECK(event.issue(event.records({{1, 1, 2}})) == std::vector{failed});
        event.open_round(2);
        CHECK(event.issue(event.records({{1, 1, 2}})) == std::vector{issued});
        const auto retried = retry_all(event);
        REQUIRE(retried);
        CHECK(retried->resolved.size() == 1);
        CHECK(event.rows(2) == Rows{{1, 1}});
    }
    SUBCASE("one that still fails counts the attempt and says why now") {
        event.open_round(1, 5);
        auto broken = event.record({9, 9});
        broken.raw.value = "short";
        auto newer = event.record({8, 3});
        newer.raw.headers.back().value = "0";
        CHECK(event.issue({broken, newer, event.record({1, 1, 2}), event.record({2, 1, 2})}) == std::vector(4, failed));
        event.open_round(2);
        const auto retried = retry_all(event);
        REQUIRE(retried);
        CHECK(retried->resolved.size() == 1);
        REQUIRE(retried->still_failed.size() == 3);
        CHECK(retried->still_failed[0].reason == "the value has 5 bytes instead of 8");
        CHECK(retried->still_failed[1].reason == "format version 0 never existed");
        CHECK(retried->still_failed[2].reason == "slot 1 belongs to user 1");
        const auto kept = event.ledger().failed(soon());
        REQUIRE(kept);
        REQUIRE(kept->size() == 4);
        CHECK((*kept)[3].reason == "slot 1 belongs to user 1");
        CHECK((*kept)[3].attempts == 2);
        CHECK_FALSE((*kept)[3].resolved);
        CHECK(raws_of(event).front() == broken.raw);
    }
    SUBCASE("one of an abandoned round stays, with that for a reason") {
        event.open_round(1);
        CHECK(event.issue(event.records({{1, 101}})) == std::vector{failed});
        CHECK(event.issue(event.records({{1, 2, 2}})) == std::vector{failed});
        event.open_round(2);
        REQUIRE(event.ledger().close_round(Round(2), BenchEvent::token, soon()));
        REQUIRE(event.ledger().abandon_round(Round(2), BenchEvent::token, soon()));
        const auto retried = retry_all(event);
        REQUIRE(retried);
        REQUIRE(retried->still_failed.size() == 2);
        CHECK(retried->still_failed[1].reason == "its round was abandoned or purged");
        CHECK(event.rows(2).empty());
    }
    SUBCASE("of those asked for only these are tried, and only in the epoch they were compared in") {
        event.open_round(1);
        CHECK(event.issue(event.records({{1, 1, 2}, {2, 2, 2}, {3, 1, 2}})) == std::vector(3, failed));
        event.open_round(2);
        const auto kept = event.ledger().failed(soon());
        REQUIRE(kept);
        const std::vector<RecordIdentity> some{(*kept)[1].identity(), (*kept)[2].identity()};
        CHECK(kind_of(event.ledger().retry(some, {{Round(2), Epoch(2)}}, soon())) == FaultKind::conflict);
        CHECK(event.rows(2).empty());
        const auto retried = event.ledger().retry(some, {{Round(2), Epoch(1)}}, soon());
        REQUIRE_MESSAGE(retried, told(retried));
        CHECK(retried->resolved.size() == 2);
        CHECK(event.rows(2) == Rows{{1, 3}, {2, 2}});
        CHECK(event.ledger().failed(soon())->front().attempts == 1);
        const auto again = event.ledger().retry(some, {{Round(2), Epoch(1)}}, soon());
        REQUIRE(again);
        CHECK(again->resolved.empty());
        CHECK(again->still_failed.empty());
    }
    SUBCASE("one of an epoch that is over stays until somebody has looked at the gate; one that has its row is resolved") {
        event.open_round(1);
        CHECK(event.issue(event.records({{1, 1, 2}, {2, 2, 2}, {3, 2, 2}})) == std::vector(3, failed));
        event.open_round(2);
        CHECK(event.issue(event.records({{1, 1, 2}})) == std::vector{issued});
        REQUIRE(event.ledger().store_fence(Round(2), Epoch(2), {{0, 1000}}, some_place, soon()));
        const auto retried = retry_all(event);
        REQUIRE_MESSAGE(retried, told(retried));
        REQUIRE(retried->resolved.size() == 1);
        CHECK(retried->resolved.front().user == UserId(1));
        REQUIRE(retried->still_failed.size() == 2);
        for (const auto& one : retried->still_failed)
            CHECK(one.reason.starts_with("the gate was armed again since, epoch 2 after 1"));
        CHECK(event.rows(2) == Rows{{1, 1}});
        std::vector<RecordIdentity> records;
        for (const auto& one : retried->still_failed)
            records.push_back(one.identity());
        const auto compared = event.ledger().retry(records, {{Round(2), Epoch(2)}}, soon());
        REQUIRE_MESSAGE(compared, told(compared));
        CHECK(compared->resolved.size() == 1);
        CHECK(event.rows(2) == Rows{{1, 1}, {2, 2}});
    }
    SUBCASE("another topic's failed events are left alone") {
        event.open_round(1);
        BenchEvent other(*bench);
        other.open_round(1);
        CHECK(other.issue(other.records({{1, 0}})) == std::vector{failed});
        const auto retried = retry_all(event);
        REQUIRE(retried);
        CHECK(retried->still_failed.empty());
        CHECK(other.ledger().failed(soon())->front().attempts == 1);
        CHECK(event.ledger().failed(soon())->empty());
    }
}

} // namespace coupon
