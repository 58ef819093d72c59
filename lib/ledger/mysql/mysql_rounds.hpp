#pragma once

#include "core/ledger_rule.hpp"
#include "core/ledger_snapshot.hpp"
#include "ledger/mysql/mysql_connection.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

/// The rows about rounds: coupon_round, coupon_fence, coupon_purge. Each function is one or a few statements of the caller's transaction.
namespace coupon {

/// All rounds of an event, ascending.
[[nodiscard]] Result<std::vector<RoundRow>> read_rounds(MysqlConnection& connection, const std::string& event);

struct SharedRound {
    RoundRow row;
    Instant now; ///< by the database's clock, before it waited for the row
};

/// A round that stays as it is until the transaction ends; other transactions may share it.
[[nodiscard]] Result<std::optional<SharedRound>> share_round(MysqlConnection& connection, const std::string& event, Round round);

/// A round that no other transaction shares or changes until this one ends.
[[nodiscard]] Result<std::optional<RoundRow>> lock_round(MysqlConnection& connection, const std::string& event, Round round);

/// The event's highest round, locked; while it is, no higher one can be inserted (insert_round_row's callers lock it, too).
[[nodiscard]] Result<std::optional<RoundRow>> lock_highest_round(MysqlConnection& connection, const std::string& event);

/// Writes what may change of an existing round: state, epoch, the end of its window, owner and gate.
[[nodiscard]] Status write_round(MysqlConnection& connection, const RoundRow& row);
[[nodiscard]] Status insert_round_row(MysqlConnection& connection, const RoundRow& row);

/// Whether the event has any round.
[[nodiscard]] Result<bool> is_known_event(MysqlConnection& connection, const std::string& event);

/// The round of the event that was opened with this --once key.
[[nodiscard]] Result<std::optional<Round>> read_round_opened_once(MysqlConnection& connection, const std::string& event,
                                                                  const std::string& once_key);

/// All events that have a round, ascending.
[[nodiscard]] Result<std::vector<std::string>> read_events(MysqlConnection& connection);
/// The event the topic is bound to. corrupt when there are two.
[[nodiscard]] Result<std::optional<std::string>> read_event_of_topic(MysqlConnection& connection, const std::string& topic);
/// An event other than `event` that the topic is bound to; with_the_gap, none can be bound to it until the transaction ends.
[[nodiscard]] Result<std::optional<std::string>> lock_other_event_of_topic(MysqlConnection& connection, const std::string& topic,
                                                                           const std::string& event);

[[nodiscard]] Result<std::vector<Fence>> read_fences(MysqlConnection& connection, const std::string& event, Round round);
[[nodiscard]] Result<std::map<Round, std::vector<Fence>>> read_all_fences(MysqlConnection& connection, const std::string& event);
[[nodiscard]] Status insert_fences(MysqlConnection& connection, const std::string& event, Round round, Epoch epoch,
                                   const std::map<std::int32_t, LogEnd>& ends);
/// The fences of the partition up to this one's epoch end at 0.
[[nodiscard]] Status zero_fences(MysqlConnection& connection, const std::string& event, Round round, const Fence& last);

[[nodiscard]] Result<std::map<std::int32_t, std::int64_t>> read_purge_offsets(MysqlConnection& connection, const std::string& event,
                                                                              Round round);
/// The highest purge offset of each partition of the topic, over all rounds of the event.
[[nodiscard]] Result<std::map<std::int32_t, std::int64_t>> read_purged_to(MysqlConnection& connection, const std::string& event,
                                                                          const std::string& topic);
[[nodiscard]] Status insert_purge_offsets(MysqlConnection& connection, const std::string& event, Round round,
                                          const std::map<std::int32_t, std::int64_t>& offsets);

} // namespace coupon
