#include "audit/planted.hpp"

#include <map>
#include <set>

using namespace coupon;

namespace {

/// What is planted and whether it must come out as a violation.
std::vector<std::pair<Planted, Verdict>> everything_planted() {
    std::vector<std::pair<Planted, Verdict>> all;
    for (const auto& row : defects_of_rows())
        all.emplace_back(row, Verdict::violated);
    for (const auto& row : defects_of_records())
        all.emplace_back(row, Verdict::violated);
    for (const auto& row : defects_in_motion())
        all.emplace_back(row, Verdict::violated);
    for (const auto& row : undecided_cases())
        all.emplace_back(row, Verdict::cannot_tell);
    for (const auto& row : doubts_in_motion())
        all.emplace_back(row, Verdict::cannot_tell);
    return all;
}

bool is_named(const AuditReport& report, const Planted& row) {
    return std::any_of(report.checks.begin(), report.checks.end(),
                       [&](const Check& check) { return check.id == row.check && finding_named(check, row.finding) != nullptr; });
}

/// The checks an audit makes: those of every event, and those that some input alone asks for.
std::set<std::string> all_checks() {
    FinishedEvent asked;
    asked.input.expect = 10;
    asked.ledger().rounds.back().state = RoundState::abandoned;
    std::set<std::string> ids;
    for (const auto& check : reconcile(asked.input).checks)
        ids.insert(check.id);
    return ids;
}

} // namespace

TEST_SUITE("audit/planted_coverage") {
    TEST_CASE("each check of the audit taken away lets something planted through") {
        std::map<std::string, std::vector<std::string>> missed; // by the check that was taken away
        for (const auto& [row, verdict] : everything_planted()) {
            FinishedEvent event;
            row.spoil(event);
            const auto report = reconcile(event.input);
            CHECK_MESSAGE(is_named(report, row), row.what);
            for (const auto& check : report.checks) {
                auto without = report;
                std::erase_if(without.checks, [&](const Check& one) { return one.id == check.id; });
                if (!is_named(without, row)) missed[check.id].emplace_back(row.what);
            }
        }
        for (const auto& id : all_checks()) {
            if (id == "abandoned") continue; // It tells who was given up, and judges nothing.
            CHECK_MESSAGE(!missed[id].empty(), "nothing that is planted needs the check " << id);
        }
    }

    TEST_CASE("more than thirty different defects are planted, each under a name of its own") {
        std::set<std::string> names;
        for (const auto& [row, verdict] : everything_planted()) {
            CAPTURE(row.what);
            CHECK(names.insert(row.what).second);
        }
        const auto planted = defects_of_rows().size() + defects_of_records().size() + defects_in_motion().size();
        CHECK(planted >= 30);
        MESSAGE(planted << " planted defects, " << undecided_cases().size() + doubts_in_motion().size() << " cases that cannot be told");
    }
}
