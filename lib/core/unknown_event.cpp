#include "core/unknown_event.hpp"

#include "core/escape.hpp"
#include "core/nearest_name.hpp"

#include <algorithm>

namespace coupon {

namespace {

constexpr std::size_t names_shown = 10;

std::string listed(const std::vector<std::string>& events) {
    std::string text;
    for (std::size_t i = 0; i < std::min(events.size(), names_shown); ++i)
        text += (i == 0 ? "" : ", ") + escape(events[i]);
    if (events.size() > names_shown) text += " and " + std::to_string(events.size() - names_shown) + " more";
    return text;
}

} // namespace

Fault no_round_of(const std::string& event, const std::vector<std::string>& events) {
    const auto known = events.empty() ? ", nor of any other event" : "; it has rounds of " + listed(events);
    const auto near = nearest_name(event, events);
    return {FaultKind::missing, "the ledger has no round of event " + event + known,
            (near.empty() ? std::string("check --event and --mysql") : "did you mean --event " + escape(near) + "? If not, check --mysql") +
                "; coupon-reset opens the first round"};
}

} // namespace coupon
