#pragma once

#include "core/result.hpp"
#include "flow/world.hpp"

namespace coupon {

/// Calls again what the ledger refused for now, or what was not heard of: everything here may be repeated. A few times, then its fault is
/// the answer.
template <class Call>
auto repeated(World& world, const Call& call) {
    constexpr int tries = 5;
    constexpr Milliseconds between_tries{200};
    auto answer = call();
    for (int i = 1; i < tries && !answer && !world.stopping(); ++i) {
        if (answer.fault().kind != FaultKind::refused && answer.fault().kind != FaultKind::unknown) break;
        world.pause(between_tries);
        answer = call();
    }
    return answer;
}

} // namespace coupon
