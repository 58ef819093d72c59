#include "ledger/ledger_bench.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include <unistd.h>

namespace coupon {

std::string fresh_name(const std::string& start) {
    static int count = 0;
    return start + std::to_string(::getpid()) + "-" + std::to_string(++count);
}

BenchEvent::BenchEvent(LedgerBench& bench, const std::string& topic)
    : name_(fresh_name("e")), topic_(topic.empty() ? fresh_name("t") : topic), ledger_(bench.ledger(name_, topic_)) {}

RoundRow BenchEvent::fresh_row(std::int64_t round, std::int64_t limit) const {
    RoundRow row;
    row.event = name_;
    row.round = Round(round);
    row.limit = Limit(limit);
    row.topic = topic_;
    row.state = RoundState::opening;
    row.owner = token;
    return row;
}

void BenchEvent::open_round(std::int64_t round, std::int64_t limit) {
    NewRound fresh;
    fresh.row = fresh_row(round, limit);
    const auto rounds = ledger_->rounds(soon());
    REQUIRE_MESSAGE(rounds, told(rounds));
    if (!rounds->empty()) {
        fresh.previous = rounds->back().round;
        const auto closed = ledger_->close_round(*fresh.previous, token, soon());
        REQUIRE_MESSAGE(closed, told(closed));
    }
    const auto inserted = ledger_->insert_round(fresh, soon());
    REQUIRE_MESSAGE(inserted, told(inserted));
    const auto opened = ledger_->finish_opening(Round(round), token, some_home, soon());
    REQUIRE_MESSAGE(opened, told(opened));
}

SourceRecord BenchEvent::record(const Winner& winner, std::int32_t partition) {
    // encode() asserts that slots begin at 1; a forged record need not.
    const Slot possible(std::max<std::int64_t>(winner.slot, 1));
    SourceRecord source{
        {partition, next_offset_++},
        encode({name_, {Round(winner.round), Epoch(winner.epoch), possible, UserId(winner.user), granted_at(winner.slot)}})};
    for (auto& header : source.raw.headers) {
        if (header.name == "slot") header.value = std::to_string(winner.slot);
    }
    return source;
}

std::vector<SourceRecord> BenchEvent::records(const std::vector<Winner>& winners) {
    std::vector<SourceRecord> batch;
    for (const auto& winner : winners)
        batch.push_back(record(winner));
    return batch;
}

std::vector<RecordClass> BenchEvent::issue(const std::vector<SourceRecord>& batch) {
    const auto outcomes = ledger_->issue(batch, soon());
    REQUIRE_MESSAGE(outcomes, told(outcomes));
    REQUIRE(outcomes->size() == batch.size());
    std::vector<RecordClass> classes;
    for (const auto& outcome : *outcomes) {
        CHECK(outcome.reason.empty() == (outcome.becomes != RecordClass::failed));
        classes.push_back(outcome.becomes);
    }
    return classes;
}

std::vector<std::pair<std::int64_t, std::int64_t>> BenchEvent::rows(std::int64_t round) {
    const auto coupons = ledger_->coupons(Round(round), soon());
    REQUIRE_MESSAGE(coupons, told(coupons));
    std::vector<std::pair<std::int64_t, std::int64_t>> rows;
    for (const auto& coupon : *coupons)
        rows.emplace_back(coupon.slot.value(), coupon.user.value());
    return rows;
}

} // namespace coupon
