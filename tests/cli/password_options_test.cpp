#include "cli/options/kafka_options.hpp"
#include "cli/options/mysql_options.hpp"
#include "cli/options/redis_options.hpp"
#include "cli/scratch_folder.hpp"
#include "cli/usage_error.hpp"
#include "fakes/some_public_key.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace coupon;

TEST_SUITE_BEGIN("cli/password_options");

namespace {

using Words = std::vector<std::string>;

/// What the options of the three servers make of some words.
struct Read {
    explicit Read(const Words& words) {
        const ScratchFolder folder;
        const ScratchVariable home("HOME", folder.path("nowhere"));
        CommandLine line({"coupon-sample", "[options]", "About.", "", ""});
        const auto warn = [this](const std::string& sentence) { warnings.push_back(sentence); };
        add_redis_options(line, redis, timeout, warn);
        add_kafka_options(line, kafka, wish, event, timeout, warn);
        add_mysql_options(line, mysql, timeout, warn);
        try {
            static_cast<void>(line.parse(words));
        } catch (const UsageError& error) {
            refusal = error.what();
        }
    }

    TimeoutOptions timeout;
    RedisOptions redis;
    KafkaOptions kafka;
    TopicWish wish;
    EventName event = EventName::parse("coupon").value();
    MysqlOptions mysql;
    Words warnings;
    std::string refusal;
};

} // namespace

TEST_CASE("a Redis password that leaves this machine is warned of once, no other is") {
    const ScratchFolder folder;
    const auto file = folder.file("password", "secret\n");
    struct Row {
        Words words;
        std::size_t warnings;
    };
    for (const auto& [words, count] : std::vector<Row>{
             {{"--redis", "redis://10.0.0.1:6379/0", "--redis-password-file", file}, 1},
             {{"--redis", "redis://redis.example.com/0", "--redis-password-file", file}, 1},
             {{"--redis", "redis://127.0.0.1:6379/0", "--redis-password-file", file}, 0},
             {{"--redis", "redis://[::1]:6379/0", "--redis-password-file", file}, 0},
             {{"--redis-password-file", file}, 0},
             {{"--redis", "redis://10.0.0.1:6379/0"}, 0},
         }) {
        const Read read(words);
        CAPTURE(words.front());
        CHECK(read.refusal.empty());
        REQUIRE(read.warnings.size() == count);
        if (count > 0) CHECK(read.warnings.front().find("the Redis password goes to " + read.redis.host + " in clear text") == 0);
        for (const auto& warning : read.warnings)
            CHECK(warning.find("secret") == std::string::npos);
    }
}

TEST_CASE("a Kafka password that PLAIN tells without TLS is warned of once, where a broker is not on this machine") {
    const ScratchFolder folder;
    const auto file = folder.file("password", "secret\n");
    struct Row {
        std::string brokers;
        std::string protocol;
        std::string mechanism;
        std::size_t warnings;
    };
    for (const auto& [brokers, protocol, mechanism, count] : std::vector<Row>{
             {"kafka.example.com:9092", "SASL_PLAINTEXT", "PLAIN", 1},
             {"kafka.example.com:9092", "sasl_plaintext", "plain", 1},
             {"127.0.0.1:9092,10.0.0.1:9092", "SASL_PLAINTEXT", "PLAIN", 1},
             {"127.0.0.1:9092,localhost:9093", "SASL_PLAINTEXT", "PLAIN", 0},
             {"kafka.example.com:9092", "SASL_SSL", "PLAIN", 0},
             {"kafka.example.com:9092", "SASL_PLAINTEXT", "SCRAM-SHA-512", 0},
         }) {
        CAPTURE(brokers);
        CAPTURE(protocol);
        CAPTURE(mechanism);
        const Read read({"--brokers", brokers, "-X", "security.protocol=" + protocol, "-X", "sasl.mechanisms=" + mechanism,
                         "--kafka-password-file", file});
        CHECK(read.refusal.empty());
        REQUIRE(read.warnings.size() == count);
        if (count > 0) CHECK(read.warnings.front().find("the Kafka password goes to " + brokers + " in clear text") == 0);
    }
}

TEST_CASE("the MySQL server's key is read and parsed before anybody is asked") {
    const ScratchFolder folder;
    const Read good({"--mysql-server-key", folder.file("key.pem", some_public_key, 0644)});
    CHECK(good.refusal.empty());
    CHECK(good.mysql.server_key == some_public_key);
    for (const auto& [path, why] :
         {std::pair(folder.path("nowhere"), "No such file"), std::pair(folder.file("empty", ""), "no public key"),
          std::pair(folder.file("text", "secret"), "no public key"),
          std::pair(folder.file("open", some_public_key, 0666), "others may write"), std::pair(folder.path(""), "not a regular file")}) {
        CAPTURE(path);
        const Read bad({"--mysql-server-key", path});
        CHECK(bad.refusal.find("--mysql-server-key: cannot use " + path) == 0);
        CHECK(bad.refusal.find(why) != std::string::npos);
        CHECK(bad.mysql.server_key.empty());
    }
}

TEST_CASE("the password may go where only the server can read it") {
    for (const auto& [words, is_private] : {std::pair(Words{}, true), std::pair(Words{"--mysql", "mysql://coupon@localhost/coupon"}, true),
                                            std::pair(Words{"--mysql", "mysql://coupon@db.example.com/coupon"}, false),
                                            std::pair(Words{"--mysql", "mysql://coupon@127.0.0.1.example.com/coupon"}, false)}) {
        const Read read(words);
        CHECK(read.refusal.empty());
        MysqlOptions options = read.mysql;
        CHECK(options.is_private() == is_private);
        options.server_key = some_public_key;
        CHECK(options.is_private());
    }
}

TEST_SUITE_END();
