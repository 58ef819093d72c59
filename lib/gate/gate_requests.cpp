#include "gate/gate_requests.hpp"

#include <cassert>
#include <utility>

namespace coupon {

namespace {

constexpr unsigned place_bits = 32;

std::uint32_t place_of(GateRequests::Id id) {
    return static_cast<std::uint32_t>(id);
}

std::uint32_t generation_of(GateRequests::Id id) {
    return static_cast<std::uint32_t>(id >> place_bits);
}

} // namespace

GateRequests::Id GateRequests::add(GateRequest request) {
    if (free_places_.empty()) {
        free_places_.push_back(static_cast<std::uint32_t>(places_.size()));
        places_.emplace_back();
    }
    const auto index = free_places_.back();
    free_places_.pop_back();
    auto& place = places_[index];
    place.request = std::move(request);
    place.is_taken = true;
    ++size_;
    const Id id = (static_cast<Id>(place.generation) << place_bits) | index;
    due_.push({place.request.deadline, id});
    return id;
}

const GateRequest* GateRequests::find(Id id) const {
    const auto& place = places_[place_of(id)];
    return place.is_taken && place.generation == generation_of(id) ? &place.request : nullptr;
}

const Application* GateRequests::application_of(Id id) const {
    const auto* request = find(id);
    return request == nullptr ? nullptr : std::get_if<Application>(&request->what);
}

const Grant* GateRequests::grant_of(Id id) const {
    const auto* request = find(id);
    return request == nullptr ? nullptr : std::get_if<Grant>(&request->what);
}

void GateRequests::remove(Id id) {
    assert(find(id) != nullptr);
    auto& place = places_[place_of(id)];
    place.is_taken = false;
    ++place.generation;
    free_places_.push_back(place_of(id));
    --size_;
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
