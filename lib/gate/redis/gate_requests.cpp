#include "gate/redis/gate_requests.hpp"

namespace coupon {

const Application* GateRequests::application_of(Id id) const {
    const auto* request = find(id);
    return request == nullptr ? nullptr : std::get_if<Application>(&request->what);
}

const Grant* GateRequests::grant_of(Id id) const {
    const auto* request = find(id);
    return request == nullptr ? nullptr : std::get_if<Grant>(&request->what);
}

void GateRequests::forget_completed() {
    while (!due_.empty() && find(due_.top().id) == nullptr)
        due_.pop();
}

std::optional<Deadline> GateRequests::next_deadline() {
    forget_completed();
    if (due_.empty()) return std::nullopt;
    return due_.top().when;
}

std::optional<GateRequests::Id> GateRequests::due(Tick now) {
    forget_completed();
    if (due_.empty() || due_.top().when > now) return std::nullopt;
    return due_.top().id;
}

} // namespace coupon
