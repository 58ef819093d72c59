#include "flow/recover/retry_failed.hpp"

#include "flow/recover/repeated.hpp"

#include <optional>
#include <utility>

namespace coupon {

namespace {

constexpr std::int64_t portion = 500;

void list(std::vector<FailedEvent>& listed, std::vector<FailedEvent>&& more) {
    for (auto& event : more) {
        if (listed.size() < listed_events) listed.push_back(std::move(event));
    }
}

} // namespace

std::int64_t RetryReport::failed_total() const {
    std::int64_t total = 0;
    for (const auto& [kind, count] : failed)
        total += count;
    return total;
}

Result<RetryReport> retry_failed_events(Ledger& ledger, World& world, Milliseconds timeout) {
    RetryReport report;
    std::optional<RecordIdentity> after;
    do {
        if (world.stopping()) {
            report.interrupted = true;
            return report;
        }
        auto tried = repeated(world, [&] { return ledger.retry_failed(after, portion, world.now() + timeout); });
        if (!tried) return tried.fault();
        report.issued += static_cast<std::int64_t>(tried->resolved.size());
        for (const auto& event : tried->still_failed)
            ++report.failed[event.kind];
        list(report.issued_events, std::move(tried->resolved));
        list(report.failed_events, std::move(tried->still_failed));
        after = tried->last;
    } while (after);
    return report;
}

} // namespace coupon
