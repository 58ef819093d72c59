#pragma once

#include <cstdint>

/// A log is known by its topic's name and its partition, and both can come again: a topic is deleted and made again, or a broker loses its
/// data. A position belongs to the log that it was taken from.
namespace coupon {

/// Whether a log whose end, or whose next record, is at offset `seen` is another log than the one in which `position` was reached: the
/// offsets of a log only grow. False proves nothing, for the other log may have grown beyond the position.
[[nodiscard]] constexpr bool is_another_log(std::int64_t position, std::int64_t seen) {
    return seen < position;
}

} // namespace coupon
