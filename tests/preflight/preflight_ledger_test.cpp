#include "preflight/preflight_input.hpp"

#include <doctest/doctest.h>

namespace coupon {

TEST_SUITE("preflight/preflight_ledger") {

    const std::vector<PlantedSetting> planted_settings{
        {"ledger-version", PreflightStatus::dangerous, [](PreflightInput& input) { input.ledger->global["version"] = "10.6.18-MariaDB"; },
         "10.6.18"},
        {"ledger-version", PreflightStatus::dangerous, [](PreflightInput& input) { input.ledger->global["version"] = "8.0.15"; },
         "MySQL 8.0.15"},
        {"ledger-version", PreflightStatus::ok, [](PreflightInput& input) { input.ledger->global["version"] = "8.4.8"; }, "MySQL 8.4.8"},
        {"ledger-version", PreflightStatus::ok, [](PreflightInput& input) { input.ledger->global["version"] = "11.4.2-MariaDB-log"; },
         "11.4.2"},
        {"ledger-version", PreflightStatus::cannot_tell, [](PreflightInput& input) { input.ledger->global.erase("version"); }, "version"},
        {"ledger-flush", PreflightStatus::dangerous,
         [](PreflightInput& input) { input.ledger->global["innodb_flush_log_at_trx_commit"] = "2"; }, "innodb_flush_log_at_trx_commit 2"},
        {"ledger-flush", PreflightStatus::dangerous,
         [](PreflightInput& input) { input.ledger->global["innodb_flush_log_at_trx_commit"] = "0"; }, "innodb_flush_log_at_trx_commit 0"},
        {"ledger-flush", PreflightStatus::cannot_tell,
         [](PreflightInput& input) { input.ledger->global.erase("innodb_flush_log_at_trx_commit"); }, "innodb_flush"},
        {"ledger-doublewrite", PreflightStatus::dangerous,
         [](PreflightInput& input) { input.ledger->global["innodb_doublewrite"] = "OFF"; }, "OFF"},
        {"ledger-doublewrite", PreflightStatus::dangerous,
         [](PreflightInput& input) { input.ledger->global["innodb_doublewrite"] = "DETECT_ONLY"; }, "DETECT_ONLY"},
        {"ledger-doublewrite", PreflightStatus::ok,
         [](PreflightInput& input) { input.ledger->global["innodb_doublewrite"] = "DETECT_AND_RECOVER"; }, "RECOVER"},
        {"ledger-doublewrite", PreflightStatus::cannot_tell,
         [](PreflightInput& input) { input.ledger->global.erase("innodb_doublewrite"); }, "innodb_doublewrite"},
        {"ledger-binlog", PreflightStatus::dangerous, [](PreflightInput& input) { input.ledger->global["log_bin"] = "ON"; },
         "sync_binlog 0"},
        {"ledger-binlog", PreflightStatus::ok,
         [](PreflightInput& input) {
             input.ledger->global["log_bin"] = "ON";
             input.ledger->global["sync_binlog"] = "1";
         },
         "sync_binlog 1"},
        {"ledger-binlog", PreflightStatus::dangerous,
         [](PreflightInput& input) {
             input.ledger->global["log_bin"] = "ON";
             input.ledger->global["sync_binlog"] = "1";
             input.ledger->global["binlog_format"] = "STATEMENT";
         },
         "error 1665"},
        {"ledger-binlog", PreflightStatus::dangerous,
         [](PreflightInput& input) {
             input.ledger->global["log_bin"] = "ON";
             input.ledger->global["sync_binlog"] = "1";
             input.ledger->global["max_binlog_cache_size"] = "4096";
         },
         "error 1197"},
        {"ledger-binlog", PreflightStatus::cannot_tell, [](PreflightInput& input) { input.ledger->global.erase("log_bin"); }, "log_bin"},
        {"ledger-binlog", PreflightStatus::cannot_tell, [](PreflightInput& input) { input.ledger->global.erase("sync_binlog"); },
         "sync_binlog"},
        {"ledger-read-only", PreflightStatus::dangerous, [](PreflightInput& input) { input.ledger->global["read_only"] = "ON"; },
         "read_only ON"},
        {"ledger-read-only", PreflightStatus::dangerous, [](PreflightInput& input) { input.ledger->global["super_read_only"] = "1"; },
         "super_read_only"},
        {"ledger-read-only", PreflightStatus::dangerous, [](PreflightInput& input) { input.ledger->global["innodb_read_only"] = "ON"; },
         "innodb_read_only"},
        {"ledger-read-only", PreflightStatus::dangerous, [](PreflightInput& input) { input.ledger->global["read_only"] = "NO_LOCK"; },
         "NO_LOCK"},
        {"ledger-read-only", PreflightStatus::cannot_tell, [](PreflightInput& input) { input.ledger->global.erase("read_only"); },
         "read_only"},
        {"ledger-sql-mode", PreflightStatus::dangerous, [](PreflightInput& input) { input.ledger->session["sql_mode"] = ""; },
         "not strict"},
        {"ledger-sql-mode", PreflightStatus::warning,
         [](PreflightInput& input) { input.ledger->global["sql_mode"] = "NO_ENGINE_SUBSTITUTION"; }, "others"},
        {"ledger-sql-mode", PreflightStatus::cannot_tell, [](PreflightInput& input) { input.ledger->global.erase("sql_mode"); },
         "sql_mode"},
        {"ledger-isolation", PreflightStatus::warning,
         [](PreflightInput& input) { input.ledger->session["tx_isolation"] = "REPEATABLE-READ"; }, "REPEATABLE-READ"},
        {"ledger-isolation", PreflightStatus::ok,
         [](PreflightInput& input) {
             input.ledger->session.erase("tx_isolation");
             input.ledger->session["transaction_isolation"] = "READ-COMMITTED";
         },
         "READ-COMMITTED"},
        {"ledger-isolation", PreflightStatus::cannot_tell, [](PreflightInput& input) { input.ledger->session.erase("tx_isolation"); },
         "transaction_isolation"},
        {"ledger-connections", PreflightStatus::warning, [](PreflightInput& input) { input.ledger->status["Threads_connected"] = "145"; },
         "145 of 151"},
        {"ledger-connections", PreflightStatus::warning, [](PreflightInput& input) { input.ledger->session["max_user_connections"] = "5"; },
         "5 only"},
        {"ledger-connections", PreflightStatus::cannot_tell, [](PreflightInput& input) { input.ledger->status.clear(); },
         "Threads_connected"},
        {"ledger-connections", PreflightStatus::cannot_tell, [](PreflightInput& input) { input.ledger->global.erase("max_connections"); },
         "max_connections"},
        {"ledger-packet", PreflightStatus::warning, [](PreflightInput& input) { input.ledger->global["max_allowed_packet"] = "1048575"; },
         "many statements"},
        {"ledger-packet", PreflightStatus::ok, [](PreflightInput& input) { input.ledger->global["max_allowed_packet"] = "1048576"; }, ""},
        {"ledger-packet", PreflightStatus::dangerous, [](PreflightInput& input) { input.ledger->global["max_allowed_packet"] = "16384"; },
         "does not fit"},
        {"ledger-packet", PreflightStatus::cannot_tell, [](PreflightInput& input) { input.ledger->global.erase("max_allowed_packet"); },
         "max_allowed_packet"},
        {"ledger-idle-transactions", PreflightStatus::warning,
         [](PreflightInput& input) {
             input.ledger->idle_transactions = {{17, "worker@10.0.0.5:4711", 37, 3}, {18, "worker@10.0.0.6:4712", 12, 1}};
         },
         "connection 17 of worker@10.0.0.5:4711 is silent for 37 s in a transaction that locks 3 rows, and 1 more"},
        {"ledger-idle-transactions", PreflightStatus::ok, [](PreflightInput& input) { input.ledger->idle_transactions.reset(); },
         "lacks PROCESS"},
        {"ledger-foreign-rules", PreflightStatus::warning,
         [](PreflightInput& input) { input.ledger->foreign_rules = {"table coupon has the trigger stamp at each INSERT"}; },
         "the trigger stamp at each INSERT: a coupon that it refuses becomes a failed event"},
        {"ledger-rights", PreflightStatus::warning,
         [](PreflightInput& input) {
             input.ledger->lacks_rights = {{"INSERT", "coupon"}, {"UPDATE", "failed_event"}};
         },
         "lacks INSERT on coupon, UPDATE on failed_event"},
        {"ledger-rights", PreflightStatus::ok,
         [](PreflightInput& input) {
             for (const auto& right : all_ledger_rights()) {
                 if (right.privilege != "SELECT") input.ledger->lacks_rights.push_back(right);
             }
         },
         "only reads"},
        {"ledger-rights", PreflightStatus::ok,
         [](PreflightInput& input) {
             input.ledger->lacks_rights = {{"INSERT", "coupon"}};
             input.opening = Opening::new_round;
         },
         "what a reset does"},
        {"ledger-clock", PreflightStatus::warning,
         [](PreflightInput& input) {
             input.ledger_clock = ClockSkew{Milliseconds(2'000), Milliseconds(5)};
         },
         "2000 ms ahead"},
        {"ledger-clock", PreflightStatus::warning,
         [](PreflightInput& input) {
             input.ledger_clock = ClockSkew{Milliseconds(60'000), Milliseconds(5)};
             input.window.opens_at = input.now;
         },
         "60000 ms ahead"},
        {"ledger-tables", PreflightStatus::warning, [](PreflightInput& input) { input.ledger->missing_tables = {"coupon"}; },
         "missing: coupon"},
        {"ledger-tables", PreflightStatus::ok,
         [](PreflightInput& input) {
             input.ledger->missing_tables = {"coupon"};
             input.opening = Opening::new_round;
         },
         "creates them"},
        {"ledger-engine", PreflightStatus::dangerous,
         [](PreflightInput& input) {
             input.ledger->schema_defects = {{SchemaPart::engine, "table coupon is wrong"}};
         },
         "table coupon is wrong"},
        {"ledger-columns", PreflightStatus::dangerous,
         [](PreflightInput& input) {
             input.ledger->schema_defects = {{SchemaPart::column, "table coupon is wrong"}};
         },
         "table coupon is wrong"},
        {"ledger-unique-keys", PreflightStatus::dangerous,
         [](PreflightInput& input) {
             input.ledger->schema_defects = {{SchemaPart::unique_key, "table coupon is wrong"}};
         },
         "table coupon is wrong"},
        {"ledger-foreign-keys", PreflightStatus::dangerous,
         [](PreflightInput& input) {
             input.ledger->schema_defects = {{SchemaPart::foreign_key, "table coupon is wrong"}};
         },
         "table coupon is wrong"},
        {"ledger-checks", PreflightStatus::dangerous,
         [](PreflightInput& input) {
             input.ledger->schema_defects = {{SchemaPart::check, "table coupon is wrong"}};
         },
         "table coupon is wrong"},
    };

    TEST_CASE("what a database server tells is judged, and what it does not tell is no pass") {
        check_planted(planted_settings);
    }

    TEST_CASE("a right that is missing is granted by the command that is printed") {
        auto input = good_input();
        input.ledger->lacks_rights = {{"INSERT", "coupon"}, {"UPDATE", "failed_event"}};
        CHECK(line_of(preflight(input), "ledger-rights").fix ==
              "if coupon-consume has the same account: GRANT INSERT ON <database>.coupon TO <account>; "
              "GRANT UPDATE ON <database>.failed_event TO <account>");
    }

} // TEST_SUITE

} // namespace coupon
