#include "cli/scratch_folder.hpp"
#include "tools/program.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace coupon;

TEST_SUITE_BEGIN("live/tools/preflight");

namespace {

using Words = std::vector<std::string>;

Outcome look(const std::string& event, const Words& more = {}) {
    return run_program("coupon-audit", event_options(event) + Words{"--preflight"} + more);
}

Outcome reset(const std::string& event, const Words& more = {}) {
    return run_program("coupon-reset", event_options(event) + Words{"--yes"} + more);
}

std::string status_of(const nlohmann::json& lines, const std::string& name) {
    for (const auto& line : lines) {
        if (line["name"] == name) return line["status"];
    }
    return "no such line";
}

/// An end that the topic of the sandbox does not keep records for: a danger that needs no setting others would meet.
constexpr const char* far_end = "--closes-at=2099-01-01T00:00:00Z";

} // namespace

TEST_CASE("on the sandbox an open round is ready, -q names the warnings, and is silent once they are accepted") {
    const auto event = fresh_event();
    REQUIRE(reset(event, {"-q"}).exit_code == 0);
    const auto told = look(event, {"--json"});
    CAPTURE(told.out);
    CHECK(told.exit_code == 0);
    const auto document = nlohmann::json::parse(told.out);
    CHECK(document["schema"] == "coupon.preflight/1");
    CHECK(document["verdict"] == "ready");
    CHECK(document["counts"]["dangerous"] == 0);
    CHECK(document["counts"]["cannot_tell"] == 0);
    CHECK(document["counts"]["accepted"] == 0);
    CHECK(document["checks_not_made"] == 0);
    std::string config = login_config("coupon-audit") + "event = " + event + "\n";
    const auto quiet = look(event, {"-q"});
    CHECK(quiet.exit_code == 0);
    CHECK(quiet.out.empty());
    for (const auto& line : document["checks"]) {
        const auto name = line["name"].get<std::string>();
        CAPTURE(name);
        const bool is_warning = line["status"] == "warning";
        CHECK((quiet.err.find("warning: " + name + ": ") != std::string::npos) == is_warning);
        if (is_warning) config += "accept-warning = " + name + "\n";
    }
    REQUIRE(config.find("topic-replication") != std::string::npos);

    const ScratchFolder folder;
    const auto file = folder.file("coupon.conf", config);
    const auto accepted = look(event, {"-q", "--config", file});
    CHECK(accepted.exit_code == 0);
    CHECK(accepted.out + accepted.err == "");
    const auto counts = nlohmann::json::parse(look(event, {"--json", "--config", file}).out)["counts"];
    CHECK(counts["warning"] == 0);
    CHECK(counts["accepted"] == document["counts"]["warning"]);
    CHECK(run_program("coupon-audit", event_options(event) + Words{"--wait=1s", "--expect=0", "--config", file}).exit_code == 0);
}

TEST_CASE("an event in which users would get no coupon is not ready, whatever a reset could do about it") {
    const auto event = fresh_event();
    const auto dangers = [&event](const Words& more = {}) {
        const auto told = look(event, Words{"--json"} + more);
        CAPTURE(told.out);
        CHECK(told.exit_code == 1);
        const auto document = nlohmann::json::parse(told.out);
        CHECK(document["verdict"] == "not_ready");
        std::string names;
        for (const auto& line : document["checks"]) {
            if (line["status"] == "dangerous") names += line["name"].get<std::string>() + " ";
        }
        return names;
    };
    CHECK(dangers() == "topic-exists round ");
    const std::string opening = "--opens-at=2099-01-01T00:00:00Z";
    REQUIRE(reset(event, {"-q", "--limit=5", opening}).exit_code == 0);
    CHECK(look(event, {"--limit=5", opening}).exit_code == 0);
    CHECK(dangers({"--limit=6"}) == "round-limit ");
    CHECK(dangers({"--opens-at=2099-01-01T00:00:01Z"}) == "round-opening ");
    REQUIRE(reset(event, {"-q", "--close"}).exit_code == 0);
    CHECK(dangers() == "round ");
    REQUIRE(reset(event, {"-q"}).exit_code == 0);
    CHECK(look(event).exit_code == 0);
}

TEST_CASE("a dangerous line is named and refuses a reset before anything is touched; with its risk accepted the reset goes on") {
    const auto event = fresh_event();
    const auto refused = reset(event, {"--json", far_end});
    CHECK(refused.exit_code == 1);
    CHECK(refused.err.find("topic-retention is dangerous") != std::string::npos);
    CHECK(refused.err.find("--accept-risk topic-retention") != std::string::npos);
    CHECK(status_of(nlohmann::json::parse(refused.out)["preflight"], "topic-retention") == "dangerous");
    CHECK(run_program("coupon-apply", event_options(event) + Words{"7"}).exit_code == 3);
    CHECK(reset(event, {far_end, "--dry-run"}).exit_code == 1);
    CHECK(reset(event, {far_end, "--accept-risk=gate-role"}).exit_code == 1);

    const auto accepted = reset(event, {"--json", far_end, "--accept-risk=topic-retention"});
    CAPTURE(accepted.err);
    CHECK(accepted.exit_code == 0);
    CHECK(accepted.err.find("topic-retention accepted") != std::string::npos);
    CHECK(status_of(nlohmann::json::parse(accepted.out)["preflight"], "topic-retention") == "accepted");

    // The round carries its end, so the audit sees the same danger, and so does whoever reopens it.
    const auto quiet = look(event, {"-q"});
    CHECK(quiet.exit_code == 1);
    CHECK(quiet.out.empty());
    CHECK(quiet.err.find("topic-retention is dangerous") != std::string::npos);
    CHECK(reset(event, {"--close"}).exit_code == 0);
    CHECK(reset(event, {"--reopen"}).exit_code == 1);
    CHECK(reset(event, {"--reopen", "--accept-risk=topic-retention"}).exit_code == 0);
}

TEST_CASE("a server that is away is 3, the checks that need it are counted, and the lines of the others are told all the same") {
    const auto event = fresh_event();
    const auto outcome = look(event, {"--json", "--redis", "redis://127.0.0.1:1/0"});
    CHECK(outcome.exit_code == 3);
    const auto checks = nlohmann::json::parse(outcome.out)["checks"];
    CHECK(status_of(checks, "gate") == "cannot_tell");
    CHECK(checks[0]["found"].get<std::string>().find(" checks were not made") != std::string::npos);
    CHECK(status_of(checks, "ledger-flush") == "ok");
}

TEST_SUITE_END();
