#include "ledger/live_mysql.hpp"
#include "ledger/packet_relay.hpp"
#include "tools/loopback_server.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace coupon;
using Trick = PacketRelay::Trick;

namespace {

const auto event = *EventName::parse("coupon");

/// The fault of opening a ledger at these options, which must come in time and must not tell the password.
Fault fault_of(const MysqlOptions& options) {
    const auto start = Deadline::clock::now();
    const auto ledger = open_mysql_ledger(options, event, "coupon_create");
    const auto took = std::chrono::duration_cast<Milliseconds>(Deadline::clock::now() - start);
    REQUIRE_FALSE(ledger);
    CHECK(took <= options.timeout + Milliseconds(1000));
    const auto text = ledger.fault().text();
    CAPTURE(text);
    CHECK(text.find(options.address()) != std::string::npos);
    CHECK_FALSE(ledger.fault().hint.empty());
    if (!options.password.empty()) CHECK(text.find(options.password) == std::string::npos);
    return ledger.fault();
}

MysqlOptions at_port(int port) {
    auto options = live_mysql();
    options.port = port;
    options.timeout = Milliseconds(600);
    return options;
}

/// A port of 127.0.0.1 whose queue is full: whoever connects waits for ever.
class FullPort {
public:
    FullPort() {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(bind(open_socket(0), generic, size) == 0);
        REQUIRE(listen(handles_.front(), 0) == 0);
        REQUIRE(getsockname(handles_.front(), generic, &size) == 0);
        port_ = ntohs(address.sin_port);
        for (int i = 0; i < 4; ++i)
            static_cast<void>(connect(open_socket(SOCK_NONBLOCK), generic, size)); // in progress, or queued already
    }
    FullPort(const FullPort&) = delete;
    FullPort& operator=(const FullPort&) = delete;
    ~FullPort() {
        for (const int handle : handles_)
            close(handle);
    }

    [[nodiscard]] int port() const { return port_; }

private:
    int open_socket(int flags) {
        handles_.push_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
        REQUIRE(handles_.back() >= 0);
        return handles_.back();
    }

    std::vector<int> handles_;
    int port_ = 0;
};

} // namespace

TEST_SUITE_BEGIN("live/ledger/mysql_login");

TEST_CASE("a port where nobody listens is unreachable") {
    CHECK(fault_of(at_port(dead_port())).kind == FaultKind::unreachable);
}

TEST_CASE("a host that does not exist is unreachable") {
    auto options = live_mysql();
    options.host = "no-such-host.invalid";
    CHECK(fault_of(options).kind == FaultKind::unreachable);
}

TEST_CASE("a server that never accepts is unreachable, in time") {
    const FullPort full;
    const auto fault = fault_of(at_port(full.port()));
    CHECK(fault.kind == FaultKind::unreachable);
    CHECK(fault.message.find("no answer within") != std::string::npos);
}

TEST_CASE("a server that accepts and never answers is unreachable, in time") {
    const LoopbackServer silent("");
    const auto fault = fault_of(at_port(silent.port()));
    CHECK(fault.kind == FaultKind::unreachable);
    CHECK(fault.message.find("no answer within") != std::string::npos);
}

TEST_CASE("a web server is unreachable: what it says is no greeting") {
    const LoopbackServer web(http_greeting);
    CHECK(fault_of(at_port(web.port())).kind == FaultKind::unreachable);
}

TEST_CASE("a server that falls silent within the login is unreachable, in time") {
    for (const std::string text : {"mysql_native_password", "SET SESSION sql_mode", "SET SESSION TRANSACTION"}) {
        CAPTURE(text);
        PacketRelay relay(live_mysql().port);
        relay.play(Trick::hang, text);
        CHECK(fault_of(at_port(relay.port())).kind == FaultKind::unreachable);
        CHECK(relay.has_played());
    }
}

TEST_CASE("a wrong password is denied, and not told") {
    auto options = live_mysql();
    options.password = "canary-e5b1";
    CHECK(fault_of(options).kind == FaultKind::denied);
}

TEST_CASE("an unknown user is denied") {
    auto options = live_mysql();
    options.user = "nobody";
    CHECK(fault_of(options).kind == FaultKind::denied);
}

TEST_CASE("no password means none, not the one of the environment") {
    auto options = live_mysql();
    ::setenv("MYSQL_PWD", options.password.c_str(), 1);
    options.password.clear();
    CHECK(fault_of(options).kind == FaultKind::denied);
    ::unsetenv("MYSQL_PWD");
}

TEST_CASE("localhost is the port that was asked for, not a socket somewhere") {
    auto options = at_port(dead_port());
    options.host = "localhost";
    const auto fault = fault_of(options);
    CHECK(fault.kind == FaultKind::unreachable);
    CHECK(fault.message.find(".sock") == std::string::npos);
}

TEST_CASE("a database that does not exist is missing, one of others is denied") {
    auto options = live_mysql();
    options.database = "coupon_never_made";
    const auto missing = fault_of(options);
    CHECK(missing.kind == FaultKind::missing);
    CHECK(missing.hint.find("coupon-reset") != std::string::npos);
    options.database = "mysql";
    CHECK(fault_of(options).kind == FaultKind::denied);
}

TEST_CASE("too many connections is refused for now") {
    PacketRelay relay(live_mysql().port);
    relay.answer_error(1040, "mysql_native_password");
    CHECK(fault_of(at_port(relay.port())).kind == FaultKind::refused);
}

TEST_CASE("an older server is unsupported") {
    const auto version = RawMysql(live_mysql()).value("SELECT VERSION()");
    const std::vector<std::pair<std::string, std::string>> releases{{"10.11.", "10.06."}, {"11.8.", "10.6."}, {"8.0.", "5.7."}};
    const auto release = std::find_if(releases.begin(), releases.end(), [&](const auto& one) { return version.starts_with(one.first); });
    REQUIRE_MESSAGE(release != releases.end(), version);
    PacketRelay relay(live_mysql().port);
    relay.rewrite(release->first, release->second);
    const auto fault = fault_of(at_port(relay.port()));
    CHECK(fault.kind == FaultKind::unsupported);
    CHECK(fault.message.find(release->second) != std::string::npos);
}

TEST_CASE("a server that may forget what it committed is unsupported for a ledger, good enough for a reader") {
    for (const auto& [from, to] : {std::pair("@@global.innodb_flush_log_at_trx_commit", "2                                      "),
                                   std::pair("@@global.log_bin, @@global.sync_binlog", "1, 0                                  ")}) {
        CAPTURE(std::string(from));
        PacketRelay relay(live_mysql().port);
        relay.rewrite(from, to);
        const auto options = at_port(relay.port());
        CHECK(fault_of(options).kind == FaultKind::unsupported);
        CHECK(open_mysql_ledger_reader(options, event, "coupon_create"));
    }
}

TEST_CASE("a server that asks for the password in clear text does not get it") {
    const auto password = live_mysql().password;
    for (const std::string plugin : {"mysql_clear_password", "dialog"}) {
        CAPTURE(plugin);
        PacketRelay relay(live_mysql().port);
        relay.play(Trick::answer_instead, "mysql_native_password", "\xfe" + plugin + '\0' + "Password: ");
        CHECK(fault_of(at_port(relay.port())).kind == FaultKind::denied);
        CHECK(relay.sent_by_clients().find(password) == std::string::npos);
    }
}

TEST_CASE("a server that asks for a file does not get it") {
    const std::string path = "/tmp/" + fresh_name("coupon-canary");
    std::ofstream(path) << "canary-93c7";
    PacketRelay relay(live_mysql().port);
    relay.play(Trick::answer_instead, "SET SESSION sql_mode", "\xfb" + path);
    const auto ledger = open_mysql_ledger(at_port(relay.port()), event, "coupon_create");
    CHECK_FALSE(ledger);
    CHECK(relay.has_played());
    CHECK(relay.sent_by_clients().find("canary-93c7") == std::string::npos);
    ::unlink(path.c_str());
}

TEST_SUITE_END();
