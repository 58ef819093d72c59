#include "fakes/some_public_key.hpp"
#include "ledger/mysql/mysql_ledger.hpp"
#include "ledger/mysql/mysql_server_key.hpp"
#include "ledger/password_thief.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace coupon;

TEST_SUITE_BEGIN("ledger/mysql_password");

namespace {

constexpr auto password = "canary-2c4e";
/// The same machine by an address that is not known to be it.
constexpr auto elsewhere = "0.0.0.0";

Fault ask(const PasswordThief& thief, const std::string& host, const std::string& server_key) {
    MysqlOptions options;
    options.host = host;
    options.port = thief.port();
    options.password = password;
    options.server_key = server_key;
    options.timeout = Milliseconds(2000);
    const auto ledger = open_mysql_ledger_reader(options, *EventName::parse("coupon"), "coupon_create");
    REQUIRE_FALSE(ledger);
    return ledger.fault();
}

} // namespace

TEST_CASE("a server that asks for the password gets it only on this machine, or encrypted with the key that was given") {
    struct Row {
        std::string plugin;
        std::string host;
        bool knows_key;
        bool gives_its_key;
        bool gets_encrypted;
    };
    for (const auto& [plugin, host, knows_key, gives_its_key, gets_encrypted] : std::vector<Row>{
             {"caching_sha2_password", elsewhere, false, false, false},
             {"sha256_password", elsewhere, false, false, false},
             {"caching_sha2_password", elsewhere, true, false, true},
             {"sha256_password", elsewhere, true, false, true},
             {"caching_sha2_password", "127.0.0.1", true, false, true},
             // Who listens on this machine's loopback was let in by its owner. These rows show that the thief can steal, too.
             {"caching_sha2_password", "127.0.0.1", false, true, true},
             {"sha256_password", "localhost", false, true, true},
             {"mysql_clear_password", "127.0.0.1", true, false, false},
             {"mysql_clear_password", elsewhere, false, false, false},
             {"dialog", "127.0.0.1", true, false, false},
             {"dialog", elsewhere, false, false, false},
             {"auth_gssapi_client", "127.0.0.1", true, false, false},
             {"mysql_old_password", "127.0.0.1", true, false, false},
         }) {
        CAPTURE(plugin);
        CAPTURE(host);
        CAPTURE(knows_key);
        const PasswordThief thief(plugin);
        const auto fault = ask(thief, host, knows_key ? some_public_key : "");
        CAPTURE(fault.message);
        CHECK(fault.kind == FaultKind::denied);
        CHECK(thief.gave_its_key() == gives_its_key);
        CHECK(thief.got_encrypted() == gets_encrypted);
        CHECK(thief.received().find(password) == std::string::npos);
        CHECK(fault.text().find(password) == std::string::npos);
        if (!gets_encrypted) CHECK(fault.hint.find("--mysql-server-key") != std::string::npos);
    }
}

TEST_CASE("the key can be read from its path as often as somebody likes, and is gone with its owner") {
    std::string path;
    {
        auto key = MysqlServerKey::make("a key");
        REQUIRE(key);
        const auto moved = std::move(*key);
        path = moved.path();
        for (int i = 0; i < 2; ++i) {
            std::ifstream file(path);
            CHECK(std::string{std::istreambuf_iterator<char>(file), {}} == "a key");
        }
    }
    CHECK_FALSE(std::ifstream(path).good());
}

TEST_SUITE_END();
