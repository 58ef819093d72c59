#include "flow/recover/dismiss.hpp"

#include "core/escape.hpp"
#include "flow/recover/repeated.hpp"

#include <utility>

namespace coupon {

namespace {

constexpr std::int64_t portion = 10'000;
constexpr std::size_t shown_digits = 12;
constexpr std::size_t shown_reason = 80;

Fault ambiguous(const std::string& place, const std::vector<FailedEvent>& here) {
    std::string records;
    for (const auto& event : here) {
        records += "\n  " + place + ":" + hex(event.mark.sha256).substr(0, shown_digits) + "  user " +
                   (event.user ? event.user->text() : "unknown") + ", " + name_of(event.kind) + ": " + escape(event.reason, shown_reason);
    }
    return {FaultKind::usage,
            std::to_string(here.size()) + " open failed events are of different records that lay at " + place +
                " one after the other:" + records,
            "name one by the digits of its digest, for example --dismiss " + place + ":" +
                hex(here.front().mark.sha256).substr(0, shown_digits)};
}

/// usage where one place is selected, and more than one record.
Status unless_ambiguous(LedgerReader& ledger, const PlaceRange& place, Deadline deadline) {
    auto here = ledger.failed(deadline);
    if (!here) return here.fault();
    std::erase_if(*here, [&](const FailedEvent& one) { return one.resolved || one.dismissed_why || !place.contains(one.identity()); });
    if (here->size() < 2) return Done{};
    return ambiguous(std::to_string(place.partition) + ":" + std::to_string(place.first), *here);
}

} // namespace

Status plan_dismissal(LedgerReader& ledger, const FailedSelection& selection, World& world, Milliseconds timeout, DismissReport& report) {
    auto counts = repeated(world, [&] { return ledger.failed_counts(selection, world.now() + timeout); });
    if (!counts) return counts.fault();
    report.found = std::move(*counts);
    const auto* place = std::get_if<PlaceRange>(&selection);
    if (place == nullptr || !place->is_one_place() || report.found.open_total() < 2) return Done{};
    return repeated(world, [&] { return unless_ambiguous(ledger, *place, world.now() + timeout); });
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
