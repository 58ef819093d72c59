#include "ledger/mysql/mysql_rights.hpp"

#include "core/escape.hpp"
#include "ledger/mysql/mysql_schema.hpp"
#include "ledger/mysql/mysql_statements.hpp"

#include <algorithm>
#include <set>
#include <string>

namespace coupon {

namespace {

/// A column of the table that the programs change, with a value.
std::string changed_column(std::string_view table) {
    if (table == "coupon_round") return "state = ''";
    if (table == "coupon_position") return "next_offset = 0";
    return table == "coupon_fence" ? "end_offset = 0" : "resolved_at = NULL";
}

/// A statement that needs this right on its table, and changes nothing even if it runs.
std::string harmless_statement(const LedgerRight& right) {
    const std::string table(right.table);
    if (right.privilege == "INSERT") return "INSERT INTO " + table + " (event) SELECT '' FROM DUAL WHERE FALSE";
    if (right.privilege == "DELETE") return "DELETE FROM " + table + " WHERE FALSE";
    // A column that the programs change: the right may be on columns alone.
    if (right.privilege == "UPDATE") return "UPDATE " + table + " SET " + changed_column(right.table) + " WHERE FALSE";
    return "SELECT event FROM " + table + " WHERE FALSE";
}

/// What the server said to a statement that was not run.
enum class Look { allowed, denied, no_such_table };

Result<Look> look(MysqlConnection& connection, const std::string& sql) {
    const auto looked = connection.look_at(sql);
    if (looked) return Look::allowed;
    if (connection.is_lost()) return looked.fault();
    if (looked.fault().kind == FaultKind::denied) return Look::denied;
    // Other faults have nothing to do with the account; check_schema() judges the tables.
    return looked.fault().kind == FaultKind::missing ? Look::no_such_table : Look::allowed;
}

/// Whether a right on the whole database or server is listed. One that a role gives is not.
Result<bool> has_right_to_refer(MysqlConnection& connection) {
    bool has = false;
    auto read = connection.select(statement("right_to_refer"), {}, [&](const Row&) { has = true; });
    if (!read) return read.fault();
    return has;
}

/// Adds CREATE and REFERENCES where a missing table cannot be created without them.
Status look_at_creating(MysqlConnection& connection, const std::set<std::string>& missing, std::set<LedgerRight>& lacking) {
    for (const auto& definition : table_definitions()) {
        if (!missing.contains(definition.table)) continue;
        const auto bare = look(connection, "CREATE TABLE IF NOT EXISTS " + definition.table + " (event INT)");
        if (!bare) return bare.fault();
        bool may_refer = true;
        if (*bare == Look::denied) {
            // The server names only CREATE, so that its lists are read. MariaDB accepts a foreign key without REFERENCES.
            lacking.insert({"CREATE", ""});
            if (!connection.is_mariadb()) {
                const auto listed = has_right_to_refer(connection);
                if (!listed) return listed.fault();
                may_refer = *listed;
            }
        } else {
            const auto whole = look(connection, definition.sql);
            if (!whole) return whole.fault();
            may_refer = *whole != Look::denied;
        }
        if (!may_refer) lacking.insert({"REFERENCES", ""});
    }
    return Done{};
}

/// The account as GRANT spells it: 'name'@'host'.
Result<std::string> account_of(MysqlConnection& connection) {
    std::string account;
    auto read = connection.select(statement("account"), {}, [&](const Row& row) { account = row.words(0); });
    if (!read) return read.fault();
    const auto at = account.rfind('@');
    return "'" + escape(account.substr(0, at)) + "'@'" + escape(account.substr(std::min(at + 1, account.size()))) + "'";
}

} // namespace

Result<std::vector<LedgerRight>> lacking_rights(MysqlConnection& connection, std::span<const LedgerRight> wanted) {
    std::set<LedgerRight> lacking;
    std::set<std::string> missing;
    for (const auto& right : wanted) {
        if (right.table.empty()) continue;
        const auto said = look(connection, harmless_statement(right));
        if (!said) return said.fault();
        if (*said == Look::denied) lacking.insert(right);
        if (*said == Look::no_such_table) missing.insert(std::string(right.table));
    }
    const bool creates = std::any_of(wanted.begin(), wanted.end(), [](const auto& right) { return right.privilege == "CREATE"; });
    if (creates) {
        if (auto looked = look_at_creating(connection, missing, lacking); !looked) return looked.fault();
    }
    std::vector<LedgerRight> in_order;
    std::copy_if(wanted.begin(), wanted.end(), std::back_inserter(in_order), [&](const auto& right) { return lacking.contains(right); });
    return in_order;
}

Status check_rights(MysqlConnection& connection, const MysqlOptions& options, std::span<const LedgerRight> wanted) {
    const auto lacking = lacking_rights(connection, wanted);
    if (!lacking) return lacking.fault();
    if (lacking->empty()) return Done{};
    const auto account = account_of(connection);
    if (!account) return account.fault();
    std::string rights;
    std::string grants;
    for (const auto& [privilege, table] : *lacking) {
        const auto where = table.empty() ? "the database" : std::string(table);
        rights += (rights.empty() ? "" : ", ") + std::string(privilege) + " on " + where;
        grants += (grants.empty() ? "" : "; ") + std::string("GRANT ") + std::string(privilege) + " ON " + escape(options.database) + "." +
                  (table.empty() ? "*" : std::string(table)) + " TO " + *account;
    }
    return Fault{FaultKind::denied, "mysql at " + options.address() + ": the account " + *account + " lacks " + rights, grants};
}

} // namespace coupon
