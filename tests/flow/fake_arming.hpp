#pragma once

#include "flow/fake_event.hpp"
#include "flow/worker/arming.hpp"

/// Arming on fake servers.
namespace coupon {

inline Result<Armed> arm_again(FakeEvent& event) {
    return arm_again(event.gate, event.gate, event.log, event.ledger, event.world, "token-of-arming", Milliseconds(5000));
}

/// Forgets one claim, as a restored older snapshot does.
inline void forget(FakeEvent& event, std::int64_t user) {
    auto& memory = *event.gate.memory;
    memory.claims.erase(UserId(user));
    memory.fields.published -= memory.outbox.erase(UserId(user)) == 0 ? 1 : 0;
    --memory.fields.granted;
}

/// The gate holds a second, confirmed claim of the slot.
inline void give_again(FakeEvent& event, Slot slot, std::int64_t user) {
    auto& memory = *event.gate.memory;
    memory.claims[UserId(user)] = {UserId(user), slot, "a"};
    ++memory.fields.granted;
    ++memory.fields.published;
}

} // namespace coupon
