#include "report/preflight.hpp"

#include "report/sample_heading.hpp"

#include <doctest/doctest.h>

using namespace coupon;
using Json = nlohmann::ordered_json;

TEST_SUITE_BEGIN("report/preflight");

namespace {

PreflightReport sample() {
    PreflightReport report;
    report.lines = {{"gate-role", PreflightStatus::ok, "master", "master", ""},
                    {"gate-persistence", PreflightStatus::dangerous, "appendonly no", "appendonly yes", "CONFIG SET appendonly yes"},
                    {"gate-fsync", PreflightStatus::cannot_tell, "redis does not tell appendfsync", "appendfsync always", ""},
                    {"topic-replication", PreflightStatus::warning, "1 replica", "3 replicas", "three brokers"}};
    report.not_made = 7;
    return report;
}

} // namespace

TEST_CASE("a line that is not ok says what it should be and what to do; one without a remedy says no more") {
    CHECK(preflight_text(sample(), Colour::off) == "not ready: 1 ok, 1 warnings, 1 dangerous, 1 cannot tell; 7 checks were not made\n"
                                                   "gate-role              ok           master\n"
                                                   "gate-persistence       DANGEROUS    appendonly no\n"
                                                   "    should be: appendonly yes\n"
                                                   "    what to do: CONFIG SET appendonly yes\n"
                                                   "gate-fsync             cannot tell  redis does not tell appendfsync\n"
                                                   "    should be: appendfsync always\n"
                                                   "topic-replication      warning      1 replica\n"
                                                   "    should be: 3 replicas\n"
                                                   "    what to do: three brokers\n");
}

TEST_CASE("accepted lines are counted apart, and nothing is said of checks where all were made") {
    auto report = sample();
    report.lines[1].status = report.lines[3].status = PreflightStatus::accepted;
    report.lines[2].status = PreflightStatus::ok;
    report.not_made = 0;
    const auto text = preflight_text(report, Colour::off);
    CHECK(text.substr(0, text.find('\n')) == "ready: 2 ok, 0 warnings, 0 dangerous, 0 cannot tell, 2 accepted");
}

TEST_CASE("colour marks what is grave, and only where it is wanted") {
    CHECK(preflight_text(sample(), Colour::on).find("\033[1;31mDANGEROUS") != std::string::npos);
    CHECK(preflight_text(sample(), Colour::on).find("\033[1;33mwarning") != std::string::npos);
    CHECK(preflight_text(sample(), Colour::off).find('\033') == std::string::npos);
}

TEST_CASE("the worst line decides the verdict") {
    auto report = sample();
    CHECK(std::string(verdict_of(report)) == "not_ready");
    report.lines[1].status = PreflightStatus::accepted;
    CHECK(std::string(verdict_of(report)) == "cannot_tell");
    report.lines[2].status = PreflightStatus::warning;
    CHECK(std::string(verdict_of(report)) == "ready");
}

TEST_CASE("coupon.preflight/1 has the counts and every line") {
    const auto read = Json::parse(preflight_json(sample_heading(preflight_schema, "not_ready"), sample()));
    CHECK(keys_of(read) == std::vector<std::string>{"schema", "tool", "version", "event", "round", "started_at", "finished_at", "verdict",
                                                    "counts", "checks_not_made", "checks"});
    CHECK(read["counts"] == Json{{"ok", 1}, {"warning", 1}, {"dangerous", 1}, {"cannot_tell", 1}, {"accepted", 0}});
    CHECK(read["checks_not_made"] == 7);
    CHECK(read["checks"].size() == 4);
    CHECK(read["checks"][1] == Json{{"name", "gate-persistence"},
                                    {"status", "dangerous"},
                                    {"found", "appendonly no"},
                                    {"wanted", "appendonly yes"},
                                    {"fix", "CONFIG SET appendonly yes"}});
}

TEST_CASE("one sentence for a log names the line, what was found and what to do") {
    CHECK(preflight_sentence(sample().lines[1]) == "gate-persistence is dangerous: appendonly no; what to do: CONFIG SET appendonly yes");
    CHECK(preflight_sentence(sample().lines[3]) == "topic-replication: 1 replica; what to do: three brokers");
    CHECK(preflight_sentence(sample().lines[2]) == "gate-fsync cannot tell: redis does not tell appendfsync");
}

TEST_SUITE_END();
