#include "audit/finding_groups.hpp"

#include "audit/finished_event.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <set>

using namespace coupon;

namespace {

Finding finding(const std::string& name, Weight weight, const std::string& hint, const std::vector<std::int64_t>& users) {
    Finding made{name, {}, static_cast<std::int64_t>(users.size()), hint, weight, {}};
    for (const auto user : users) {
        made.users.emplace_back(user);
        if (made.trails.size() < 20) made.trails.push_back({UserId(user), name + " of " + std::to_string(user)});
    }
    return made;
}

std::vector<std::int64_t> shown(const FindingGroup& group) {
    std::vector<std::int64_t> users;
    for (const auto& trail : group.trails)
        users.push_back(trail.user.value());
    return users;
}

} // namespace

TEST_SUITE("audit/finding_groups") {
    TEST_CASE("findings with one hint stand together, in the order of their checks, and each user is shown once") {
        const std::vector<Check> checks = {
            {"I4", CheckStatus::violated, "", {finding("no row", Weight::violated, "recover", {3, 7})}, ""},
            {"I6", CheckStatus::violated, "", {finding("stranger", Weight::violated, "find out", {7, 9})}, ""},
            {"I7", CheckStatus::violated, "", {finding("no row, too", Weight::violated, "recover", {2, 3})}, ""},
        };
        const auto groups = group_findings(checks);
        REQUIRE(groups.size() == 2);
        CHECK(groups[0].hint == "recover");
        REQUIRE(groups[0].members.size() == 2);
        CHECK(groups[0].members[0].check == "I4");
        CHECK(groups[0].members[1].check == "I7");
        CHECK(groups[0].members[1].users_total == 2);
        CHECK(groups[0].users_total == 3);
        CHECK(groups[0].new_users == 3);
        CHECK(shown(groups[0]) == std::vector<std::int64_t>{2, 3, 7});
        CHECK(groups[0].trails[1].text == "no row of 3");
        CHECK(groups[1].users_total == 2);
        CHECK(groups[1].new_users == 1);
        CHECK(shown(groups[1]) == std::vector<std::int64_t>{9});
    }

    TEST_CASE("the gravest come first, and a hint said for two weights comes once for each") {
        const std::vector<Check> checks = {
            {"a", CheckStatus::ok, "", {finding("to know", Weight::mention, "wait", {})}, ""},
            {"b", CheckStatus::cannot_tell, "", {finding("not yet", Weight::not_yet, "wait", {1})}, ""},
            {"c", CheckStatus::cannot_tell, "", {finding("unknown", Weight::cannot_tell, "wait", {})}, ""},
            {"d", CheckStatus::violated, "", {finding("wrong", Weight::violated, "wait", {1})}, ""},
        };
        const auto groups = group_findings(checks);
        REQUIRE(groups.size() == 4);
        for (std::size_t i = 0; i < 4; ++i)
            CHECK(groups[i].members.front().check == std::string(1, "dcba"[i]));
    }

    TEST_CASE("of many users twenty are shown, and all are counted once") {
        std::vector<std::int64_t> many, more;
        for (std::int64_t user = 1; user <= 100; ++user)
            many.push_back(user);
        for (std::int64_t user = 51; user <= 150; ++user)
            more.push_back(user);
        const std::vector<Check> checks = {
            {"I4", CheckStatus::violated, "", {finding("no row", Weight::violated, "recover", many)}, ""},
            {"I7", CheckStatus::violated, "", {finding("no row", Weight::violated, "recover", more)}, ""},
        };
        const auto groups = group_findings(checks);
        REQUIRE(groups.size() == 1);
        CHECK(groups[0].trails.size() == 20);
        CHECK(groups[0].trails.back().user == UserId(20));
        CHECK(groups[0].users_total == 150);
    }

    TEST_CASE("in one audit no hint and no user comes twice, and nobody is named who was not harmed") {
        const struct {
            const char* what;
            std::function<void(FinishedEvent&)> spoil;
            std::set<std::int64_t> users;
        } rows[] = {
            {"a row deleted", [](FinishedEvent& e) { e.lose_row(UserId(3)); }, {3}},
            {"two rows deleted", [](FinishedEvent& e) { e.lose_row(UserId(3)), e.lose_row(UserId(5)); }, {3, 5}},
            {"told sold_out before somebody who was granted had asked",
             [](FinishedEvent& e) { e.retell(UserId(20), [](HistoryEntry& entry) { entry.invoke_ns = 1, entry.answer_ns = 2; }); },
             {20}},
        };
        for (const auto& row : rows) {
            CAPTURE(row.what);
            FinishedEvent event;
            row.spoil(event);
            const auto report = reconcile(event.input);
            CHECK(report.verdict == Verdict::violated);
            std::set<std::string> hints;
            std::set<std::int64_t> users;
            for (const auto& group : group_findings(report.checks)) {
                CHECK(hints.insert(group.hint).second);
                for (const auto& trail : group.trails)
                    CHECK(users.insert(trail.user.value()).second);
            }
            CHECK(users == row.users);
        }
    }
}
