#include "core/least_rights.hpp"
#include "ledger/live_mysql.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

TEST_SUITE_BEGIN("live/ledger/mysql_rights");

using namespace coupon;

namespace {

/// An account with `rights` on a database, dropped afterwards.
class MysqlUser {
public:
    MysqlUser(const LiveDatabase& database, const std::vector<LedgerRight>& rights) : options_(database.options()), raw_(options_) {
        options_.user = fresh_name("u").substr(0, 30);
        options_.password = "secret";
        raw_.run("CREATE USER " + account() + " IDENTIFIED BY 'secret'");
        // Without any right on the database it could not log in to it.
        raw_.run("GRANT CREATE TEMPORARY TABLES ON " + options_.database + ".* TO " + account());
        for (const auto& right : rights)
            grant(right);
    }
    MysqlUser(const MysqlUser&) = delete;
    MysqlUser& operator=(const MysqlUser&) = delete;
    ~MysqlUser() { raw_.run("DROP USER " + account()); }

    void grant(const LedgerRight& right) {
        const auto table = right.table.empty() ? "*" : std::string(right.table);
        raw_.run("GRANT " + std::string(right.privilege) + " ON " + options_.database + "." + table + " TO " + account());
    }
    [[nodiscard]] std::string account() const { return "'" + options_.user + "'@'127.0.0.1'"; }
    [[nodiscard]] const MysqlOptions& options() const { return options_; }

private:
    MysqlOptions options_;
    RawMysql raw_;
};

std::vector<LedgerRight> rights_of(Account account) {
    const auto rights = ledger_rights(account);
    return {rights.begin(), rights.end()};
}

Result<std::unique_ptr<Ledger>> open_as(const MysqlUser& user, std::span<const LedgerRight> rights) {
    return open_mysql_ledger(user.options(), *EventName::parse("spring"), "coupon_create", rights);
}

std::string names(const LedgerRight& right) {
    return std::string(right.privilege) + " on " + (right.table.empty() ? "the database" : std::string(right.table));
}

/// The same rights on the database: its tables do not exist yet.
std::vector<LedgerRight> on_database(const std::vector<LedgerRight>& rights) {
    std::vector<LedgerRight> all;
    for (const auto& right : rights)
        all.push_back({right.privilege, ""});
    return all;
}

} // namespace

TEST_CASE("an account with the rights of its program is accepted, and each missing right is named with its grant") {
    const LiveDatabase database;
    for (const auto account : {Account::worker, Account::reset, Account::audit}) {
        CAPTURE(name_of(account));
        const auto all = rights_of(account);
        {
            const MysqlUser user(database, all);
            const auto ledger = open_as(user, all);
            REQUIRE_MESSAGE(ledger, ledger.fault().text());
            CHECK((*ledger)->check_schema(soon()));
        }
        for (const auto& taken : all) {
            // The tables exist, so that nothing is created.
            if (taken.table.empty()) continue;
            CAPTURE(names(taken));
            auto fewer = all;
            std::erase(fewer, taken);
            const MysqlUser user(database, fewer);
            const auto ledger = open_as(user, all);
            REQUIRE_FALSE(ledger);
            CHECK(ledger.fault().kind == FaultKind::denied);
            CHECK_MESSAGE(ledger.fault().message.ends_with(": the account " + user.account() + " lacks " + names(taken)),
                          ledger.fault().message);
            CHECK(ledger.fault().hint == "GRANT " + std::string(taken.privilege) + " ON " + database.options().database + "." +
                                             std::string(taken.table) + " TO " + user.account());
        }
    }
}

TEST_CASE("an account that lacks everything learns all of it at once") {
    const LiveDatabase database;
    const MysqlUser user(database, {});
    const auto worker = rights_of(Account::worker);
    const auto ledger = open_as(user, worker);
    REQUIRE_FALSE(ledger);
    CHECK(ledger.fault().kind == FaultKind::denied);
    for (const auto& right : worker)
        CHECK_MESSAGE(ledger.fault().message.find(names(right)) != std::string::npos, ledger.fault().message);
}

TEST_CASE("where tables are missing, the rights to create them are checked too") {
    const LiveDatabase database(LiveDatabase::Tables::none);
    const auto all = rights_of(Account::reset);
    // MariaDB takes a foreign key without REFERENCES.
    const bool asks_for_references = database.raw().value("SELECT VERSION()").find("MariaDB") == std::string::npos;
    const std::string references = asks_for_references ? "REFERENCES on the database" : "";
    struct Fewer {
        std::vector<std::string_view> taken;
        std::string lacks;
    };
    for (const auto& fewer : {
             Fewer{{"CREATE"}, "CREATE on the database"},
             Fewer{{"REFERENCES"}, references},
             Fewer{{"CREATE", "REFERENCES"}, "CREATE on the database" + (asks_for_references ? ", " + references : "")},
             Fewer{{"UPDATE", "CREATE"}, "UPDATE on coupon_round, UPDATE on coupon_fence, CREATE on the database"},
         }) {
        CAPTURE(fewer.lacks);
        auto rights = on_database(all);
        for (const auto& taken : fewer.taken)
            std::erase_if(rights, [&](const auto& right) { return right.privilege == taken; });
        const MysqlUser user(database, rights);
        const auto ledger = open_as(user, all);
        REQUIRE(static_cast<bool>(ledger) == fewer.lacks.empty());
        if (!ledger) CHECK_MESSAGE(ledger.fault().message.ends_with(" lacks " + fewer.lacks), ledger.fault().message);
    }
    const MysqlUser user(database, on_database(all));
    const auto ledger = open_as(user, all);
    REQUIRE_MESSAGE(ledger, ledger.fault().text());
    CHECK((*ledger)->create_schema(soon()));
}

TEST_CASE("an account that may only read sees every key and check of the tables") {
    const LiveDatabase database;
    const auto all = rights_of(Account::audit);
    const MysqlUser user(database, all);
    const auto reader = open_mysql_ledger_reader(user.options(), *EventName::parse("spring"), "coupon_create", all);
    REQUIRE_MESSAGE(reader, reader.fault().text());
    const auto settings = (*reader)->settings(soon());
    REQUIRE_MESSAGE(settings, settings.fault().text());
    CHECK(settings->missing_tables.empty());
    for (const auto& defect : settings->schema_defects)
        CHECK_MESSAGE(false, defect.sentence);
}

TEST_CASE("rights that a role gives, or that are on columns, count") {
    const LiveDatabase database;
    auto raw = database.raw();
    const auto role = fresh_name("r").substr(0, 30);
    auto all = rights_of(Account::worker);
    std::erase(all, LedgerRight{"INSERT", "coupon"});
    std::erase(all, LedgerRight{"UPDATE", "coupon_round"});
    const MysqlUser user(database, all);
    const auto& name = database.options().database;
    raw.run("CREATE ROLE '" + role + "'");
    raw.run("GRANT INSERT ON " + name + ".coupon TO '" + role + "'");
    raw.run("GRANT '" + role + "' TO " + user.account());
    const auto to_account = raw.is_mariadb() ? "" : " TO " + user.account();
    RawMysql(user.options()).run("SET DEFAULT ROLE '" + role + "'" + to_account);
    raw.run("GRANT UPDATE (state, epoch, owner) ON " + name + ".coupon_round TO " + user.account());
    const auto ledger = open_as(user, rights_of(Account::worker));
    CHECK_MESSAGE(ledger, ledger.fault().text());
    raw.run("DROP ROLE '" + role + "'");
}

TEST_SUITE_END();
