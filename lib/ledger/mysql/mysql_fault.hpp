#pragma once

#include "core/result.hpp"

#include <string>
#include <string_view>

namespace coupon {

/// For tables that are not there. A reset makes them, but it ends a round that is open.
inline constexpr auto missing_tables_hint =
    "coupon-reset creates them, and where a round is open lib/ledger/schema.sql does; or check the database in --mysql";

/// For tables that are not those of schema.sql, or hold what the suite never wrote.
inline constexpr auto other_tables_hint = "coupon-audit --preflight names what differs from lib/ledger/schema.sql";

/// How far a conversation had come when it failed.
enum class Moment {
    connecting, ///< nothing was asked yet
    asking,     ///< nothing is committed: what was asked is undone by the server when the connection ends or by ROLLBACK
    committing, ///< COMMIT was sent: it may have taken effect, whatever was answered
    defining,   ///< a statement that commits by itself: it may have taken effect unless an error was answered
};

/// What an error of the server or of Connector/C means for the caller. `text` is the server's, untrusted.
/// Code numbers: MariaDB 10.11 include/mysqld_error.h and errmsg.h, MySQL 8.0 messages_to_clients.txt.
[[nodiscard]] Fault mysql_fault(unsigned code, std::string_view text, Moment moment, const std::string& address);

/// The server or the way to it did not answer in time.
[[nodiscard]] Fault mysql_silent(Moment moment, const std::string& address, long waited_ms);

/// True when the connection is of no further use: only a new one helps.
[[nodiscard]] bool ends_connection(unsigned code);

/// True for an error that the row given may bring about, and another row not: a broken check, a trigger that refuses it, or one that is
/// not known here.
[[nodiscard]] bool refuses_row(unsigned code);

/// True where the transaction began before a table that it reads was made: a new one sees it.
[[nodiscard]] bool is_older_than_its_table(unsigned code);

/// True for the error of a row whose unique key is taken.
[[nodiscard]] bool is_taken(unsigned code);

} // namespace coupon
