#include "core/event_name.hpp"

namespace coupon {

namespace {

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

} // namespace

std::optional<EventName> EventName::parse(std::string_view text) {
    if (text.empty() || text.size() > 32 || !is_letter_or_digit(text.front())) return std::nullopt;
    for (const char c : text) {
        if (!is_letter_or_digit(c) && c != '_' && c != '-') return std::nullopt;
    }
    return EventName(text);
}

} // namespace coupon
