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
    report.claimed = 38;
    report.published = 37;
    report.issued = 36;
    report.checks = {{"I1", CheckStatus::ok, "36 rows, limit 100", {}}, {"I8", CheckStatus::not_checked, "not checked (no --history)", {}}};
    return report;
}

/// The same with a finding of 25 users, of whom 20 are shown.
AuditReport violated_report() {
    auto report = sample_report(Verdict::violated);
    Finding finding{"claim without a row", {}, 25, "run coupon-consume --until-drained"};
    for (int i = 1; i <= 20; ++i)
        finding.trails.push_back({UserId(i), "told granted slot " + std::to_string(i) + " -> no row"});
    report.checks.push_back({"I4", CheckStatus::violated, "100 promises", {finding}});
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
    CHECK(audit_verdict_text(exact) == "exact, 37 of 100");
    CHECK(audit_verdict_text(violated_report()) == "violated: I4 claim without a row (25 users)");
    auto unsure = sample_report(Verdict::cannot_tell);
    unsure.reason = "cannot reach redis at 127.0.0.1:6379";
    CHECK(audit_verdict_text(unsure) == "cannot tell: cannot reach redis at 127.0.0.1:6379");
    CHECK(audit_text(exact, Colour::off).find("exact, 37 of 100\nevent promo, round 4: 38 claimed, 37 published, 37 issued\n") == 0);
}

TEST_CASE("each check says what it looked at, each finding who it concerns and what to do") {
    const auto text = audit_text(violated_report(), Colour::off);
    CHECK(has(text, "I1           ok           36 rows, limit 100\n"));
    CHECK(has(text, "I8           not checked (no --history)\n"));
    CHECK(has(text,
              "I4           VIOLATED     100 promises\n    claim without a row (25 users)\n      user 1: told granted slot 1 -> no row\n"));
    CHECK(has(text,
              "      user 20: told granted slot 20 -> no row\n      and 5 more\n      what to do: run coupon-consume --until-drained\n"));
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
                                                    "reason", "limit", "claimed", "published", "issued", "checks"});
    CHECK(read["verdict"] == "violated");
    CHECK(read["limit"] == 100);
    CHECK(read["claimed"] == 38);
    CHECK(read["published"] == 37);
    CHECK(read["issued"] == 36);
    CHECK(read["checks"][0]["id"] == "I1");
    CHECK(read["checks"][0]["status"] == "ok");
    CHECK(read["checks"][1]["status"] == "not_checked");
    const auto finding = read["checks"][2]["findings"][0];
    CHECK(finding["name"] == "claim without a row");
    CHECK(finding["users"].size() == 20);
    CHECK(finding["users"][19] == "20");
    CHECK(finding["users_total"] == 25);
    CHECK(finding["trails"][0]["trail"] == "told granted slot 1 -> no row");
    CHECK(finding["hint"] == "run coupon-consume --until-drained");
}

TEST_CASE("a program that could not look at all still prints a document") {
    const auto read = Json::parse(fault_json(sample_heading(audit_schema, "denied"), {FaultKind::denied, "redis refused \xff", ""}));
    CHECK(read["verdict"] == "denied");
    CHECK(read["error"]["kind"] == "denied");
}

TEST_SUITE_END();
