#include "tools/program.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace coupon;

TEST_SUITE_BEGIN("tools/bad_input");

namespace {

struct Row {
    std::string program;
    std::vector<std::string> arguments;
    std::vector<std::string> says; ///< pieces of the sentence on stderr
};

/// Nothing listens here, so a program that touched a server would end with 3.
const std::map<std::string, std::string> nowhere{{"COUPON_REDIS", "redis://127.0.0.1:1/0"},
                                                 {"COUPON_BROKERS", "127.0.0.1:1"},
                                                 {"COUPON_MYSQL", "mysql://coupon@127.0.0.1:1/coupon"},
                                                 {"COUPON_MYSQL_PASSWORD_FILE", ""}};

void check(const std::vector<Row>& rows) {
    for (const auto& row : rows) {
        std::string line = row.program;
        for (const auto& argument : row.arguments)
            line += " " + argument.substr(0, 60);
        CAPTURE(line);
        const auto outcome = run_program(row.program, row.arguments, nowhere);
        CAPTURE(outcome.err);
        CHECK(outcome.exit_code == 2);
        CHECK(outcome.out.empty());
        for (const auto& piece : row.says) {
            CAPTURE(piece);
            CHECK(outcome.err.find(piece) != std::string::npos);
        }
        // One sentence, no control bytes.
        for (const char c : outcome.err)
            CHECK((c == '\n' || static_cast<unsigned char>(c) >= 0x20));
    }
}

} // namespace

TEST_CASE("a user id in any other than its one spelling is exit 2 and names the value") {
    std::vector<Row> rows;
    for (const std::string id : {"", "+7", "007", " 7", "7 ", "7.0", "1e3", "0x10", "9223372036854775808", "18446744073709551616",
                                 "1234567890123456789012345678901234567890", "seven", "{7}", "*", "7\n", "%s%n", "\x1b[31m7"}) {
        rows.push_back({"coupon-apply", {"--", id}, {"user"}});
    }
    rows.push_back({"coupon-apply", {"--", "-1"}, {"-1"}});
    rows.push_back({"coupon-apply", {"--", "\x1b[31m7"}, {"\\x1b"}});
    rows.push_back({"coupon-apply", {"7", "8", "x"}, {"x"}});
    rows.push_back({"coupon-apply", {}, {"no user given"}});
    rows.push_back({"coupon-apply", {"--stdin", "7"}, {"--stdin"}});
    check(rows);
}

TEST_CASE("an event name that would bend keys or formats is exit 2") {
    std::vector<Row> rows;
    for (const std::string name : {"", "Coupon", "a b", "{x}", "a:b", "a%s", "-a", "_a", "abcdefghijklmnopqrstuvwxyz0123456", "é"}) {
        rows.push_back({"coupon-apply", {"--event=" + name, "7"}, {"--event"}});
        rows.push_back({"coupon-audit", {"--event=" + name}, {"--event"}});
    }
    check(rows);
}

TEST_CASE("a limit outside 1 to 10,000,000 is exit 2") {
    std::vector<Row> rows;
    for (const std::string limit : {"0", "-1", "10000001", "2147483648", "9223372036854775808", "1e3", "ten", "", "1.5"}) {
        rows.push_back({"coupon-reset", {"--yes", "--limit=" + limit}, {"--limit"}});
    }
    check(rows);
}

TEST_CASE("counts, shares, paces and times outside what they can be are exit 2") {
    check({
        {"coupon-flood", {"--requests=0"}, {"--requests"}},
        {"coupon-flood", {"--concurrency=0"}, {"--concurrency"}},
        {"coupon-flood", {"--connections=0"}, {"--connections"}},
        {"coupon-flood", {"--users=0"}, {"--users"}},
        {"coupon-flood", {"--repeats=110%"}, {"--repeats"}},
        {"coupon-flood", {"--repeats=many"}, {"--repeats"}},
        {"coupon-flood", {"--users=5", "--repeats=10%"}, {"--users", "--repeats"}},
        {"coupon-flood", {"--first-user=-1"}, {"--first-user"}},
        {"coupon-flood", {"--first-user=9223372036854775807", "--requests=2"}, {"--first-user"}},
        {"coupon-flood", {"--duration=soon"}, {"--duration"}},
        {"coupon-consume", {"--max-rate=fast"}, {"--max-rate"}},
        {"coupon-consume", {"--max-rate=0/m"}, {"--max-rate"}},
        {"coupon-consume", {"--batch=0"}, {"--batch"}},
        {"coupon-consume", {"--linger=-1s"}, {"--linger"}},
        {"coupon-reset", {"--yes", "--opens-at=tomorrow"}, {"--opens-at"}},
        {"coupon-reset", {"--yes", "--closes-at=2026-11-22T10:00:00"}, {"--closes-at"}},
        {"coupon-reset", {"--yes", "--partitions=0"}, {"--partitions"}},
        {"coupon-reset", {"--close", "--reopen", "--yes"}, {"--close", "--reopen"}},
        {"coupon-audit", {"--round=0"}, {"--round"}},
        {"coupon-audit", {"--expect=-1"}, {"--expect"}},
        {"coupon-audit", {"--wait=long"}, {"--wait"}},
        {"coupon-apply", {"--timeout=0", "7"}, {"--timeout"}},
        {"coupon-apply", {"--stdin", "--in-flight=0"}, {"--in-flight"}},
    });
}

TEST_CASE("an unknown option is exit 2 and names the nearest one") {
    check({{"coupon-apply", {"--evnt", "x", "7"}, {"--evnt", "--event"}},
           {"coupon-audit", {"--histroy", "x"}, {"--histroy", "--history"}},
           {"coupon-consume", {"--until-drain"}, {"--until-drain", "--until-drained"}}});
}

TEST_CASE("addresses that are none, and secrets in the wrong place, are exit 2") {
    check({
        {"coupon-apply", {"--redis=rediss://127.0.0.1:6379/0", "7"}, {"--redis"}},
        {"coupon-apply", {"--redis=redis://:secret@127.0.0.1:6379/0", "7"}, {"--redis", "password"}},
        {"coupon-apply", {"--redis=redis://127.0.0.1:0/0", "7"}, {"--redis"}},
        {"coupon-apply", {"--redis=redis://127.0.0.1:65536/0", "7"}, {"--redis"}},
        {"coupon-apply", {"--redis=http://127.0.0.1:80", "7"}, {"--redis"}},
        {"coupon-apply", {"--brokers=", "7"}, {"--brokers"}},
        {"coupon-apply", {"--brokers=host:port", "7"}, {"--brokers"}},
        {"coupon-audit", {"--mysql=mysql://coupon:secret@127.0.0.1/coupon"}, {"--mysql", "password"}},
        {"coupon-audit", {"--mysql=postgres://coupon@127.0.0.1/coupon"}, {"--mysql"}},
        {"coupon-apply", {"--redis-password-file=/nonexistent", "7"}, {"--redis-password-file", "/nonexistent"}},
        {"coupon-apply", {"-X", "plugin.library.paths=x", "7"}, {"plugin.library.paths"}},
        {"coupon-apply", {"-X", "nonsense", "7"}, {"nonsense"}},
        {"coupon-apply", {"--config=/nonexistent", "7"}, {"/nonexistent"}},
    });
    for (const auto& arguments : {std::vector<std::string>{"--redis=redis://:secret@127.0.0.1:6379/0", "7"}}) {
        const auto outcome = run_program("coupon-apply", arguments, nowhere);
        CHECK_MESSAGE(outcome.err.find("secret") == std::string::npos, "the password must not be repeated");
    }
}

TEST_CASE("a bad value from the environment blames the variable") {
    auto environment = nowhere;
    environment["COUPON_EVENT"] = "Not A Name";
    const auto outcome = run_program("coupon-apply", {"7"}, environment);
    CHECK(outcome.exit_code == 2);
    CAPTURE(outcome.err);
    CHECK(outcome.err.find("COUPON_EVENT") != std::string::npos);
}

TEST_CASE("a program without failpoints does not let anybody believe that it has some") {
    auto environment = nowhere;
    environment["COUPON_FAILPOINTS"] = "after-claim=kill";
    for (const std::string program : {"coupon-apply", "coupon-consume", "coupon-reset", "coupon-flood", "coupon-audit"}) {
        CAPTURE(program);
        std::vector<std::string> arguments;
        if (program == "coupon-apply") arguments = {"7"};
        if (program == "coupon-reset") arguments = {"--yes"};
        const auto outcome = run_program(program, arguments, environment);
        CAPTURE(outcome.err);
        CHECK(outcome.exit_code == 2);
        CHECK(outcome.err.find("this program has no failpoints; unset it") != std::string::npos);
    }
}

TEST_CASE("without a terminal a reset needs --yes") {
    const auto outcome = run_program("coupon-reset", {}, nowhere);
    CAPTURE(outcome.err);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.err.find("--yes") != std::string::npos);
}

TEST_CASE("help and version answer on stdout without any server") {
    for (const std::string program : {"coupon-apply", "coupon-consume", "coupon-reset", "coupon-flood", "coupon-audit"}) {
        CAPTURE(program);
        const auto help = run_program(program, {"--help"}, nowhere);
        CHECK(help.exit_code == 0);
        CHECK(help.out.find(program) != std::string::npos);
        CHECK(help.out.find("xample") != std::string::npos);
        CHECK(help.err.empty());
        const auto version = run_program(program, {"-V"}, nowhere);
        CHECK(version.exit_code == 0);
        CHECK(version.out.find("librdkafka") != std::string::npos);
    }
}

TEST_SUITE_END();
