#include "cli/options/server_url.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace coupon;

TEST_SUITE_BEGIN("cli/server_url");

TEST_CASE("a Redis URL names host, port, database and user") {
    struct Row {
        std::string text;
        RedisUrl url;
    };
    for (const auto& [text, url] : std::vector<Row>{{"redis://127.0.0.1:6380/2", {"127.0.0.1", 6380, 2, ""}},
                                                    {"redis://gate", {"gate", 6379, 0, ""}},
                                                    {"redis://gate/", {"gate", 6379, 0, ""}},
                                                    {"redis://apply@gate.example:1/0", {"gate.example", 1, 0, "apply"}},
                                                    {"redis://[::1]:6379/0", {"::1", 6379, 0, ""}},
                                                    {"redis://[::1]", {"::1", 6379, 0, ""}}}) {
        CAPTURE(text);
        const auto parsed = parse_redis_url(text);
        REQUIRE(parsed);
        CHECK(parsed->host == url.host);
        CHECK(parsed->port == url.port);
        CHECK(parsed->database == url.database);
        CHECK(parsed->user == url.user);
    }
}

TEST_CASE("anything else is refused, and says what is allowed") {
    for (const char* text :
         {"", "redis", "redis://", "gate:6379", "http://gate:80", "redis://gate:0/0", "redis://gate:65536/0", "redis://gate:/0",
          "redis://gate:6379/x", "redis://gate:6379/-1", "redis://gate:6379/0/1", "redis://gate:6379/0?x=1", "redis://a b/0",
          "redis://@gate/0", "redis://[::1/0", "redis://::1/0", "REDIS://gate/0", "redis://gate\n/0", "redis://gate:06379/0"}) {
        CAPTURE(text);
        const auto parsed = parse_redis_url(text);
        REQUIRE_FALSE(parsed);
        CHECK(parsed.fault().kind == FaultKind::usage);
        CHECK(parsed.fault().message.find("redis://host:port/database") != std::string::npos);
    }
}

TEST_CASE("rediss is refused with a way out, never spoken in clear text") {
    const auto parsed = parse_redis_url("rediss://gate:6380/0");
    REQUIRE_FALSE(parsed);
    CHECK(parsed.fault().message.find("stunnel") != std::string::npos);
}

TEST_CASE("a MySQL URL names host, port, user and database") {
    const auto full = parse_mysql_url("mysql://worker@db:3307/promo");
    REQUIRE(full);
    CHECK(full->host == "db");
    CHECK(full->port == 3307);
    CHECK(full->user == "worker");
    CHECK(full->database == "promo");
    const auto least = parse_mysql_url("mysql://db");
    REQUIRE(least);
    CHECK(least->port == 3306);
    CHECK_FALSE(least->user);
    CHECK_FALSE(least->database);
    for (const char* text :
         {"", "mysql://", "postgres://db/x", "mysql://db:x/y", "mysql://db/a b", "mysql://db/a/b", "mysql://db:3306/x?y"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_mysql_url(text));
    }
}

TEST_CASE("a URL that holds a password is refused without repeating it") {
    for (const char* text :
         {"redis://:canary@gate:6379/0", "redis://apply:canary@gate/0", "redis://apply:canary/x@gate/0", "http://u:canary@gate"}) {
        CAPTURE(text);
        const auto parsed = parse_redis_url(text);
        REQUIRE_FALSE(parsed);
        CHECK(parsed.fault().message.find("canary") == std::string::npos);
        CHECK(parsed.fault().message.find("--redis-password-file") != std::string::npos);
    }
    const auto mysql = parse_mysql_url("mysql://coupon:canary@db/coupon");
    REQUIRE_FALSE(mysql);
    CHECK(mysql.fault().message.find("canary") == std::string::npos);
    CHECK(mysql.fault().message.find("--mysql-password-file") != std::string::npos);
    const auto brokers = parse_brokers("coupon:canary@broker:9092");
    REQUIRE_FALSE(brokers);
    CHECK(brokers.fault().message.find("canary") == std::string::npos);
}

TEST_CASE("brokers are a list of hosts and ports") {
    for (const char* text : {"127.0.0.1:9092", "a:1,b:2,c", "[::1]:9092", "broker"}) {
        CAPTURE(text);
        const auto brokers = parse_brokers(text);
        REQUIRE(brokers);
        CHECK(*brokers == text);
    }
    for (const char* text : {"", ",", "a:1,", "a:1,,b:1", "a:port", "a:0", "a:65536", "a b", "kafka://a:1", "a:1, b:1"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_brokers(text));
    }
}

TEST_SUITE_END();
