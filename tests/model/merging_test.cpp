#include "model/budget.hpp"
#include "model/explorer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

using namespace coupon;
using namespace coupon::model;

namespace {

void add_rows(Key& key, const LedgerSide& ledger, UserId user) {
    for (const auto& [whose, slot] : ledger.rows.slot_of)
        if (whose.second == user) key.add(whose.first).add(slot);
    key.add(Round(0));
}

/// What one was told, the rows he has and those he will have. Who was told no, and has none, might as well not have applied.
std::string outcome(const Scene& scene, const LedgerSide& end, const Applicant& applicant) {
    Key key;
    add_rows(key, scene.ledger(), applicant.user);
    add_rows(key, end, applicant.user);
    const auto has_row = [&](const auto& row) { return row.first.second == applicant.user; };
    const bool has_none = std::none_of(end.rows.slot_of.begin(), end.rows.slot_of.end(), has_row);
    if (!applicant.is_told()) return key.bytes();
    const auto answer = applicant.way.told().answer;
    const bool is_no = answer == Answer::closed || answer == Answer::error;
    const bool says_nothing = answer == Answer::pending || answer == Answer::duplicate || answer == Answer::unknown;
    if (is_no && has_none) return key.bytes();
    key.add(applicant.round).add(is_no ? Answer::closed : says_nothing ? Answer::pending : answer);
    if (answer == Answer::granted) key.add(applicant.way.told().slot);
    return key.bytes();
}

/// All that I1 to I7 judge: everybody's outcome, whoever is who, and which rounds were given up.
std::string judged(const Scene& scene, const Aftermath& end) {
    const auto& ledger = scene.parts().ledgers[end.ledger];
    std::multiset<std::string> outcomes;
    for (std::size_t i = 0; i < scene.applicants(); ++i)
        outcomes.insert(outcome(scene, ledger, scene.applicant(i)));
    Key key;
    key.add(outcomes);
    for (const auto& [round, row] : ledger.rows.rounds)
        key.add(round).add(std::int64_t{row.state == RoundState::abandoned});
    return key.bytes();
}

std::set<std::string> all_judged(Bounds bounds, Merging merging, std::size_t& states) {
    std::set<std::string> all;
    bounds.merging = merging;
    const auto found = explore(bounds, most_states, [&](const Scene& scene, const Aftermath& end) { all.insert(judged(scene, end)); });
    CHECK(found.violation == "");
    CHECK((found.completed || is_sanitized));
    states = found.states;
    return all;
}

void compare(const std::string& name, const Bounds& bounds) {
    CAPTURE(name);
    std::size_t single = 0;
    std::size_t merged = 0;
    const auto before = all_judged(bounds, Merging::never, single);
    const auto after = all_judged(bounds, Merging::without_bugs, merged);
    MESSAGE(name << ": " << single << " states, " << merged << " where they are merged, " << before.size() << " outcomes");
    if (!is_sanitized) CHECK(before == after);
}

} // namespace

TEST_SUITE_BEGIN("model/merging");

TEST_CASE("where states and steps are merged, all is told and issued that is without, and nothing else") {
    compare("one of everything", {.users = {1}, .losses = 1, .delayed_requests = 1, .redeliveries = 1, .armings = 1, .redrives = 1});
    compare("a reset, a fault",
            {.users = {1, 2}, .faults = 1, .losses = 1, .delayed_requests = 1, .redeliveries = 1, .armings = 1, .resets = 1});
    compare("two armings", {.users = {1, 2}, .faults = 1, .losses = 1, .delayed_requests = 1, .armings = 2});
    compare("a redrive and a reset", {.users = {1, 2}, .faults = 1, .delayed_requests = 1, .redeliveries = 1, .redrives = 1, .resets = 1});
    compare("a redrive and a loss", {.users = {1, 2}, .losses = 1, .armings = 1, .redrives = 1});
}

TEST_SUITE_END();
