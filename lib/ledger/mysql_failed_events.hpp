#pragma once

#include "core/failed_selection.hpp"
#include "core/ledger_rule.hpp"
#include "ledger/ledger_reader.hpp"
#include "ledger/mysql_connection.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

/// The rows of failed_event. Each function is one or a few statements of the caller's transaction. "Open" is what was neither issued nor
/// dismissed.
namespace coupon {

/// The failed events of a topic, by place, without their records.
[[nodiscard]] Result<std::vector<FailedEvent>> read_failed_events(MysqlConnection& connection, const std::string& topic);
/// Their places.
[[nodiscard]] Result<std::vector<SourcePosition>> read_failed_places(MysqlConnection& connection, const std::string& topic);

/// At most `most` of those that are open, with their records, by place, behind `after` where it is given.
[[nodiscard]] Result<std::vector<FailedRecord>> read_open(MysqlConnection& connection, const std::string& topic,
                                                          const std::optional<SourcePosition>& after, std::int64_t most);
/// Those of them at these places. REQUIRES: the places are ascending.
[[nodiscard]] Result<std::vector<FailedRecord>> read_open_at(MysqlConnection& connection, const std::string& topic,
                                                             std::span<const SourcePosition> places);

/// What LedgerReader::failed_claims() gives.
[[nodiscard]] Result<NamedClaims> read_failed_claims(MysqlConnection& connection, const std::string& topic, const std::string& event,
                                                     Round round);

/// What LedgerReader::failed_counts() gives.
[[nodiscard]] Result<FailedCounts> count_failed(MysqlConnection& connection, const std::string& topic, const std::string& event,
                                                const std::optional<FailedSelection>& which);

/// Writes failed events in few statements; one whose place is known stays as it is. A record that no statement can carry is cut further,
/// which changes kind and reason of its event.
[[nodiscard]] Status insert_failed_events(MysqlConnection& connection, std::vector<FailedRecord>& failed);

/// Keeps others from trying the failed events at these places again. Gives the places of those that are open.
[[nodiscard]] Result<std::set<SourcePosition>> lock_open(MysqlConnection& connection, const std::string& topic,
                                                         std::span<const SourcePosition> places);
/// Writes what note_try() noted.
[[nodiscard]] Status write_tries(MysqlConnection& connection, const std::string& topic, std::span<const FailedEvent> tried);

/// Adds the values that select failed events in a statement; gives the name of the one of two statements that takes them.
[[nodiscard]] std::string_view select_failed(const FailedSelection& which, std::vector<Value>& values, std::string_view of_kind,
                                             std::string_view at);

[[nodiscard]] std::map<std::int32_t, std::vector<std::int64_t>> offsets_by_partition(std::span<const SourcePosition> places);

/// Dismisses at most `most` of the open ones that were selected; gives how many.
[[nodiscard]] Result<std::int64_t> dismiss_some(MysqlConnection& connection, const std::string& topic, const FailedSelection& which,
                                                const std::string& why, std::int64_t most);

} // namespace coupon
