#include "ledger/mysql/mysql_schema.hpp"

#include "core/escape.hpp"
#include "ledger/mysql/mysql_statements.hpp"
#include "ledger/mysql/mysql_table_rules.hpp"
#include "ledger/schema_sql.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace coupon {

namespace {

struct Column {
    const char* table;
    const char* name;
    const char* type;
    const char* nullable; ///< YES or NO
    const char* collation;
};

// schema.sql once more, as the server must report it. A test breaks each line on a real server.
constexpr Column columns[] = {
    {"coupon_round", "event", "varchar", "NO", "ascii_bin"},
    {"coupon_round", "round", "bigint", "NO", ""},
    {"coupon_round", "slot_limit", "int", "NO", ""},
    {"coupon_round", "topic", "varchar", "NO", "ascii_bin"},
    {"coupon_round", "state", "varchar", "NO", "ascii_bin"},
    {"coupon_round", "epoch", "bigint", "NO", ""},
    {"coupon_round", "opens_at", "bigint", "YES", ""},
    {"coupon_round", "closes_at", "bigint", "YES", ""},
    {"coupon_round", "owner", "varchar", "NO", "ascii_bin"},
    {"coupon_round", "consumer_group", "varchar", "NO", "ascii_bin"},
    {"coupon_round", "cluster_id", "varchar", "NO", "ascii_bin"},
    {"coupon_round", "round_key", "varchar", "NO", "ascii_bin"},
    {"coupon_round", "gate_run_id", "varchar", "NO", "ascii_bin"},
    {"coupon_round", "gate_database", "bigint", "NO", ""},
    {"coupon_round", "gate_addresses", "varchar", "NO", "ascii_bin"},
    {"coupon_round", "once_key", "varchar", "YES", "ascii_bin"},
    {"coupon_round", "created_at", "bigint", "NO", ""},
    {"coupon_fence", "event", "varchar", "NO", "ascii_bin"},
    {"coupon_fence", "round", "bigint", "NO", ""},
    {"coupon_fence", "epoch", "bigint", "NO", ""},
    {"coupon_fence", "source_partition", "int", "NO", ""},
    {"coupon_fence", "end_offset", "bigint", "NO", ""},
    {"coupon_fence", "below_offset", "bigint", "YES", ""},
    {"coupon_fence", "below_timestamp", "bigint", "YES", ""},
    {"coupon_fence", "below_sha256", "char", "YES", "ascii_bin"},
    {"coupon_purge", "event", "varchar", "NO", "ascii_bin"},
    {"coupon_purge", "round", "bigint", "NO", ""},
    {"coupon_purge", "source_partition", "int", "NO", ""},
    {"coupon_purge", "purge_offset", "bigint", "NO", ""},
    {"coupon_position", "event", "varchar", "NO", "ascii_bin"},
    {"coupon_position", "source_topic", "varchar", "NO", "ascii_bin"},
    {"coupon_position", "source_partition", "int", "NO", ""},
    {"coupon_position", "next_offset", "bigint", "NO", ""},
    {"coupon_position", "unbroken_from", "bigint", "NO", ""},
    {"coupon_position", "last_timestamp", "bigint", "NO", ""},
    {"coupon_position", "last_sha256", "char", "NO", "ascii_bin"},
    {"coupon", "event", "varchar", "NO", "ascii_bin"},
    {"coupon", "round", "bigint", "NO", ""},
    {"coupon", "slot", "int", "NO", ""},
    {"coupon", "slot_limit", "int", "NO", ""},
    {"coupon", "user_id", "bigint", "NO", ""},
    {"coupon", "granted_at", "bigint", "NO", ""},
    {"coupon", "issued_at", "bigint", "NO", ""},
    {"failed_event", "source_topic", "varchar", "NO", "ascii_bin"},
    {"failed_event", "source_partition", "int", "NO", ""},
    {"failed_event", "source_offset", "bigint", "NO", ""},
    {"failed_event", "source_timestamp", "bigint", "NO", ""},
    {"failed_event", "event", "varchar", "NO", "ascii_bin"},
    {"failed_event", "round", "bigint", "YES", ""},
    {"failed_event", "user_id", "bigint", "YES", ""},
    {"failed_event", "kind", "varchar", "NO", "ascii_bin"},
    {"failed_event", "reason", "varchar", "NO", "utf8mb4_bin"},
    {"failed_event", "raw", "longblob", "NO", ""},
    {"failed_event", "raw_length", "bigint", "NO", ""},
    {"failed_event", "raw_sha256", "char", "NO", "ascii_bin"},
    {"failed_event", "attempts", "bigint", "NO", ""},
    {"failed_event", "failed_at", "bigint", "NO", ""},
    {"failed_event", "last_tried_at", "bigint", "NO", ""},
    {"failed_event", "resolved_at", "bigint", "YES", ""},
    {"failed_event", "dismissed_at", "bigint", "YES", ""},
    {"failed_event", "dismissed_why", "varchar", "YES", "utf8mb4_bin"},
    {"abandoned_claim", "event", "varchar", "NO", "ascii_bin"},
    {"abandoned_claim", "round", "bigint", "NO", ""},
    {"abandoned_claim", "slot", "bigint", "NO", ""},
    {"abandoned_claim", "user_id", "bigint", "NO", ""},
    {"void_claim", "event", "varchar", "NO", "ascii_bin"},
    {"void_claim", "round", "bigint", "NO", ""},
    {"void_claim", "epoch", "bigint", "NO", ""},
    {"void_claim", "slot", "bigint", "NO", ""},
    {"void_claim", "user_id", "bigint", "NO", ""},
    {"void_claim", "reason", "varchar", "NO", "ascii_bin"},
    {"void_claim", "voided_at", "bigint", "NO", ""},
};

using TableAndText = std::pair<std::string, std::string>;

const std::set<TableAndText> unique_keys{
    {"coupon_round", "event,round"},
    {"coupon_round", "event,round,slot_limit"},
    {"coupon_round", "event,once_key"},
    {"coupon_fence", "event,round,epoch,source_partition"},
    {"coupon_purge", "event,round,source_partition"},
    {"coupon_position", "event,source_topic,source_partition"},
    {"coupon", "event,round,slot"},
    {"coupon", "event,round,user_id"},
    {"failed_event", "source_topic,source_partition,source_offset,source_timestamp,raw_sha256"},
    {"abandoned_claim", "event,round,slot,user_id"},
    {"void_claim", "event,round,epoch,user_id"},
};

const std::set<TableAndText> foreign_keys{
    {"coupon", "event,round,slot_limit to coupon_round(event,round,slot_limit)"},
    {"coupon_fence", "event,round to coupon_round(event,round)"},
    {"coupon_purge", "event,round to coupon_round(event,round)"},
    {"abandoned_claim", "event,round to coupon_round(event,round)"},
    {"void_claim", "event,round to coupon_round(event,round)"},
};

const std::set<TableAndText> checks{
    {"coupon", "slotbetween1andslot_limit"},
    {"coupon_round", "slot_limitbetween1and10000000"},
};

/// What inspect_tables() finds out, and about which tables.
struct Findings : TableFindings {
    std::set<std::string> present;
};

Status check_present(MysqlConnection& connection, Findings& findings) {
    std::map<std::string, std::string> engine_of;
    auto read = connection.list("schema_tables", {}, [&](const Row& row) { engine_of[row.words(0)] = row.words(1); });
    if (!read) return read;
    std::set<std::string> tables;
    for (const auto& column : columns)
        tables.insert(column.table);
    for (const auto& table : tables) {
        const auto engine = engine_of.find(table);
        if (engine == engine_of.end()) {
            findings.missing.push_back(table);
            continue;
        }
        findings.present.insert(table);
        // Another engine keeps on ROLLBACK what it should undo, and has no foreign keys.
        if (engine->second != "innodb")
            findings.defects.push_back({SchemaPart::engine, "table " + table + " has engine " + escape(engine->second) + ", not InnoDB"});
    }
    return Done{};
}

Status check_columns(MysqlConnection& connection, Findings& findings) {
    std::map<TableAndText, std::string> found;
    std::set<TableAndText> needs_value;
    auto read = connection.list("schema_columns", {}, [&](const Row& row) {
        if (row.integer(6) != 0) needs_value.emplace(row.words(0), row.words(1));
        const std::string nullable = row.words(3) == "NO" ? " NOT NULL" : " NULL";
        const std::string is_unsigned = row.words(5).find("unsigned") == std::string::npos ? "" : " unsigned";
        found[{row.words(0), row.words(1)}] = row.words(2) + is_unsigned + nullable + (row.words(4).empty() ? "" : " " + row.words(4));
    });
    if (!read) return read;
    for (const auto& column : columns) {
        if (!findings.present.contains(column.table)) continue;
        needs_value.erase({column.table, column.name});
        const std::string place = std::string(column.table) + "." + column.name;
        const auto as = found.find({column.table, column.name});
        const bool is_nullable = column.nullable[0] == 'Y';
        const std::string want =
            std::string(column.type) + (is_nullable ? " NULL" : " NOT NULL") + (*column.collation == '\0' ? "" : " ") + column.collation;
        if (as == found.end())
            findings.defects.push_back({SchemaPart::column, "column " + place + " is missing"});
        else if (as->second != want)
            findings.defects.push_back({SchemaPart::column, "column " + place + " is " + escape(as->second) + ", not " + want});
    }
    for (const auto& [table, name] : needs_value) {
        if (findings.present.contains(table))
            findings.defects.push_back({SchemaPart::column, "column " + table + "." + escape(name) + " is NOT NULL without a default"});
    }
    return Done{};
}

void demand(const std::set<TableAndText>& wanted, const std::set<TableAndText>& found, SchemaPart part, const std::string& what,
            Findings& findings) {
    for (const auto& [table, text] : wanted) {
        if (findings.present.contains(table) && !found.contains({table, text}))
            findings.defects.push_back({part, "table " + table + " lacks its " + what + " " + text});
    }
    for (const auto& [table, text] : found) {
        if (findings.present.contains(table) && !wanted.contains({table, text}))
            findings.foreign_rules.push_back("table " + table + " has the " + what + " " + escape(text));
    }
}

Status check_keys(MysqlConnection& connection, Findings& findings) {
    std::set<TableAndText> found;
    auto read = connection.list("schema_unique_keys", {}, [&](const Row& row) { found.emplace(row.words(0), row.words(1)); });
    if (!read) return read;
    demand(unique_keys, found, SchemaPart::unique_key, "unique key", findings);

    std::set<TableAndText> found_checks;
    found.clear();
    for (const auto& table : findings.present) {
        read = connection.select("SHOW CREATE TABLE " + table, {}, [&](const Row& row) {
            for (const auto& rule : rules_of(row.words(1)))
                (rule.kind == TableRule::Kind::foreign_key ? found : found_checks).emplace(table, rule.text);
        });
        if (!read) return read;
    }
    demand(foreign_keys, found, SchemaPart::foreign_key, "foreign key", findings);
    demand(checks, found_checks, SchemaPart::check, "check", findings);
    return Done{};
}

template <class All, class Text>
std::string listed(const All& all, const Text& text) {
    std::string out;
    for (const auto& each : all)
        out += (out.empty() ? "" : "; ") + text(each);
    return out;
}

} // namespace

std::vector<TableDefinition> table_definitions() {
    constexpr std::string_view beginning = "CREATE TABLE IF NOT EXISTS ";
    const std::string_view schema = embedded::schema_sql;
    std::vector<TableDefinition> definitions;
    for (auto start = schema.find(beginning); start != std::string_view::npos; start = schema.find(beginning, start + 1)) {
        // A semicolon within a line belongs to a comment.
        const auto sql = schema.substr(start, schema.find(";\n", start) - start);
        const auto name = sql.substr(beginning.size());
        definitions.push_back({std::string(name.substr(0, name.find(' '))), std::string(sql)});
    }
    return definitions;
}

Status create_tables(MysqlConnection& connection) {
    for (const auto& definition : table_definitions()) {
        // Note 1050, "already exists", counts as a warning; this is no data statement, so that it is let pass.
        auto created = connection.run(definition.sql, Moment::defining);
        if (!created) return created;
    }
    return Done{};
}

Result<TableFindings> inspect_tables(MysqlConnection& connection) {
    Findings findings;
    if (auto present = check_present(connection, findings); !present) return present.fault();
    if (auto checked = check_columns(connection, findings); !checked) return checked.fault();
    if (auto checked = check_keys(connection, findings); !checked) return checked.fault();
    findings.has_none = findings.present.empty();
    return TableFindings(std::move(findings));
}

Status check_tables(MysqlConnection& connection) {
    const auto findings = inspect_tables(connection);
    if (!findings) return findings.fault();
    // Wrong before missing: nothing may be created next to tables that are not ours.
    if (!findings->defects.empty()) {
        return Fault{FaultKind::corrupt,
                     "the ledger's tables are not those of this suite: " +
                         listed(findings->defects, [](const auto& defect) { return defect.sentence; }),
                     "compare them with lib/ledger/schema.sql; use another database, or move the wrong tables away and run coupon-reset"};
    }
    if (!findings->missing.empty()) {
        const auto tables = listed(findings->missing, [](const auto& table) { return table; });
        return Fault{FaultKind::missing, findings->has_none ? "the database has no coupon tables" : "the ledger lacks table " + tables,
                     missing_tables_hint};
    }
    return Done{};
}

} // namespace coupon
