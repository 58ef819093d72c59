#include "gate/gate_asking.hpp"
#include "gate/live_redis.hpp"
#include "gate/scripted_server.hpp"

#include <doctest/doctest.h>

#include <chrono>

TEST_SUITE_BEGIN("gate/redis_login");

using namespace coupon;

namespace {

/// All three doors to a gate meet the same fault; the gate's is the answer.
Fault fault_of_opening(const RedisOptions& options) {
    const auto event = fresh_event();
    const auto gate = open_redis_gate(options, event, 2);
    const auto reader = open_redis_gate_reader(options, event);
    const auto keeper = open_redis_gate_keeper(options, event);
    REQUIRE_FALSE(gate);
    REQUIRE_FALSE(reader);
    REQUIRE_FALSE(keeper);
    CHECK(reader.fault().text() == gate.fault().text());
    CHECK(keeper.fault().text() == gate.fault().text());
    CHECK(reader.fault().kind == gate.fault().kind);
    CHECK(keeper.fault().kind == gate.fault().kind);
    return gate.fault();
}

struct Login {
    const char* what;
    std::string answer;
    FaultKind kind;
    const char* says; ///< part of the text
};

} // namespace

TEST_CASE("where nothing listens the fault names server, address and remedy") {
    const DeadPort dead;
    RedisOptions options;
    options.port = dead.port();
    const auto fault = fault_of_opening(options);
    CHECK(fault.kind == FaultKind::unreachable);
    CHECK(fault.text() == "cannot connect to redis at 127.0.0.1:" + std::to_string(dead.port()) +
                              ": connection refused; start it, or correct --redis: redis-cli -u redis://127.0.0.1:" +
                              std::to_string(dead.port()) + " PING tells whether it answers");
}

TEST_CASE("a name that does not exist is unreachable and named") {
    RedisOptions options;
    options.host = "no-such-host.invalid";
    const auto fault = fault_of_opening(options);
    CHECK(fault.kind == FaultKind::unreachable);
    CHECK(fault.message.find("no-such-host.invalid:6379") != std::string::npos);
}

TEST_CASE("a server that accepts and never answers is unreachable, within the timeout") {
    struct Silence {
        const char* what;
        ScriptedServer::Script script;
    };
    const std::string half = "+OK\r\n$32\r\n# Server\r\nredis_ver";
    const std::array silences{
        Silence{"says nothing", [](ScriptedPeer& peer) { peer.be_silent(); }},
        Silence{"half a reply",
                [&](ScriptedPeer& peer) {
                    peer.say(half);
                    peer.be_silent();
                }},
        Silence{"one byte at a time", [](ScriptedPeer& peer) { peer.drip("+OK" + std::string(500, ' ') + "\r\n", 10); }},
    };
    for (const auto& silence : silences) {
        CAPTURE(silence.what);
        const ScriptedServer server({silence.script});
        const auto begin = std::chrono::steady_clock::now();
        const auto keeper = open_redis_gate_keeper(server.options(), fresh_event());
        const auto took = std::chrono::steady_clock::now() - begin;
        REQUIRE_FALSE(keeper);
        CHECK(keeper.fault().kind == FaultKind::unreachable);
        CHECK(keeper.fault().text() ==
              "cannot connect to redis at 127.0.0.1:" + std::to_string(server.port()) +
                  ": it accepts but does not answer, for 400 ms; start it, or correct --redis: redis-cli -u redis://127.0.0.1:" +
                  std::to_string(server.port()) + " PING tells whether it answers");
        CHECK(took >= Milliseconds(390));
        CHECK(took < Milliseconds(3000));
    }
}

TEST_CASE("what answers a login decides the fault") {
    const std::vector<Login> logins{
        {"a web server", "HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n", FaultKind::unsupported, "is not a Redis server"},
        {"a MySQL server", std::string("J\0\0\0\n5.5.5-10.11", 15), FaultKind::unsupported, "is not a Redis server"},
        {"something that only says OK", "+OK\r\n+OK\r\n", FaultKind::unsupported, "is not a Redis server"},
        {"something with another version text", "+OK\r\n$5\r\nhello\r\n", FaultKind::unsupported, "is not a Redis server"},
        {"an old server", "+OK\r\n$20\r\nredis_version:6.2.7\r\n\r\n", FaultKind::unsupported, "is version 6.2.7"},
        {"one that wants a password", "-NOAUTH Authentication required.\r\n", FaultKind::denied, "--redis-password-file"},
        {"one in protected mode", "-DENIED Redis is running in protected mode\r\n", FaultKind::denied, "protected mode"},
        {"one with too many clients", "-ERR max number of clients reached\r\n", FaultKind::refused, "maxclients"},
        {"one with a renamed command", "+OK\r\n-ERR unknown command 'INFO', with args beginning with: 'server'\r\n", FaultKind::unsupported,
         "rename-command"},
        {"one that loads", "-LOADING Redis is loading the dataset in memory\r\n", FaultKind::refused, "PING answers PONG then"},
        {"terminal codes", "-ERR \x1b[2J\r\n", FaultKind::refused, "\\x1b[2J"},
        {"one that closes", "", FaultKind::unreachable, "PING tells whether it answers"},
    };
    for (const auto& login : logins) {
        CAPTURE(login.what);
        const ScriptedServer server({[&](ScriptedPeer& peer) {
            peer.hear("INFO\r\n$6\r\nserver\r\n");
            peer.say(login.answer);
        }});
        const auto fault = fault_of_opening(server.options(Milliseconds(3000)));
        CHECK(std::string(name_of(fault.kind)) == name_of(login.kind));
        CHECK_MESSAGE(fault.text().find(login.says) != std::string::npos, fault.text());
        CHECK(fault.text().find("127.0.0.1:" + std::to_string(server.port())) != std::string::npos);
    }
}

TEST_CASE("an account that may not set its connection's name works all the same") {
    const ScriptedServer server({[](ScriptedPeer& peer) {
        peer.hear("INFO\r\n$6\r\nserver\r\n");
        peer.say("-NOPERM this user has no permissions to run the 'client|setname' command\r\n");
        peer.say("$20\r\nredis_version:7.2.0\r\n\r\n");
        peer.be_silent();
    }});
    CHECK(open_redis_gate_keeper(server.options(), fresh_event()));
}

TEST_CASE("a server that hides CLIENT is used without a name for its connections") {
    const ScriptedServer server({[](ScriptedPeer& peer) {
        peer.hear("INFO\r\n$6\r\nserver\r\n");
        peer.say("-ERR unknown command 'CLIENT', with args beginning with: 'SETNAME' 'coupon'\r\n");
        peer.say("$20\r\nredis_version:7.2.0\r\n\r\n");
        peer.be_silent();
    }});
    CHECK(open_redis_gate_keeper(server.options(), fresh_event()));
}

TEST_CASE("an account without INFO learns that together with its other missing rights") {
    const ScriptedServer server({[](ScriptedPeer& peer) {
        peer.hear("INFO\r\n$6\r\nserver\r\n");
        peer.say("+OK\r\n-NOPERM this user has no permissions to run the 'info' command\r\n");
        peer.hear("evalsha_ro");
        peer.say("*2\r\n$1\r\n4\r\n$1\r\n8\r\n"); // places in the list of rights that were asked for
        peer.be_silent();
    }});
    const auto reader = open_redis_gate_reader(server.options(), *EventName::parse("spring"), Account::audit);
    REQUIRE_FALSE(reader);
    CHECK(reader.fault().kind == FaultKind::denied);
    CHECK(reader.fault().message.ends_with(": the account default lacks hmget on coupon:{spring}, info"));
    CHECK(reader.fault().hint.starts_with("coupon-audit needs: ACL SETUSER default %R~coupon:* +evalsha_ro "));
}

TEST_CASE("a gate without connections is refused") {
    const auto gate = open_redis_gate({}, fresh_event(), 0);
    REQUIRE_FALSE(gate);
    CHECK(gate.fault().kind == FaultKind::usage);
}

TEST_SUITE_END();
