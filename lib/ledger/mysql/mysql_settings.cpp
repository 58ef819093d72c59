#include "ledger/mysql/mysql_settings.hpp"

#include "core/escape.hpp"
#include "ledger/mysql/mysql_coupons.hpp"
#include "ledger/mysql/mysql_failed_events.hpp"
#include "ledger/mysql/mysql_rights.hpp"
#include "ledger/mysql/mysql_rounds.hpp"
#include "ledger/mysql/mysql_schema.hpp"
#include "ledger/mysql/mysql_statements.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace coupon {

namespace {

constexpr std::size_t longest_value = 1000;

Status read_values(MysqlConnection& connection, const char* name, SettingValues& values) {
    return connection.select(statement(name), {},
                             [&](const Row& row) { values.emplace(escape(row.words(0)), escape(row.words(1), longest_value)); });
}

Status read_server(MysqlConnection& connection, LedgerSettings& settings) {
    if (auto read = read_values(connection, "settings_global", settings.global); !read) return read;
    if (auto read = read_values(connection, "settings_session", settings.session); !read) return read;
    if (auto read = read_values(connection, "settings_status", settings.status); !read) return read;
    auto lacking = lacking_rights(connection, all_ledger_rights());
    if (!lacking) return lacking.fault();
    settings.lacks_rights = std::move(*lacking);
    return connection.select(statement("settings_now"), {}, [&](const Row& row) { settings.now = row.moment(0); });
}

Status read_triggers(MysqlConnection& connection, LedgerSettings& settings) {
    std::set<std::string> tables;
    for (const auto& definition : table_definitions())
        tables.insert(definition.table);
    return connection.list("settings_triggers", {}, [&](const Row& row) {
        if (!tables.contains(row.words(0))) return;
        settings.foreign_rules.push_back("table " + row.words(0) + " has the trigger " + escape(row.words(1)) + " at each " +
                                         escape(row.words(2)));
    });
}

Status read_idle_transactions(MysqlConnection& connection, LedgerSettings& settings) {
    std::vector<IdleTransaction> idle;
    auto read = connection.select(statement("settings_idle_transactions"), {}, [&](const Row& row) {
        idle.push_back({row.integer(0), escape(row.words(1)) + "@" + escape(row.words(2)), row.integer(3), row.integer(4)});
    });
    if (read) settings.idle_transactions = std::move(idle);
    return read || (read.fault().kind == FaultKind::denied && !connection.is_lost()) ? Status(Done{}) : read;
}

Result<LedgerLeftovers> read_leftovers(MysqlConnection& connection, const LedgerScope& scope) {
    LedgerLeftovers leftovers;
    auto failed = count_failed(connection, scope.topic, scope.event, std::nullopt);
    if (!failed) return failed.fault();
    leftovers.failed_events = std::move(*failed);
    auto read = connection.list("settings_abandoned", std::array{Value(scope.event)},
                                [&](const Row& row) { leftovers.abandoned_claims[row.integer(0)] = row.integer(1); });
    if (!read) return read.fault();
    auto purged_to = read_purged_to(connection, scope.event, scope.topic);
    if (!purged_to) return purged_to.fault();
    leftovers.purged_to = std::move(*purged_to);
    auto owner = read_event_of_topic(connection, scope.topic);
    if (!owner) return owner.fault();
    leftovers.event_of_topic = std::move(*owner);
    return leftovers;
}

} // namespace

Result<LedgerSettings> read_ledger_settings(MysqlConnection& connection, const LedgerScope& scope, const std::string& address) {
    LedgerSettings settings;
    settings.address = address;
    if (auto read = read_server(connection, settings); !read) return read.fault();
    auto tables = inspect_tables(connection);
    if (!tables) return tables.fault();
    const bool has_no_table = tables->has_none;
    settings.missing_tables = std::move(tables->missing);
    settings.schema_defects = std::move(tables->defects);
    settings.foreign_rules = std::move(tables->foreign_rules);
    if (auto read = read_triggers(connection, settings); !read) return read.fault();
    if (auto read = read_idle_transactions(connection, settings); !read) return read.fault();
    const auto is_column = [](const auto& defect) { return defect.part == SchemaPart::column; };
    const bool has_wrong_columns = std::any_of(settings.schema_defects.begin(), settings.schema_defects.end(), is_column);
    if (settings.missing_tables.empty() && !has_wrong_columns) {
        auto leftovers = read_leftovers(connection, scope);
        if (!leftovers) return leftovers.fault();
        settings.leftovers = std::move(*leftovers);
    } else if (has_no_table) {
        settings.leftovers.emplace();
    }
    return settings;
}

} // namespace coupon
