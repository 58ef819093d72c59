#pragma once

#include "core/failed_selection.hpp"
#include "core/ledger_rule.hpp"
#include "ledger/ledger_reader.hpp"
#include "ledger/mysql/mysql_connection.hpp"

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

/// The failed events of a topic, by place and mark, without their records.
[[nodiscard]] Result<std::vector<FailedEvent>> read_failed_events(MysqlConnection& connection, const std::string& topic);
/// Which records they are, ascending.
[[nodiscard]] Result<std::vector<RecordIdentity>> read_failed_identities(MysqlConnection& connection, const std::string& topic);
/// The highest round that a failed event of the event names, if it is one that a round may have; 0 for none.
[[nodiscard]] Result<Round> read_highest_failed(MysqlConnection& connection, const std::string& topic, const std::string& event);

/// At most `most` of those that are open, with their records, by place and mark, behind `after` where it is given.
[[nodiscard]] Result<std::vector<FailedRecord>> read_open(MysqlConnection& connection, const std::string& topic,
                                                          const std::optional<RecordIdentity>& after, std::int64_t most);
/// Those of them that are these records. REQUIRES: the records are ascending.
[[nodiscard]] Result<std::vector<FailedRecord>> read_open_of(MysqlConnection& connection, const std::string& topic,
                                                             std::span<const RecordIdentity> records);

/// What LedgerReader::failed_claims() gives.
[[nodiscard]] Result<NamedClaims> read_failed_claims(MysqlConnection& connection, const std::string& topic, const std::string& event,
                                                     Round round);

/// What LedgerReader::failed_counts() gives.
[[nodiscard]] Result<FailedCounts> count_failed(MysqlConnection& connection, const std::string& topic, const std::string& event,
                                                const std::optional<FailedSelection>& which);

/// Writes failed events in few statements; one whose record is known stays as it is. A record that no statement can carry is cut further,
/// which changes kind and reason of its event.
[[nodiscard]] Status insert_failed_events(MysqlConnection& connection, std::vector<FailedRecord>& failed);

/// Keeps others from trying the failed events of these records again. Gives those that are open, which may be more: all that lie, or once
/// lay, at the same places.
[[nodiscard]] Result<std::set<RecordIdentity>> lock_open(MysqlConnection& connection, const std::string& topic,
                                                         std::span<const RecordIdentity> records);
/// Writes what note_try() noted.
[[nodiscard]] Status write_tries(MysqlConnection& connection, const std::string& topic, std::span<const FailedEvent> tried);

/// Adds the values that select failed events in a statement, which point into the selection; gives the name of the one of two statements
/// that takes them.
[[nodiscard]] std::string_view select_failed(const FailedSelection& which, std::vector<Value>& values, std::string_view of_kind,
                                             std::string_view at);

/// The offsets of the records, each once as long as they are ascending.
[[nodiscard]] std::map<std::int32_t, std::vector<std::int64_t>> offsets_by_partition(std::span<const RecordIdentity> records);
/// The record of a row whose first columns are source_partition, source_offset, source_timestamp and raw_sha256. One whose digest cannot be
/// read is no record: its digest is all zero.
[[nodiscard]] RecordIdentity identity_in(const Row& row);

/// Dismisses at most `most` of the open ones that were selected; gives how many.
[[nodiscard]] Result<std::int64_t> dismiss_some(MysqlConnection& connection, const std::string& topic, const FailedSelection& which,
                                                const std::string& why, std::int64_t most);

} // namespace coupon
