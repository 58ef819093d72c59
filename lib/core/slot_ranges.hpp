#pragma once

#include "core/round.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace coupon {

/// Slots as ascending closed ranges, spelled "3-4,9-9" as in the gate's field `free`.
class SlotRanges {
public:
    SlotRanges() = default;

    /// The slots from 1 to the highest taken one that nobody has.
    [[nodiscard]] static SlotRanges holes_in(std::vector<Slot> taken);
    [[nodiscard]] static std::optional<SlotRanges> parse(std::string_view text);

    [[nodiscard]] std::string text() const;
    [[nodiscard]] bool empty() const { return ranges_.empty(); }
    /// Removes and returns the lowest slot. REQUIRES: not empty.
    [[nodiscard]] Slot take_lowest();

    friend bool operator==(const SlotRanges&, const SlotRanges&) = default;

private:
    struct Range {
        Slot first;
        Slot last;
        friend bool operator==(const Range&, const Range&) = default;
    };

    std::vector<Range> ranges_;
};

} // namespace coupon
