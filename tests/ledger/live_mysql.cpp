#include "ledger/live_mysql.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace coupon {

namespace {

std::string from_environment(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr) throw std::runtime_error(std::string(name) + " is not set; try scripts/sandbox up, then scripts/sandbox env");
    return value;
}

} // namespace

MysqlOptions live_mysql() {
    const std::string text = from_environment("COUPON_MYSQL").substr(std::string("mysql://").size());
    const auto at = text.find('@');
    const auto colon = text.find(':', at);
    const auto slash = text.find('/', colon);
    MysqlOptions options;
    options.user = text.substr(0, at);
    options.host = text.substr(at + 1, colon - at - 1);
    options.port = std::stoi(text.substr(colon + 1, slash - colon - 1));
    options.database = text.substr(slash + 1);
    std::ifstream file(from_environment("COUPON_MYSQL_PASSWORD_FILE"));
    std::getline(file, options.password);
    return options;
}

RawMysql::RawMysql(const MysqlOptions& options) {
    auto connection = MysqlConnection::open(options, soon());
    if (!connection) throw std::runtime_error(connection.fault().text());
    connection_ = std::move(*connection);
    connection_->set_deadline(Deadline::max());
}

void RawMysql::run(const std::string& sql) {
    if (auto done = connection_->run(sql); !done) throw std::runtime_error(sql + ": " + done.fault().text());
}

unsigned RawMysql::error_of(const std::string& sql) {
    return connection_->run(sql) ? 0 : connection_->last_error();
}

std::vector<std::string> RawMysql::column(const std::string& sql) {
    std::vector<std::string> values;
    auto read = connection_->select(sql, {}, [&](const Row& row) { values.push_back(row.words(0)); });
    if (!read) throw std::runtime_error(sql + ": " + read.fault().text());
    return values;
}

std::string RawMysql::value(const std::string& sql) {
    const auto values = column(sql);
    REQUIRE(values.size() == 1);
    return values.front();
}

bool RawMysql::is_mariadb() const {
    return connection_->is_mariadb();
}

LiveDatabase::LiveDatabase(Tables tables) : options_(live_mysql()) {
    auto name = options_.database + "_" + fresh_name("test");
    std::replace(name.begin(), name.end(), '-', '_');
    RawMysql(options_).run("CREATE DATABASE " + name);
    options_.database = name;
    if (tables == Tables::none) return;
    const auto created = open_ledger(options_, "any", "any")->create_schema(soon());
    REQUIRE_MESSAGE(created, told(created));
}

LiveDatabase::~LiveDatabase() {
    try {
        RawMysql(live_mysql()).run("DROP DATABASE " + options_.database);
    } catch (const std::exception& left_behind) {
        MESSAGE("database " << options_.database << " is left behind: " << left_behind.what());
    }
}

std::unique_ptr<Ledger> MysqlBench::ledger(const std::string& event, const std::string& topic) {
    return open_ledger(options_, event, topic);
}

void MysqlBench::refuse(std::optional<std::int64_t> user) {
    RawMysql(options_).run("CREATE TRIGGER refuse BEFORE INSERT ON coupon FOR EACH ROW IF " +
                           (user ? "NEW.user_id = " + std::to_string(*user) : std::string("TRUE")) +
                           " THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not this user'; END IF");
}

void MysqlBench::refuse_none() {
    RawMysql(options_).run("DROP TRIGGER refuse");
}

std::unique_ptr<Ledger> open_ledger(const MysqlOptions& options, const std::string& event, const std::string& topic) {
    auto ledger = open_mysql_ledger(options, *EventName::parse(event), topic);
    if (!ledger) throw std::runtime_error(ledger.fault().text());
    return std::move(*ledger);
}

std::vector<std::string> connections_of(RawMysql& raw) {
    return raw.column("SELECT id FROM information_schema.PROCESSLIST WHERE db = DATABASE() AND id <> CONNECTION_ID() ORDER BY id");
}

} // namespace coupon
