#pragma once

#include "core/server_settings.hpp"
#include "ledger/mysql/mysql_connection.hpp"

#include <string>
#include <vector>

namespace coupon {

/// A table of schema.sql and the statement that creates it.
struct TableDefinition {
    std::string table;
    std::string sql;
};

/// All tables, each after those that it refers to.
[[nodiscard]] std::vector<TableDefinition> table_definitions();

/// Creates the tables that are missing. Each is a transaction of its own (the server commits before and after it), so that an interrupted
/// call is finished by the next one.
[[nodiscard]] Status create_tables(MysqlConnection& connection);

/// How the tables differ from those of schema.sql.
struct TableFindings {
    std::vector<std::string> missing;
    std::vector<SchemaDefect> defects;      ///< of the tables that are there
    std::vector<std::string> foreign_rules; ///< keys and checks of theirs that schema.sql does not have, a sentence each
    bool has_none = false;                  ///< all are missing
};

/// Compares engine, columns, keys and checks with schema.sql. Further tables do not count, nor do columns
/// with a default.
[[nodiscard]] Result<TableFindings> inspect_tables(MysqlConnection& connection);

/// What must hold of the tables for the promise to hold: engine, columns, keys and checks of schema.sql. missing, with the table's name;
/// corrupt, with everything that is wrong. Further columns, keys and tables are let be.
[[nodiscard]] Status check_tables(MysqlConnection& connection);

/// unsupported unless the server keeps what it has committed through a crash.
[[nodiscard]] Status check_durability(MysqlConnection& connection, const std::string& address);

} // namespace coupon
