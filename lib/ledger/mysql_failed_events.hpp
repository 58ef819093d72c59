#pragma once

#include "core/ledger_rule.hpp"
#include "ledger/mysql_connection.hpp"

#include <optional>
#include <string>
#include <vector>

/// The rows of failed_event. Each function is one or a few statements of the caller's transaction.
namespace coupon {

/// The failed events of a topic, by place.
[[nodiscard]] Result<std::vector<FailedEvent>> read_failed_events(MysqlConnection& connection, const std::string& topic);
/// Those that no retry has issued.
[[nodiscard]] Result<std::vector<FailedEvent>> read_unresolved_events(MysqlConnection& connection, const std::string& topic);

/// Writes a failed event; one of the same place stays as it is.
[[nodiscard]] Status insert_failed_event(MysqlConnection& connection, const FailedEvent& failed);

/// Keeps others from trying a failed event again; false when it is resolved, or gone, meanwhile.
[[nodiscard]] Result<bool> lock_unresolved(MysqlConnection& connection, const FailedEvent& failed);
[[nodiscard]] Status resolve_failed_event(MysqlConnection& connection, const FailedEvent& failed);
/// One more attempt that failed, for failed.reason.
[[nodiscard]] Status keep_failed_event(MysqlConnection& connection, const FailedEvent& failed);

} // namespace coupon
