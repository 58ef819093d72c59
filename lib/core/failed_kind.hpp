#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace coupon {

/// Why a record cannot be issued. The names are those of the column failed_event.kind, of `coupon-consume --dismiss` and of the reports.
enum class FailedKind : std::uint8_t {
    undecodable,   ///< a part is missing, doubled, or contradicts another one
    newer_format,  ///< a newer release wrote it and can issue it
    foreign_event, ///< it belongs to another event
    not_signed,    ///< "unsigned": not signed by this round's gate
    conflict,      ///< its user or its slot has another coupon
    unknown_round, ///< the ledger has no such round, or the round is not open yet
    impossible,    ///< no gate of the round gives this slot in this epoch
    too_large,     ///< only its beginning is kept, so it can never be issued
    refused,       ///< the database refuses its row, and takes those of others
};

inline constexpr std::array failed_kinds{FailedKind::undecodable, FailedKind::newer_format, FailedKind::foreign_event,
                                         FailedKind::not_signed,  FailedKind::conflict,     FailedKind::unknown_round,
                                         FailedKind::impossible,  FailedKind::too_large,    FailedKind::refused};

[[nodiscard]] const char* name_of(FailedKind kind);
/// The inverse of name_of(); nullopt for any other word.
[[nodiscard]] std::optional<FailedKind> parse_failed_kind(std::string_view name);

} // namespace coupon
