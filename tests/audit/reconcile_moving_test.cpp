#include "audit/reconcile.hpp"

#include "audit/random_event.hpp"
#include "audit/report_text.hpp"

#include <doctest/doctest.h>

using namespace coupon;

namespace {

/// What an audit reads of an event that goes on meanwhile, with a look before and one after. Nothing where there was no gate to read, or
/// where the gate was armed again while it was read: the reader tries again then.
std::optional<AuditInput> read_while_moving(RandomEvent& event, int actions) {
    AuditInput input;
    MotionWatch watch;
    const auto look = [&] {
        const auto seen = event.look();
        if (seen) watch.look(*seen, event.tick());
        return seen;
    };
    const auto first = look();
    event.run(actions);
    const auto before = look();
    event.read_ledger(input);
    event.run(actions);
    event.read_topic(input);
    event.run(actions);
    if (!event.read_gate(input)) return std::nullopt;
    event.run(actions);
    event.read_histories(input);
    const auto after = look();
    if (!first || !before || !after) return std::nullopt;
    input.not_quiescent_because = not_quiescent_because(*before);
    if (input.not_quiescent_because.empty()) {
        input.not_quiescent_because = not_quiescent_because(*after);
        const auto same_end = [](const PartitionLag& one, const PartitionLag& other) { return one.high == other.high; };
        if (before->after != after->before || !std::ranges::equal(before->partitions, after->partitions, same_end))
            input.not_quiescent_because.emplace_back("the event changed while it was read");
    }
    if (!input.not_quiescent_because.empty()) input.motion = watch.motion();
    return input;
}

} // namespace

TEST_SUITE("audit/reconcile_moving") {
    TEST_CASE("no healthy run raises an alarm while it moves, and some are seen in progress") {
        std::map<Verdict, int> verdicts;
        for (std::uint64_t seed = 1; seed <= 6000; ++seed) {
            RandomEvent event(seed);
            event.run(20 + static_cast<int>(seed % 11) * 20);
            const auto input = read_while_moving(event, 1 + static_cast<int>(seed % 5) * 4);
            if (!input || event.failed() > 0 || event.was_contradicted()) continue;
            const auto report = reconcile(*input);
            ++verdicts[report.verdict];
            INFO("seed " << seed << ": " << everything_said(report));
            CHECK(report.verdict != Verdict::violated);
            if (report.verdict == Verdict::violated) break;
        }
        CHECK(verdicts[Verdict::in_progress] > 200);
        CHECK(verdicts[Verdict::cannot_tell] > 200);
        MESSAGE(verdicts[Verdict::in_progress] << " in progress, " << verdicts[Verdict::cannot_tell] << " cannot tell, "
                                               << verdicts[Verdict::exact] << " exact");
    }
}
