#pragma once

#include "core/event_name.hpp"
#include "core/gate_rule.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

/// How a gate lies in Redis (lib/README.md, "Gate"). The scripts in this folder spell the same names.
namespace coupon {

/// The fields of the gate's hash that are always there; every other field is a claim. Times are milliseconds since the epoch, empty where
/// there is none; `arming` is empty while no worker arms; `free` is spelled as in core/slot_ranges.hpp; `untold` is `1` or empty.
inline constexpr std::array<std::string_view, 20> fixed_fields{
    "round",         "epoch",  "limit", "state", "opens_at", "closes_at", "granted",  "published", "token",      "run_id",
    "master_replid", "arming", "free",  "key",   "seal",     "topic",     "database", "old_copy",  "cluster_id", "untold"};

/// The two keys of an event. The braces are the hash tag that keeps both in one slot of a cluster.
struct GateKeys {
    std::string gate;
    std::string outbox;

    explicit GateKeys(const EventName& event);
};

/// The field of a user in both hashes.
[[nodiscard]] std::string user_field(UserId user);

/// A moment as the gate's fields spell it, and back; empty is none. nullopt of the parser: not a moment.
[[nodiscard]] std::string moment_text(const std::optional<Instant>& moment);
[[nodiscard]] std::optional<std::optional<Instant>> parse_moment(std::string_view text);

/// A claim `u:USER` = `SLOT:APPLICATION`, whole or without the application, a pending one `u:USER` = `SLOT:GRANTED_AT:EPOCH`; nullopt where
/// the texts spell none.
[[nodiscard]] std::optional<Claim> parse_claim(std::string_view field, std::string_view value);
[[nodiscard]] std::optional<ClaimedSlot> parse_claimed_slot(std::string_view field, std::string_view value);
[[nodiscard]] std::optional<PendingClaim> parse_pending_claim(std::string_view field, std::string_view value);

} // namespace coupon
