#include "report/recover.hpp"

#include "report/sample_heading.hpp"

#include <doctest/doctest.h>

using namespace coupon;
using Json = nlohmann::ordered_json;

TEST_SUITE_BEGIN("report/recover");

namespace {

RecoveryPlan sample_plan() {
    RecoveryPlan plan;
    plan.lost.resize(21);
    plan.skipped.resize(2);
    plan.steps.push_back({"republish: claim", {{UserId(7), "claim slot 1 -> no record -> no row"}}, 21, ""});
    plan.for_a_person.push_back({"row without a claim", {{UserId(9), "no claim"}}, 1, "find out who wrote it"});
    return plan;
}

RecoverReport sample_report() {
    RecoverReport report;
    report.round = Round(4);
    report.plan = sample_plan();
    return report;
}

} // namespace

TEST_CASE("a plan tells what is to be done and what needs a person, with the first users and how many more") {
    CHECK(recover_text(sample_report()) == "to be done in round 4:\n"
                                           "    republish: claim (21 users)\n"
                                           "      user 7: claim slot 1 -> no record -> no row\n"
                                           "      and 20 more\n"
                                           "needs a person:\n"
                                           "    row without a claim (1 user)\n"
                                           "      user 9: no claim\n"
                                           "      what to do: find out who wrote it\n");
    const auto read = Json::parse(recover_json(sample_heading(recover_schema, "no"), sample_report(), {}));
    CHECK(read["schema"] == "coupon.recover/1");
    CHECK(read["plan"]["publish"] == 21);
    CHECK(read["plan"]["give_again"] == 2);
    CHECK(read["plan"]["steps"][0]["users_total"] == 21);
    CHECK(read["plan"]["for_a_person"][0]["hint"] == "find out who wrote it");
    CHECK(read["done"].is_null());
    CHECK(read["left"].is_null());
}

TEST_CASE("what was done is counted, and what is left comes last") {
    auto report = sample_report();
    report.done = RecoveryDone{21, 1, 2, 3, 4, 5};
    report.left.emplace();
    auto text = recover_text(report);
    CHECK(text.find("done: 21 claims republished, 1 skipped records issued, 2 kept as failed events, 4 failed events issued at last\n"
                    "3 skipped records turned out stale or fenced\n"
                    "5 failed events could not be issued after all\n"
                    "nothing is left to recover in round 4\n") != std::string::npos);
    report.left->for_a_person = sample_plan().for_a_person;
    text = recover_text(report);
    CHECK(text.substr(text.size() - 24) == ": find out who wrote it\n");
    const auto read = Json::parse(recover_json(sample_heading(recover_schema, "no"), report, {}));
    CHECK(read["done"]["published"] == 21);
    CHECK(read["done"]["issued_at_last"] == 4);
    CHECK(read["left"]["for_a_person"].size() == 1);
}

TEST_CASE("nothing to do, an event that moves, and a fault each say so") {
    RecoverReport report;
    report.round = Round(4);
    CHECK(recover_text(report) == "nothing to recover in round 4\n");
    report.moving = {"the event changed while it was read"};
    CHECK(recover_text(report) == "cannot tell: the event changed while it was read\n");
    CHECK(recover_text({}) == "");
    const auto read = Json::parse(
        recover_json(sample_heading(recover_schema, "cannot_tell"), report, Fault{FaultKind::unreachable, "cannot reach it", "start it"}));
    CHECK(read["cannot_tell_because"][0] == "the event changed while it was read");
    CHECK(read["error"]["message"] == "cannot reach it");
}

TEST_SUITE_END();
