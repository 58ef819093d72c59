#include "flow/worker/failed_log.hpp"

#include "fakes/fake_world.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace coupon;

namespace {

const Settlement undecodable{RecordClass::failed, FailedKind::undecodable, "header v is missing"};
const Settlement foreign{RecordClass::failed, FailedKind::foreign_event, "it belongs to event spring"};

Tick at(std::int64_t ms) {
    return Tick(Milliseconds(1'000'000 + ms));
}

/// Failed events of the kind undecodable that the lines tell of, one by one or counted.
std::int64_t told_in(const FakeJournal& journal) {
    constexpr std::string_view counting = "failed events: ";
    std::int64_t told = journal.count("failed event: ");
    for (const auto& line : journal.lines()) {
        if (const auto at = line.find(counting); at != std::string::npos) told += std::stoll(line.substr(at + counting.size()));
    }
    return told;
}

} // namespace

TEST_SUITE_BEGIN("flow/failed_log");

TEST_CASE("the first failed events are told one by one, the others by kind, once an interval") {
    FakeJournal journal;
    FailedLog log(journal);
    for (std::int64_t i = 0; i < 8; ++i)
        log.note({2, i}, i == 6 ? foreign : undecodable, at(i));
    CHECK(journal.lines().size() == 5);
    CHECK(journal.count("failed event: partition 2 offset 0: header v is missing") == 1);
    log.tell_when_due(at(9'999));
    CHECK(journal.lines().size() == 5);
    log.tell_when_due(at(10'001));
    CHECK(journal.lines().size() == 6);
    CHECK(journal.count("failed events: 2 undecodable, 1 foreign_event, the last at partition 2 offset 7") == 1);
    log.tell_when_due(at(20'001));
    log.tell();
    CHECK(journal.lines().size() == 6);
}

TEST_CASE("after an interval without any, the next ones are told one by one again") {
    FakeJournal journal;
    FailedLog log(journal);
    for (std::int64_t i = 0; i < 6; ++i)
        log.note({0, i}, undecodable, at(0));
    log.tell_when_due(at(10'000));
    log.tell_when_due(at(20'000));
    log.note({0, 6}, undecodable, at(20'001));
    CHECK(journal.count("failed event: partition 0 offset 6") == 1);
}

TEST_CASE("200,000 failed events within a minute are fewer than 20 lines") {
    FakeJournal journal;
    FailedLog log(journal);
    for (std::int64_t i = 0; i < 200'000; ++i) {
        log.note({0, i}, undecodable, at(i * 60'000 / 200'000));
        log.tell_when_due(at(i * 60'000 / 200'000));
    }
    log.tell();
    CHECK(journal.lines().size() < 20);
    CHECK(told_in(journal) == 200'000);
}

TEST_SUITE_END();
