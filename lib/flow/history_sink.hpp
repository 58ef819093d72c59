#pragma once

#include "core/history.hpp"

#include <string_view>

namespace coupon {

/// Where the lines of a history go (core/history.hpp makes them). A line handed over survives the death of the program. An invoke line is
/// handed over before the application is sent, so that a crash leaves an unknown and never a gap.
class HistorySink {
public:
    virtual ~HistorySink() = default;

    /// Ends the program by an exception when the file cannot be written: an incomplete history must not pass for a whole one.
    /// `held` says what the lines hold.
    virtual void write(std::string_view lines, const HistoryCounts& held) = 0;
};

} // namespace coupon
