#include "core/least_rights.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

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

/// "SELECT on all seven tables; INSERT on `coupon`, `coupon_fence`", without what is needed on the database.
std::string ledger_cell(Account account) {
    if (ledger_rights(account).empty()) return "none";
    std::string cell = "SELECT on all seven tables";
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
              (rights.empty() ? 0 : 7));
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

TEST_SUITE_END();
