#pragma once

#include "ledger/ledger.hpp"
#include "ledger/mysql/mysql_issue.hpp"

#include <functional>

/// What resets and arming change about rounds, each inside the caller's transaction, compared by core/round_change.hpp.
namespace coupon {

/// Gives the highest round's row as it is to be written, or the fault that keeps it as it is.
using RoundChange = std::function<Result<RoundRow>(const std::optional<RoundRow>& highest)>;

/// Locks the event's highest round, changes it, and returns it as it is then.
[[nodiscard]] Result<RoundRow> change_highest_round(MysqlConnection& connection, const std::string& event, const RoundChange& change);

/// Raises the round's epoch and keeps its fences.
[[nodiscard]] Result<RoundState> write_fence(MysqlConnection& connection, const std::string& event, Round round, Epoch epoch,
                                             const std::map<std::int32_t, LogEnd>& ends, const ArmingPlace& place);
/// What Ledger::begin_fences_at_zero() does.
[[nodiscard]] Status write_fences_at_zero(MysqlConnection& connection, const std::string& event, Round round, std::span<const Fence> lost);

/// Inserts a new round with its purge offsets and what it gives up. REQUIRES: a transaction with_the_gap.
[[nodiscard]] Status write_new_round(MysqlConnection& connection, const NewRound& fresh);

/// Marks a round purged if it is over; false when it is not. Its coupons are dropped after COMMIT, a part at a time.
[[nodiscard]] Result<bool> mark_purged(MysqlConnection& connection, const std::string& event, Round round);

/// The name of the lock that keeps two resets of an event in a database apart; at most 64 bytes, as MySQL demands.
[[nodiscard]] std::string reset_lock_name(const std::string& database, const std::string& event);

} // namespace coupon
