#include "preflight/preflight_checks.hpp"
#include "preflight/preflight_input.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <set>

namespace coupon {

TEST_SUITE("preflight/preflight") {

    TEST_CASE("the largest number of bytes can be told") {
        CHECK(bytes_text(INT64_MAX) == "8589934591.9 GiB");
    }

    TEST_CASE("over servers that are as they should be every line is ok, each check once") {
        for (const auto opening : {Opening::looked_at, Opening::new_round, Opening::same_round}) {
            auto input = good_input();
            input.opening = opening;
            const auto report = preflight(input);
            std::set<std::string> names;
            for (const auto& line : report.lines) {
                CAPTURE(line.name);
                CAPTURE(line.found);
                CHECK(line.status == PreflightStatus::ok);
                CHECK(names.insert(line.name).second);
            }
            for (const auto& name : preflight_names())
                CHECK(names.contains(name));
            CHECK(names.size() == preflight_names().size() + 3);
            CHECK(report.away.empty());
        }
    }

    TEST_CASE("a server that is away has one line, and no leftover passes without it") {
        const Fault away{FaultKind::unreachable, "cannot reach it", "is it up?"};
        struct Case {
            const char* name;
            void (*take_away)(PreflightInput& input, const Fault& fault);
            const char* gone;
        };
        const std::vector<Case> cases{
            {"gate",
             [](auto& input, const auto& fault) {
                 input.gate.reset();
                 input.gate_away = fault;
             },
             "gate-persistence"},
            {"topic",
             [](auto& input, const auto& fault) {
                 input.topic.reset();
                 input.topic_away = fault;
             },
             "topic-retention"},
            {"ledger",
             [](auto& input, const auto& fault) {
                 input.ledger.reset();
                 input.ledger_away = fault;
             },
             "ledger-unique-keys"},
        };
        for (const auto& one : cases) {
            auto input = good_input();
            one.take_away(input, away);
            const auto report = preflight(input);
            CHECK(line_of(report, one.name).status == PreflightStatus::cannot_tell);
            const auto unmade = preflight_names().size() + 3 - report.lines.size();
            CHECK(report.not_made == unmade);
            CHECK(line_of(report, one.name).found == "cannot reach it; " + std::to_string(unmade) + " checks were not made");
            CHECK_THROWS(line_of(report, one.gone));
            CHECK_THROWS(line_of(report, "group-offsets"));
            REQUIRE(report.away.size() == 1);
        }
    }

    TEST_CASE("without kafka the round is judged all the same") {
        auto input = good_input();
        input.topic.reset();
        input.topic_away = Fault{FaultKind::unreachable, "cannot reach it", ""};
        CHECK(line_of(preflight(input), "round").status == PreflightStatus::ok);
        input.look->server.run_id = "restarted";
        CHECK(line_of(preflight(input), "gate-round").status == PreflightStatus::dangerous);
    }

    TEST_CASE("a check for which something was not told counts as not made") {
        auto input = good_input();
        CHECK(preflight(input).not_made == 0);
        input.gate->values.erase("appendfsync");
        CHECK(preflight(input).not_made == 1);
    }

    TEST_CASE("a risk that is accepted is said to be, and only where it is one") {
        auto input = good_input();
        input.gate->values["appendonly"] = "no";
        input.gate->values["appendfsync"] = "everysec";
        const auto report = preflight(input, {{"gate-persistence", "gate-fsync", "gate-role"}, {}});
        CHECK(line_of(report, "gate-persistence").status == PreflightStatus::accepted);
        CHECK(line_of(report, "gate-fsync").status == PreflightStatus::warning);
        CHECK(line_of(report, "gate-role").status == PreflightStatus::ok);
        CHECK(report.of(PreflightStatus::dangerous).empty());
    }

    TEST_CASE("a warning that is accepted counts as accepted, and a danger of the same name stays one") {
        auto input = good_input();
        input.gate->values["appendfsync"] = "everysec";
        const AcceptedLines accepted{{}, {"gate-fsync", "gate-role"}};
        const auto report = preflight(input, accepted);
        CHECK(line_of(report, "gate-fsync").status == PreflightStatus::accepted);
        CHECK(line_of(report, "gate-role").status == PreflightStatus::ok);
        input.gate->values["appendfsync"] = "no";
        CHECK(line_of(preflight(input, accepted), "gate-fsync").status == PreflightStatus::dangerous);
    }

} // TEST_SUITE

} // namespace coupon
