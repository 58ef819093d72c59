#include "audit/planted.hpp"

#include <doctest/doctest.h>

using namespace coupon;

TEST_SUITE_BEGIN("audit/epochs");

namespace {

/// Ten users are told in epoch 1, another one "sold out". The gate loses the claims of slots 4 and 5, which nobody was promised, and enters
/// epoch 2. The records of `lost` went with the log; that of user 9 is republished, in the epoch that lasts.
FinishedEvent with_a_lost_log(const std::vector<std::int64_t>& lost, std::int64_t fence) {
    FinishedEvent event(10, 10);
    event.tell(UserId(41), Answer::sold_out);
    event.forget(UserId(4));
    event.forget(UserId(5));
    event.gate().fields.free = *SlotRanges::parse("4-5");
    for (const auto user : lost)
        event.lose_record(UserId(user));
    event.enter_epoch(2);
    for (auto& one : event.ledger().fences[Round(4)])
        one.end_offset = fence;
    event.publish(UserId(9), Slot(9), Epoch(2));
    return event;
}

} // namespace

TEST_CASE("a record of a log that was made again tells of no epoch, for an older one may have been lost") {
    // All records went with the log: its fences begin at 0.
    const auto all = with_a_lost_log({1, 2, 3, 6, 7, 8, 9, 10}, 0);
    // Arming came after the new log had grown: rows lack their records.
    const auto some = with_a_lost_log({1, 2, 9}, 1'000'000);
    for (const auto* event : {&all, &some}) {
        const auto report = reconcile(event->input);
        INFO(everything_said(report));
        CHECK(report.verdict == Verdict::cannot_tell);
        CHECK(check_named(report, "I7").status == CheckStatus::ok);
        CHECK(check_named(report, "I8").status != CheckStatus::violated);
        CHECK(finding_named(check_named(report, "I6"), "the topic lost a record") != nullptr);
    }
}

TEST_SUITE_END();
