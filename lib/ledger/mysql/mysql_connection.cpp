#include "ledger/mysql/mysql_connection.hpp"

#include "core/escape.hpp"
#include "ledger/mysql/mysql_statements.hpp"

#include <errmsg.h>
#include <poll.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <mutex>

namespace coupon {

namespace {

constexpr unsigned long oldest_mariadb = 101100;
constexpr unsigned long oldest_mysql = 80016; // the first that enforces CHECK

/// Ways to log in that never tell the password, only that the client knows it.
constexpr auto proving_logins = "mysql_native_password,client_ed25519";
/// These can make the client tell the password to the server, encrypted with a key that the server itself has sent unless its own is known.
constexpr auto private_logins = "mysql_native_password,client_ed25519,caching_sha2_password,sha256_password";

/// Of what a server says with an error.
constexpr std::size_t longest_words = 300;

/// Longer packets are not read into memory.
constexpr unsigned long largest_packet = 64UL * 1024 * 1024;

void set(MYSQL* mysql, mysql_option option, unsigned value) {
    mysql_options(mysql, option, &value);
}

void set_options(MYSQL* mysql, const MysqlOptions& options) {
    mysql_options(mysql, MYSQL_OPT_NONBLOCK, nullptr);
    // wait() bounds every call, to the millisecond. These, in whole seconds, are for the few that do not come through it: closing a
    // statement or the connection.
    const auto seconds = static_cast<unsigned>(std::chrono::ceil<std::chrono::seconds>(options.timeout).count()) + 1;
    set(mysql, MYSQL_OPT_CONNECT_TIMEOUT, seconds);
    set(mysql, MYSQL_OPT_READ_TIMEOUT, seconds);
    set(mysql, MYSQL_OPT_WRITE_TIMEOUT, seconds);
    // "localhost" would mean the default Unix socket, whatever port was asked for.
    set(mysql, MYSQL_OPT_PROTOCOL, MYSQL_PROTOCOL_TCP);
    // A server may ask the client for any of its files otherwise.
    set(mysql, MYSQL_OPT_LOCAL_INFILE, 0);
    // A silent reconnect drops the open transaction and goes on outside of it.
    const my_bool no = 0;
    mysql_options(mysql, MYSQL_OPT_RECONNECT, &no);
    mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    // Else a server may ask for the password in clear text.
    mysql_options(mysql, MARIADB_OPT_RESTRICTED_AUTH, options.is_private() ? private_logins : proving_logins);
    mysql_options(mysql, MYSQL_OPT_MAX_ALLOWED_PACKET, &largest_packet);
}

} // namespace

MysqlConnection::MysqlConnection(const MysqlOptions& options) : options_(options), address_(options.address()) {
    // mysql_init() does this too, but not safely when two threads come first.
    static std::once_flag initialised;
    std::call_once(initialised, [] { mysql_server_init(0, nullptr, nullptr); });
    mysql_.reset(mysql_init(nullptr));
    if (mysql_ == nullptr) throw std::bad_alloc();
    set_options(mysql_.get(), options_);
}

Result<std::unique_ptr<MysqlConnection>> MysqlConnection::open(const MysqlOptions& options, Deadline deadline) {
    std::unique_ptr<MysqlConnection> connection(new MysqlConnection(options));
    connection->set_deadline(std::min(deadline, Deadline::clock::now() + options.timeout));
    if (auto connected = connection->connect(); !connected) return connected.fault();
    if (auto ready = connection->prepare_session(); !ready) return ready.fault();
    return connection;
}

Status MysqlConnection::connect() {
    if (!options_.server_key.empty()) {
        auto key = MysqlServerKey::make(options_.server_key);
        if (!key) return key.fault();
        server_key_ = std::move(*key);
        mysql_options(mysql_.get(), MYSQL_SERVER_PUBLIC_KEY, server_key_->path().c_str());
    }
    MYSQL* connected = nullptr;
    await(
        [&] {
            // Neither flag: CLIENT_MULTI_STATEMENTS would let a value smuggle in a second statement, CLIENT_FOUND_ROWS changes counts. The
            // password is never a null pointer, which would mean the environment's MYSQL_PWD.
            return mysql_real_connect_start(&connected, mysql_.get(), options_.host.c_str(), options_.user.c_str(),
                                            options_.password.c_str(), options_.database.c_str(), static_cast<unsigned>(options_.port),
                                            nullptr, 0);
        },
        [&](int events) { return mysql_real_connect_cont(&connected, mysql_.get(), events); });
    if (connected == nullptr) return fault(mysql_errno(mysql_.get()), mysql_error(mysql_.get()), Moment::connecting);

    mariadb_ = mariadb_connection(mysql_.get()) != 0;
    const auto version = mysql_get_server_version(mysql_.get());
    if (version >= (mariadb_ ? oldest_mariadb : oldest_mysql)) return Done{};
    return Fault{FaultKind::unsupported, "the server at " + address_ + " is too old: " + escape(mysql_get_server_info(mysql_.get())),
                 "install MySQL 8.0.16 or MariaDB 10.11, or newer"};
}

Status MysqlConnection::prepare_session() {
    if (auto set = run(statement("session"), Moment::connecting); !set) return set;
    const auto* const own = mariadb_ ? "session_mariadb" : "session_mysql";
    if (auto set = run(statement(own), Moment::connecting); !set) return set;
    return run(statement("session_isolation"), Moment::connecting);
}

Deadline MysqlConnection::statement_deadline() const {
    return std::min(deadline_, Deadline::clock::now() + options_.timeout);
}

template <class Start, class Continue>
void MysqlConnection::await(Start start, Continue go_on) {
    assert(!lost_);
    timed_out_ = false;
    int events = start();
    // Most rows of a long answer are there already: the clock is not asked for each.
    if (events == 0) return;
    const Deadline until = statement_deadline();
    asked_at_ = Deadline::clock::now();
    while (events != 0)
        events = go_on(wait(events, until));
}

int MysqlConnection::wait(int events, Deadline until) {
    pollfd waiting{};
    waiting.fd = mysql_get_socket(mysql_.get());
    if ((events & MYSQL_WAIT_READ) != 0) waiting.events |= POLLIN;
    if ((events & MYSQL_WAIT_WRITE) != 0) waiting.events |= POLLOUT;
    if ((events & MYSQL_WAIT_EXCEPT) != 0) waiting.events |= POLLPRI;
    for (;;) {
        const auto left = std::chrono::ceil<Milliseconds>(until - Deadline::clock::now());
        const auto most = std::clamp<std::int64_t>(left.count(), 0, 3'600'000);
        const int ready = poll(&waiting, 1, static_cast<int>(most));
        // A signal is none of the connection's business: the open transaction is finished first.
        if (ready < 0 && errno == EINTR) continue;
        if (ready == 0 && left.count() > most) continue;
        if (ready <= 0) {
            timed_out_ = true;
            return MYSQL_WAIT_TIMEOUT;
        }
        // An end or an error of the connection shows in whatever is done next.
        if ((waiting.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) return events & ~MYSQL_WAIT_TIMEOUT;
        int happened = 0;
        if ((waiting.revents & POLLIN) != 0) happened |= MYSQL_WAIT_READ;
        if ((waiting.revents & POLLOUT) != 0) happened |= MYSQL_WAIT_WRITE;
        if ((waiting.revents & POLLPRI) != 0) happened |= MYSQL_WAIT_EXCEPT;
        return happened;
    }
}

Fault MysqlConnection::fault(unsigned code, const std::string& text, Moment moment) {
    last_error_ = code;
    last_words_ = "error " + std::to_string(code) + ": " + escape(text, longest_words);
    // After a timeout the answer may still come, and would be read as that of the next statement.
    if (timed_out_ || ends_connection(code) || moment == Moment::connecting) lost_ = true;
    if (timed_out_) {
        return mysql_silent(moment, address_, std::chrono::floor<Milliseconds>(Deadline::clock::now() - asked_at_).count());
    }
    return mysql_fault(code, text, moment, address_);
}

Fault MysqlConnection::fault_of(MYSQL_STMT* statement) {
    // Where the error comes instead of rows, as after a lock wait, Connector/C keeps it for the connection only.
    if (mysql_stmt_errno(statement) == 0) return fault(mysql_errno(mysql_.get()), mysql_error(mysql_.get()), Moment::asking);
    return fault(mysql_stmt_errno(statement), mysql_stmt_error(statement), Moment::asking);
}

Status MysqlConnection::run(const std::string& sql, Moment moment) {
    int failed = 0;
    await([&] { return mysql_real_query_start(&failed, mysql_.get(), sql.data(), sql.size()); },
          [&](int events) { return mysql_real_query_cont(&failed, mysql_.get(), events); });
    if (failed != 0) return fault(mysql_errno(mysql_.get()), mysql_error(mysql_.get()), moment);
    if (mysql_field_count(mysql_.get()) != 0) return wrong_answer("rows, where none were asked for");
    return Done{};
}

Result<MYSQL_STMT*> MysqlConnection::prepared(const std::string& sql) {
    if (const auto known = statements_.find(sql); known != statements_.end()) return known->second.get();
    Statement fresh(mysql_stmt_init(mysql_.get()));
    if (fresh == nullptr) throw std::bad_alloc();
    int failed = 0;
    await([&] { return mysql_stmt_prepare_start(&failed, fresh.get(), sql.data(), sql.size()); },
          [&](int events) { return mysql_stmt_prepare_cont(&failed, fresh.get(), events); });
    if (failed != 0) return fault_of(fresh.get());
    return statements_.emplace(sql, std::move(fresh)).first->second.get();
}

Status MysqlConnection::look_at(const std::string& sql) {
    const auto looked = prepared(sql);
    if (!looked) return looked.fault();
    statements_.erase(sql);
    return Done{};
}

Result<MYSQL_STMT*> MysqlConnection::execute(const std::string& sql, std::span<const Value> values) {
    auto statement = prepared(sql);
    if (!statement) return statement;
    if (mysql_stmt_param_count(*statement) != values.size()) return wrong_answer("another number of values than the statement has");
    Parameters parameters(values);
    int failed = !values.empty() && mysql_stmt_bind_param(*statement, parameters.binds()) != 0 ? 1 : 0;
    if (failed == 0) {
        await([&] { return mysql_stmt_execute_start(&failed, *statement); },
              [&](int events) { return mysql_stmt_execute_cont(&failed, *statement, events); });
    }
    if (failed != 0) return fault_of(*statement);
    return statement;
}

Fault MysqlConnection::wrong_answer(const std::string& what) {
    // What else is on its way would be taken for the next statement's answer.
    lost_ = true;
    last_error_ = 0;
    return {FaultKind::corrupt, "mysql at " + address_ + " gave a wrong answer: it has " + what,
            "correct that value, or restore it from a backup; " + std::string(other_tables_hint)};
}

Status MysqlConnection::fetch_all(MYSQL_STMT* statement, const std::function<void(const Row&)>& take) try {
    Row row(statement);
    if (mysql_stmt_bind_result(statement, row.binds()) != 0) return fault_of(statement);
    for (;;) {
        int fetched = 0;
        await([&] { return mysql_stmt_fetch_start(&fetched, statement); },
              [&](int events) { return mysql_stmt_fetch_cont(&fetched, statement, events); });
        if (fetched == MYSQL_NO_DATA) return Done{};
        if (fetched != 0 && fetched != MYSQL_DATA_TRUNCATED) {
            if (mysql_stmt_errno(statement) == CR_NET_PACKET_TOO_LARGE) return wrong_answer("a row longer than 64 MiB");
            return fault_of(statement);
        }
        row.complete();
        take(row);
    }
} catch (const WrongCell& wrong) {
    return wrong_answer(wrong.what);
}

Status MysqlConnection::select(const std::string& sql, std::span<const Value> values, const std::function<void(const Row&)>& take) {
    auto statement = execute(sql, values);
    if (!statement) return statement.fault();
    auto fetched = fetch_all(*statement, take);
    // Rows left unread would be taken for the next statement's answer.
    if (!fetched) lost_ = true;
    return fetched;
}

Result<std::int64_t> MysqlConnection::change(const std::string& sql, std::span<const Value> values) {
    auto statement = execute(sql, values);
    if (!statement) return statement.fault();
    const auto changed = mysql_stmt_affected_rows(*statement);
    if (mysql_stmt_warning_count(*statement) != 0) return stored_otherwise();
    return static_cast<std::int64_t>(changed);
}

Result<std::string> MysqlConnection::first_warning() {
    // MySQL cannot prepare it.
    constexpr std::string_view sql = "SHOW WARNINGS LIMIT 1";
    int failed = 0;
    await([&] { return mysql_real_query_start(&failed, mysql_.get(), sql.data(), sql.size()); },
          [&](int events) { return mysql_real_query_cont(&failed, mysql_.get(), events); });
    if (failed != 0) return fault(mysql_errno(mysql_.get()), mysql_error(mysql_.get()), Moment::asking);
    MYSQL_RES* stored = nullptr;
    await([&] { return mysql_store_result_start(&stored, mysql_.get()); },
          [&](int events) { return mysql_store_result_cont(&stored, mysql_.get(), events); });
    const std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)> result(stored, &mysql_free_result);
    if (result == nullptr) return fault(mysql_errno(mysql_.get()), mysql_error(mysql_.get()), Moment::asking);
    constexpr unsigned columns = 3; // level, number, words
    const MYSQL_ROW row = mysql_num_fields(result.get()) == columns ? mysql_fetch_row(result.get()) : nullptr;
    if (row == nullptr || row[1] == nullptr || row[2] == nullptr) return std::string("it does not say of what");
    return std::string(row[1]) + ": " + row[2];
}

Fault MysqlConnection::stored_otherwise() {
    const auto said = first_warning();
    if (!said) return said.fault();
    last_error_ = 0;
    last_words_ = "warning " + escape(*said, longest_words);
    return {FaultKind::corrupt, "mysql at " + address_ + " warned of what it was to write (" + escape(*said) + "), nothing was written",
            "its tables have a column or a trigger that lib/ledger/schema.sql does not: SHOW CREATE TABLE coupon_round; SHOW CREATE TABLE "
            "coupon; SHOW TRIGGERS"};
}

} // namespace coupon
