#include "tools/loopback_server.hpp"
#include "tools/program.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <tuple>
#include <vector>

using namespace coupon;

TEST_SUITE_BEGIN("live/tools/bad_server");

namespace {

using namespace std::chrono_literals;

/// Which of the three servers is the wrong one.
enum class Which { redis, kafka, mysql };

std::map<std::string, std::string> with(Which which, const std::string& address) {
    switch (which) {
    case Which::redis: return {{"COUPON_REDIS", "redis://" + address + "/0"}};
    case Which::kafka: return {{"COUPON_BROKERS", address}};
    case Which::mysql: return {{"COUPON_MYSQL", "mysql://coupon@" + address + "/coupon"}};
    }
    return {};
}

const char* name_of(Which which) {
    switch (which) {
    case Which::redis: return "redis";
    case Which::kafka: return "kafka";
    case Which::mysql: return "mysql";
    }
    return "";
}

struct Row {
    std::string program;
    std::vector<std::string> arguments;
    Which which;
    int exit_code;
};

/// An event with an open round, so that only the wrong server is wrong.
std::string open_event() {
    const auto event = fresh_event();
    const auto reset = run_program("coupon-reset", event_options(event) + std::vector<std::string>{"--yes", "--limit=3"});
    CAPTURE(reset.err);
    REQUIRE(reset.exit_code == 0);
    return event;
}

std::vector<Row> rows() {
    return {
        {"coupon-apply", {"7"}, Which::redis, 3},
        {"coupon-apply", {"7"}, Which::kafka, 3},
        {"coupon-flood", {"--requests=5"}, Which::redis, 3},
        {"coupon-flood", {"--requests=5"}, Which::kafka, 3},
        {"coupon-consume", {"--until-drained"}, Which::redis, 3},
        {"coupon-consume", {"--until-drained"}, Which::kafka, 3},
        {"coupon-consume", {"--until-drained"}, Which::mysql, 3},
        {"coupon-reset", {"--yes"}, Which::redis, 3},
        {"coupon-reset", {"--yes"}, Which::kafka, 3},
        {"coupon-reset", {"--yes"}, Which::mysql, 3},
        {"coupon-audit", {"--wait=1s"}, Which::redis, 5},
        {"coupon-audit", {"--wait=1s"}, Which::kafka, 5},
        {"coupon-audit", {"--wait=1s"}, Which::mysql, 5},
    };
}

/// Runs every row against one kind of wrong server and looks at exit code, time and sentence.
void check_all(const std::string& address) {
    const auto event = open_event();
    for (const auto& row : rows()) {
        const std::string wrong = name_of(row.which);
        CAPTURE(row.program);
        CAPTURE(wrong);
        const auto outcome = run_program(row.program, event_options(event) + row.arguments + std::vector<std::string>{"--timeout=2s"},
                                         with(row.which, address));
        const std::string said = outcome.out + outcome.err;
        CAPTURE(said);
        CHECK(outcome.exit_code == row.exit_code);
        CHECK(outcome.took < 12s);
        CHECK_MESSAGE(said.find(address) != std::string::npos, "the address must be named");
        CHECK_MESSAGE(said.find(wrong) != std::string::npos, "the server must be named");
    }
    // Nothing was claimed and nothing was touched.
    const auto audit = run_program("coupon-audit", event_options(event) + std::vector<std::string>{"--expect=0", "--wait=10s"});
    CAPTURE(audit.out);
    CHECK(audit.exit_code == 0);
}

} // namespace

TEST_CASE("a server that does not listen is named with its address, within the timeout") {
    check_all("127.0.0.1:" + std::to_string(dead_port()));
}

TEST_CASE("a server that accepts and never answers is named with its address, within the timeout") {
    const LoopbackServer silent("");
    check_all(silent.address());
}

TEST_CASE("a web server in the place of a server is named with its address, within the timeout") {
    const LoopbackServer web(http_greeting);
    check_all(web.address());
}

TEST_CASE("a wrong password is exit 4") {
    const auto event = open_event();
    const auto folder = std::filesystem::temp_directory_path() / ("coupon-secret-" + fresh_event());
    std::filesystem::create_directory(folder);
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
    const auto file = folder / "password";
    { std::ofstream(file) << "wrong-canary\n"; }
    std::filesystem::permissions(file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    for (const std::string program : {"coupon-consume", "coupon-reset", "coupon-audit"}) {
        CAPTURE(program);
        std::vector<std::string> arguments{"--mysql-password-file", file.string(), "--timeout=2s"};
        if (program == "coupon-reset") arguments.emplace_back("--yes");
        if (program == "coupon-consume") arguments.emplace_back("--until-drained");
        const auto outcome = run_program(program, event_options(event) + arguments);
        CAPTURE(outcome.err);
        CHECK(outcome.exit_code == 4);
        CHECK((outcome.out + outcome.err).find("wrong-canary") == std::string::npos);
    }
    for (const std::string program : {"coupon-apply", "coupon-flood", "coupon-audit"}) {
        CAPTURE(program);
        std::vector<std::string> arguments{"--redis-password-file", file.string(), "--timeout=2s"};
        if (program == "coupon-apply") arguments.emplace_back("7");
        // The sandbox's Redis has no password: giving one is refused by the server, with its own word for it.
        const auto outcome = run_program(program, event_options(event) + arguments);
        CAPTURE(outcome.err);
        CHECK(outcome.exit_code == 4);
        CHECK((outcome.out + outcome.err).find("wrong-canary") == std::string::npos);
    }
    std::filesystem::remove_all(folder);
}

TEST_CASE("before the first reset there is no round: the audit says 5, the others 3, with the remedy") {
    const auto options = event_options(fresh_event());
    for (const auto& [program, arguments, exit_code] :
         std::vector<std::tuple<std::string, std::vector<std::string>, int>>{{"coupon-apply", {"7"}, 3},
                                                                             {"coupon-flood", {"--requests=5"}, 3},
                                                                             {"coupon-consume", {"--until-drained"}, 3},
                                                                             {"coupon-audit", {"--wait=1s"}, 5}}) {
        CAPTURE(program);
        const auto outcome = run_program(program, options + arguments + std::vector<std::string>{"--timeout=3s"});
        const std::string said = outcome.out + outcome.err;
        CAPTURE(said);
        CHECK(outcome.exit_code == exit_code);
        CHECK(said.find("coupon-reset") != std::string::npos);
    }
}

TEST_CASE("an audit of an event that does not exist is 5 and names an event that does") {
    const auto event = fresh_event();
    REQUIRE(run_program("coupon-reset", event_options(event) + std::vector<std::string>{"--yes", "-q"}).exit_code == 0);
    const auto mistyped = event_options(event + "x");
    const auto outcome = run_program("coupon-audit", mistyped + std::vector<std::string>{"--wait=1s"});
    CAPTURE(outcome.out);
    CHECK(outcome.exit_code == 5);
    CHECK(outcome.out.find("the ledger has no round of event " + event + "x; it has rounds of ") != std::string::npos);
    CHECK(outcome.out.find("did you mean --event " + event + "?") != std::string::npos);
}

TEST_SUITE_END();
