#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace coupon {

/// The name of a promotion: [a-z0-9][a-z0-9_-]{0,31}. Braces would change Redis hash tags, ":" the key layout, "%" formats.
class EventName {
public:
    [[nodiscard]] static std::optional<EventName> parse(std::string_view text);

    [[nodiscard]] const std::string& text() const { return text_; }
    friend auto operator<=>(const EventName&, const EventName&) = default;

private:
    explicit EventName(std::string_view text) : text_(text) {}

    std::string text_;
};

} // namespace coupon
