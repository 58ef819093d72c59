#include "gate/redis/gate_layout.hpp"

#include "core/outside_number.hpp"

namespace coupon {

namespace {

constexpr std::string_view user_prefix = "u:";

std::optional<UserId> parse_user_field(std::string_view field) {
    if (!field.starts_with(user_prefix)) return std::nullopt;
    return parse_user_id(field.substr(user_prefix.size()));
}

/// The text up to the next colon, which is taken away with it; all of it where there is none.
std::string_view take_part(std::string_view& text) {
    const auto colon = text.find(':');
    const auto part = text.substr(0, colon);
    text.remove_prefix(colon == std::string_view::npos ? text.size() : colon + 1);
    return part;
}

std::optional<Slot> parse_slot(std::string_view text) {
    const auto slot = parse_decimal(text);
    if (!slot || *slot < 1 || *slot > largest_limit) return std::nullopt;
    return Slot(*slot);
}

} // namespace

GateKeys::GateKeys(const EventName& event) : gate("coupon:{" + event.text() + "}"), outbox(gate + ":outbox") {}

std::string user_field(UserId user) {
    return std::string(user_prefix) + user.text();
}

std::string moment_text(const std::optional<Instant>& moment) {
    return moment ? std::to_string(moment->time_since_epoch().count()) : std::string();
}

std::optional<std::optional<Instant>> parse_moment(std::string_view text) {
    if (text.empty()) return std::optional<Instant>();
    const bool before_epoch = text.front() == '-';
    const auto moment = parse_instant(before_epoch ? text.substr(1) : text);
    if (!moment) return std::nullopt;
    return before_epoch ? Instant(-moment->time_since_epoch()) : *moment;
}

std::optional<ClaimedSlot> parse_claimed_slot(std::string_view field, std::string_view value) {
    const auto user = parse_user_field(field);
    const auto slot = parse_slot(take_part(value));
    if (!user || !slot || value.empty()) return std::nullopt;
    return ClaimedSlot{*user, *slot};
}

std::optional<Claim> parse_claim(std::string_view field, std::string_view value) {
    const auto claimed = parse_claimed_slot(field, value);
    if (!claimed) return std::nullopt;
    take_part(value);
    return Claim{claimed->user, claimed->slot, ApplicationId(value)};
}

std::optional<PendingClaim> parse_pending_claim(std::string_view field, std::string_view value) {
    const auto user = parse_user_field(field);
    const auto slot = parse_slot(take_part(value));
    const auto granted_at = parse_instant(take_part(value));
    const auto epoch = parse_count(value);
    if (!user || !slot || !granted_at || !epoch) return std::nullopt;
    return PendingClaim{*user, *slot, *granted_at, Epoch(*epoch)};
}

} // namespace coupon
