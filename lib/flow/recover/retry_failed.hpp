#pragma once

#include "flow/world.hpp"
#include "ledger/ledger.hpp"

#include <cstdint>
#include <map>
#include <vector>

namespace coupon {

/// What coupon-consume --retry-failed did.
struct RetryReport {
    std::int64_t issued = 0;
    std::map<FailedKind, std::int64_t> failed; ///< still, by the kind of this try
    std::vector<FailedEvent> issued_events;    ///< the first of them
    std::vector<FailedEvent> failed_events;    ///< the first of them
    bool interrupted = false;                  ///< a signal ended it before all were tried

    [[nodiscard]] std::int64_t failed_total() const;
};

/// Events that a report lists, of each sort.
inline constexpr std::size_t listed_events = 1000;

/// Tries every failed event again that is open, portion by portion: however many there are, only one portion and what is listed are held.
/// Faults: those of the ledger; what was issued by then stays issued.
[[nodiscard]] Result<RetryReport> retry_failed_events(Ledger& ledger, World& world, Milliseconds timeout);

} // namespace coupon
