#include "flow/dismiss.hpp"

#include "flow/repeated.hpp"

#include <utility>

namespace coupon {

namespace {

constexpr std::int64_t portion = 10'000;

} // namespace

Status plan_dismissal(LedgerReader& ledger, const FailedSelection& selection, World& world, Milliseconds timeout, DismissReport& report) {
    auto counts = repeated(world, [&] { return ledger.failed_counts(selection, world.now() + timeout); });
    if (!counts) return counts.fault();
    report.found = std::move(*counts);
    return Done{};
}

Status dismiss(Ledger& ledger, const FailedSelection& selection, const std::string& why, World& world, Milliseconds timeout,
               DismissReport& report) {
    while (true) {
        if (world.stopping()) {
            report.interrupted = true;
            return Done{};
        }
        const auto some = repeated(world, [&] { return ledger.dismiss(selection, why, portion, world.now() + timeout); });
        if (!some) return some.fault();
        report.dismissed += *some;
        if (*some < portion) return Done{};
    }
}

} // namespace coupon
