#pragma once

#include "core/event_name.hpp"

#include <string>

namespace coupon {

/// Whether somebody sits at both ends: an answer can be typed, and the question is seen.
[[nodiscard]] bool can_ask();

/// Shows the plan on the terminal and asks for the event's name; true when exactly that was typed.
[[nodiscard]] bool confirm(const EventName& event, const std::string& plan);

/// The message where it was not.
[[nodiscard]] std::string other_name_typed(const EventName& event);

} // namespace coupon
