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

} // namespace

TEST_CASE("README.md and the sandbox have the rules of each account in Redis") {
    const auto readme = contents("README.md");
    const auto sandbox = contents("scripts/sandbox.d/accounts.bash");
    for (const auto account : {Account::apply, Account::worker, Account::reset, Account::audit}) {
        CHECK_MESSAGE(readme.find("`" + gate_rules(account) + "`") != std::string::npos, gate_rules(account));
        CHECK_MESSAGE(sandbox.find("'" + gate_rules(account) + "'") != std::string::npos, gate_rules(account));
    }
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
