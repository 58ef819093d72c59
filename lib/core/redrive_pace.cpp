#include "core/redrive_pace.hpp"

#include <algorithm>

namespace coupon {

void RedrivePace::compared(std::size_t unissued, Tick now) {
    pause_ = unissued == 0 ? interval_ : std::max(interval_, std::min(2 * pause_, longest_pause));
    next_ = now + pause_;
}

} // namespace coupon
