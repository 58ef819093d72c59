#pragma once

#include "core/instant.hpp"

#include <cstddef>
#include <optional>

namespace coupon {

/// How soon claims without a coupon are republished. Records that came to nothing once will most often come to nothing again, for as
/// long as the reason lasts: another program reads them, or the ledger does not share the gate's epoch. Pure: the caller brings the time.
class RedrivePace {
public:
    static constexpr Milliseconds longest_pause{60'000};

    explicit RedrivePace(Milliseconds interval) : interval_(interval), pause_(interval) {}

    [[nodiscard]] bool is_due(Tick now) const { return !next_ || now >= *next_; }
    /// After claims and rows were compared; `unissued`: claims republished that had been published by the comparison before.
    void compared(std::size_t unissued, Tick now);
    [[nodiscard]] Milliseconds pause() const { return pause_; }

private:
    Milliseconds interval_;
    Milliseconds pause_;
    std::optional<Tick> next_;
};

} // namespace coupon
