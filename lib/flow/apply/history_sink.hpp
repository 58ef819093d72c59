#pragma once

#include "core/result.hpp"
#include "history/history.hpp"

#include <string_view>

namespace coupon {

/// Where the lines of a history go (history/history.hpp makes them). A line handed over survives the death of the program. An invoke line
/// is handed over before the application is sent, so that a crash leaves an unknown and never a gap.
class HistorySink {
public:
    virtual ~HistorySink() = default;

    /// Fault refused when the lines cannot be written: nothing more may be sent, for an incomplete history must not pass for a whole
    /// one. `held` says what the lines hold.
    [[nodiscard]] virtual Status write(std::string_view lines, const HistoryCounts& held) = 0;
};

} // namespace coupon
