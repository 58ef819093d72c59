#include "core/least_rights.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

TEST_SUITE_BEGIN("core/least_rights");

using namespace coupon;

TEST_CASE("the auditor's account only reads, and its rules let it write nothing") {
    CHECK(gate_rules(Account::audit) == "%R~coupon:* +evalsha_ro +eval_ro +hlen +hmget +hget +hscan +info +time");
}

namespace {

std::string contents(const std::string& name) {
    std::ifstream file(COUPON_SOURCE_DIR "/" + name);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// What the group of the pattern matches in the files of a folder, each text once.
std::set<std::string> found_in(const std::string& folder, const std::regex& pattern) {
    std::set<std::string> found;
    const auto root = std::string(COUPON_SOURCE_DIR "/");
    for (const auto& file : std::filesystem::recursive_directory_iterator(root + folder)) {
        if (!file.is_regular_file()) continue;
        const auto text = contents(file.path().string().substr(root.size()));
        for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match)
            found.insert((*match)[1]);
    }
    return found;
}

std::string in_small_letters(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

/// "Read, Write on the topic; Read on the group"
std::string topic_cell(Account account) {
    std::string cell;
    for (const auto resource : {TopicRight::Resource::topic, TopicRight::Resource::group}) {
        std::string operations;
        for (const auto& right : topic_rights(account)) {
            if (right.resource == resource) operations += (operations.empty() ? "" : ", ") + std::string(right.operation);
        }
        if (operations.empty()) continue;
        cell += (cell.empty() ? "" : "; ") + operations + (resource == TopicRight::Resource::topic ? " on the topic" : " on the group");
    }
    return cell;
}

/// "SELECT on all eight tables; INSERT on `coupon`, `coupon_fence`", without what is needed on the database.
std::string ledger_cell(Account account) {
    if (ledger_rights(account).empty()) return "none";
    std::string cell = "SELECT on all eight tables";
    for (const auto* privilege : {"INSERT", "UPDATE"}) {
        std::string tables;
        for (const auto& right : ledger_rights(account)) {
            if (right.privilege == privilege) tables += (tables.empty() ? "`" : ", `") + std::string(right.table) + "`";
        }
        if (!tables.empty()) cell += "; " + std::string(privilege) + " on " + tables;
    }
    return cell;
}

} // namespace

TEST_CASE("README.md has the rights of each account in Kafka and in the database") {
    const auto readme = contents("README.md");
    for (const auto account : {Account::apply, Account::worker, Account::reset, Account::audit}) {
        const auto programs =
            account == Account::apply ? std::string("`coupon-apply`, `coupon-flood`") : "`" + std::string(program_of(account)) + "`";
        const auto row =
            "| " + programs + " | " + topic_cell(account) + " | " + ledger_cell(account) + (account == Account::reset ? ";" : " |");
        CHECK_MESSAGE(readme.find("\n" + row) != std::string::npos, row);
        const auto rights = ledger_rights(account);
        CHECK(std::count_if(rights.begin(), rights.end(), [](const auto& right) { return right.privilege == "SELECT"; }) ==
              (rights.empty() ? 0 : 8));
    }
}

TEST_CASE("README.md and the sandbox have the rules of each account in Redis") {
    const auto readme = contents("README.md");
    const auto sandbox = contents("scripts/sandbox.d/accounts.bash");
    for (const auto account : {Account::apply, Account::worker, Account::reset, Account::audit}) {
        CHECK_MESSAGE(readme.find("`" + gate_rules(account) + "`") != std::string::npos, gate_rules(account));
        CHECK_MESSAGE(sandbox.find("'" + gate_rules(account) + "'") != std::string::npos, gate_rules(account));
    }
}

TEST_CASE("coupon-apply needs no right on the ledger, and the auditor only reads on every server") {
    CHECK(ledger_rights(Account::apply).empty());
    for (const auto& right : ledger_rights(Account::audit))
        CHECK(right.privilege == "SELECT");
    for (const auto& right : topic_rights(Account::audit))
        CHECK((right.operation == "Read" || right.operation == "Describe"));
}

TEST_CASE("the rules of an account name each of its commands once") {
    for (const auto account : {Account::apply, Account::worker, Account::reset, Account::audit}) {
        const auto rules = gate_rules(account);
        for (const auto& right : gate_rights(account)) {
            const auto rule = " +" + std::string(right.command);
            const auto first = (rules + " ").find(rule + " ");
            CHECK_MESSAGE(first != std::string::npos, rules);
            CHECK_MESSAGE((rules + " ").find(rule + " ", first + 1) == std::string::npos, rules);
        }
    }
}

TEST_CASE("all rights together hold those of every account, each once") {
    const auto all = all_gate_rights();
    CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
    for (const auto account : {Account::apply, Account::worker, Account::reset, Account::audit}) {
        for (const auto& right : gate_rights(account))
            CHECK(std::find(all.begin(), all.end(), right) != all.end());
    }
}

TEST_CASE("every command of the gate's scripts is a right of some account") {
    std::set<std::string> commands;
    for (const auto& each : found_in("lib/gate", std::regex("(?:redis\\.p?call|read)\\('([A-Z]+)'")))
        commands.insert(in_small_letters(each));
    CHECK(commands.size() >= 10);
    const auto all = all_gate_rights();
    for (const auto& command : commands)
        CHECK_MESSAGE(std::any_of(all.begin(), all.end(), [&](const auto& right) { return right.command == command; }), command);
}

TEST_CASE("every table that the ledger changes is a right of some account, and every table may be read by all who log in") {
    const auto all = all_ledger_rights();
    const auto is_right = [&](const LedgerRight& right) { return std::find(all.begin(), all.end(), right) != all.end(); };
    struct Change {
        const char* privilege;
        const char* statement;
    };
    for (const auto& change : {Change{"INSERT", "INSERT (?:IGNORE )?INTO ([a-z_]+)"}, Change{"UPDATE", "UPDATE ([a-z_]+) SET"},
                               Change{"DELETE", "DELETE FROM ([a-z_]+)"}}) {
        const auto tables = found_in("lib/ledger", std::regex(change.statement));
        CHECK(!tables.empty());
        for (const auto& table : tables) {
            const LedgerRight right{change.privilege, table};
            CHECK_MESSAGE((is_right(right) || right == right_to_purge_ledger), std::string(change.privilege), " on ", table);
        }
    }
    const auto tables = found_in("lib/ledger", std::regex("CREATE TABLE IF NOT EXISTS ([a-z_]+)"));
    CHECK(tables.size() >= 7);
    for (const auto account : {Account::worker, Account::reset, Account::audit}) {
        const auto rights = ledger_rights(account);
        for (const auto& table : tables)
            CHECK_MESSAGE(std::find(rights.begin(), rights.end(), LedgerRight{"SELECT", table}) != rights.end(), table);
    }
}

TEST_SUITE_END();
