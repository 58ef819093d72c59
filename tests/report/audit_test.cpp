#include "report/audit.hpp"

#include "report/sample_heading.hpp"

#include <doctest/doctest.h>

using namespace coupon;
using Json = nlohmann::ordered_json;

TEST_SUITE_BEGIN("report/audit");

namespace {

AuditReport sample_report(Verdict verdict) {
    AuditReport report;
    report.verdict = verdict;
    report.event = "promo";
    report.round = Round(4);
    report.limit = Limit(100);
    report.granted = report.claimed = 38;
    report.published = 37;
    report.issued = 36;
    report.checks = {{"I1", CheckStatus::ok, "36 rows, limit 100", {}, ""},
                     {"I8", CheckStatus::not_checked, "not checked (no --history)", {}, "no --history"}};
    return report;
}

Finding finding_of(const std::string& name, const std::string& hint, std::int64_t from, std::int64_t to) {
    Finding finding{name, {}, to - from + 1, hint, Weight::violated, {}};
    for (auto user = from; user <= to; ++user) {
        finding.users.emplace_back(user);
        if (finding.trails.size() < 20)
            finding.trails.push_back({UserId(user), "told granted slot " + std::to_string(user) + " -> no row"});
    }
    return finding;
}

/// The same with 25 users, of whom 20 are shown, in two checks; and one of them once more in a third.
AuditReport violated_report() {
    auto report = sample_report(Verdict::violated);
    const auto recover = "run coupon-consume --recover";
    report.checks.push_back({"I4", CheckStatus::violated, "100 promises", {finding_of("told granted, but no row", recover, 1, 25)}, ""});
    report.checks.push_back({"I7", CheckStatus::violated, "100 claims", {finding_of("claim without a row", recover, 1, 25)}, ""});
    report.checks.push_back({"I6", CheckStatus::violated, "75 rows", {finding_of("row without a claim", "find out who", 25, 26)}, ""});
    return report;
}

bool has(const std::string& text, const std::string& piece) {
    CAPTURE(text);
    CAPTURE(piece);
    return text.find(piece) != std::string::npos;
}

} // namespace

TEST_CASE("the verdict is the first line and needs no second") {
    auto exact = sample_report(Verdict::exact);
    exact.issued = 37;
    CHECK(audit_verdict_text(exact) == "exact in the stores, 37 of 100 (1 of 2 checks needs --history)");
    CHECK(audit_text(exact, Colour::off)
              .find("exact in the stores, 37 of 100 (1 of 2 checks needs --history)\n"
                    "event promo, round 4: 38 claimed, 37 published, 37 issued\n") == 0);
    exact.has_histories = true;
    exact.checks.pop_back();
    CHECK(audit_verdict_text(exact) == "exact, 37 of 100");
    exact.histories_are_partial = true;
    CHECK(audit_verdict_text(exact) == "exact, 37 of 100 (the histories are partial)");
    CHECK(audit_verdict_text(violated_report()) ==
          "violated: I4 told granted, but no row (25 users; also I7); I6 row without a claim (2 users)");
    auto unsure = sample_report(Verdict::cannot_tell);
    unsure.reason = "cannot connect to redis at 127.0.0.1:6379";
    CHECK(audit_verdict_text(unsure) == "cannot tell: cannot connect to redis at 127.0.0.1:6379");
}

TEST_CASE("an event in progress says how far it has come") {
    auto report = sample_report(Verdict::in_progress);
    report.limit = Limit(20'000);
    report.granted = 13'745;
    report.issued = 5'925;
    CHECK(audit_verdict_text(report) == "in progress: 13,745 of 20,000 granted, 5,925 issued, 7,820 to go");
    report.granted = 1'000'000;
    report.issued = 999'999;
    CHECK(audit_verdict_text(report) == "in progress: 1,000,000 of 20,000 granted, 999,999 issued, 1 to go");
}

TEST_CASE("what was not read is a dash in the text and null in the document, never 0") {
    auto report = sample_report(Verdict::cannot_tell);
    report.granted.reset();
    report.claimed.reset();
    report.published.reset();
    report.limit.reset();
    report.round.reset();
    CHECK(has(audit_text(report, Colour::off), "event promo, round -: - claimed, - published, 36 issued\n"));
    const auto read = Json::parse(audit_json(sample_heading(audit_schema, "cannot_tell"), report));
    for (const char* name : {"limit", "granted", "claimed", "published", "to_go"})
        CHECK_MESSAGE(read[name].is_null(), name);
    CHECK(read["issued"] == 36);
}

TEST_CASE("each check says what it looked at, and below each hint comes once and each user once") {
    const auto text = audit_text(violated_report(), Colour::off);
    CHECK(has(text, "I1           ok           36 rows, limit 100\n"));
    CHECK(has(text, "I8           not checked (no --history)\n"));
    CHECK(has(text, "I4           VIOLATED     100 promises\nI7           VIOLATED     100 claims\n"));
    CHECK(
        has(text,
            "\n\nI4 told granted, but no row (25 users)\nI7 claim without a row (25 users)\n    user 1: told granted slot 1 -> no row\n"));
    CHECK(has(text, "    user 20: told granted slot 20 -> no row\n    and 5 more\n    what to do: run coupon-consume --recover\n"));
    CHECK(has(text, "\n\nI6 row without a claim (2 users)\n    user 26: told granted slot 26 -> no row\n    1 user named above\n"
                    "    what to do: find out who\n"));
}

TEST_CASE("colour touches the verdict alone") {
    const auto plain = audit_text(violated_report(), Colour::off);
    const auto coloured = audit_text(violated_report(), Colour::on);
    CHECK(plain.find('\033') == std::string::npos);
    CHECK(coloured.find("\033[1;31mviolated: ") == 0);
    CHECK(coloured.substr(coloured.find('\n')) == plain.substr(plain.find('\n')));
}

TEST_CASE("the document has the fields that others read, users as texts") {
    const auto read = Json::parse(audit_json(sample_heading(audit_schema, "violated"), violated_report()));
    CHECK(keys_of(read) == std::vector<std::string>{"schema", "tool", "version", "event", "round", "started_at", "finished_at", "verdict",
                                                    "reason", "limit", "claimed", "published", "issued", "granted", "to_go", "scope",
                                                    "checks_not_made", "findings", "checks"});
    CHECK(read["verdict"] == "violated");
    CHECK(read["limit"] == 100);
    CHECK(read["claimed"] == 38);
    CHECK(read["published"] == 37);
    CHECK(read["issued"] == 36);
    CHECK(read["checks"][0]["id"] == "I1");
    CHECK(read["checks"][0]["status"] == "ok");
    CHECK(read["checks"][1]["status"] == "not_checked");
    const auto finding = read["checks"][2]["findings"][0];
    CHECK(finding["name"] == "told granted, but no row");
    CHECK(finding["users"].size() == 20);
    CHECK(finding["users"][19] == "20");
    CHECK(finding["users_total"] == 25);
    CHECK(finding["trails"][0]["trail"] == "told granted slot 1 -> no row");
    CHECK(finding["hint"] == "run coupon-consume --recover");
    CHECK(read["granted"] == 38);
    CHECK(read["to_go"] == 2);
    CHECK(read["scope"] == "the stores");
    CHECK(read["checks_not_made"] == Json::parse(R"([{"id":"I8","reason":"no --history"}])"));
    REQUIRE(read["findings"].size() == 2);
    const auto group = read["findings"][0];
    CHECK(group["weight"] == "violated");
    CHECK(group["hint"] == "run coupon-consume --recover");
    CHECK(group["members"] == Json::parse(R"([{"check":"I4","name":"told granted, but no row","users_total":25},)"
                                          R"({"check":"I7","name":"claim without a row","users_total":25}])"));
    CHECK(group["users_total"] == 25);
    CHECK(group["trails"].size() == 20);
    CHECK(read["findings"][1]["trails"].size() == 1);
}

TEST_CASE("a program that could not look at all still prints a document") {
    const auto read = Json::parse(fault_json(sample_heading(audit_schema, "denied"), {FaultKind::denied, "redis refused \xff", ""}));
    CHECK(read["verdict"] == "denied");
    CHECK(read["error"]["kind"] == "denied");
}

TEST_SUITE_END();
