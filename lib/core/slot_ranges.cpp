#include "core/slot_ranges.hpp"

#include "core/decimal.hpp"

#include <algorithm>
#include <cassert>

namespace coupon {

SlotRanges SlotRanges::holes_in(std::vector<Slot> taken) {
    std::sort(taken.begin(), taken.end());
    SlotRanges holes;
    Slot next(1);
    for (const Slot slot : taken) {
        if (slot > next) holes.ranges_.push_back({next, Slot(slot.value() - 1)});
        next = slot.next();
    }
    return holes;
}

std::optional<SlotRanges> SlotRanges::parse(std::string_view text) {
    SlotRanges result;
    std::int64_t lowest = 1;
    while (!text.empty()) {
        const auto comma = text.find(',');
        const auto range = text.substr(0, comma);
        text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
        if (comma != std::string_view::npos && text.empty()) return std::nullopt;
        const auto dash = range.find('-');
        if (dash == std::string_view::npos) return std::nullopt;
        const auto first = parse_decimal(range.substr(0, dash));
        const auto last = parse_decimal(range.substr(dash + 1));
        if (!first || !last || *first < lowest || *last < *first || *last > largest_limit) return std::nullopt;
        result.ranges_.push_back({Slot(*first), Slot(*last)});
        lowest = *last + 1;
    }
    return result;
}

std::string SlotRanges::text() const {
    std::string out;
    for (const auto& range : ranges_) {
        if (!out.empty()) out += ',';
        out += range.first.text() + "-" + range.last.text();
    }
    return out;
}

Slot SlotRanges::take_lowest() {
    assert(!ranges_.empty());
    const Slot lowest = ranges_.front().first;
    if (lowest == ranges_.front().last) {
        ranges_.erase(ranges_.begin());
    } else {
        ranges_.front().first = lowest.next();
    }
    return lowest;
}

} // namespace coupon
