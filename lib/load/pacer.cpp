#include "load/pacer.hpp"

#include <cassert>

namespace coupon {

namespace {

// A worker may run at 100,000 a minute for days: sent * per leaves 64 bits after 25 hours.
__extension__ using Wide = __int128;

} // namespace

Pacer::Pacer(Rate rate) : rate_(rate) {
    assert(rate.count >= 1 && rate.per.count() >= 1);
}

Nanoseconds Pacer::due(std::int64_t sent) const {
    return Nanoseconds(static_cast<std::int64_t>(Wide(sent) * rate_.per.count() / rate_.count));
}

std::int64_t Pacer::allowed(Nanoseconds elapsed) const {
    if (elapsed.count() < 0) return 0;
    // due(k) <= elapsed  <=>  k * per < (elapsed + 1) * count, because due() rounds down.
    return static_cast<std::int64_t>(((Wide(elapsed.count()) + 1) * rate_.count - 1) / rate_.per.count()) + 1;
}

} // namespace coupon
