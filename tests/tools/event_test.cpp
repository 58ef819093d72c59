#include "tools/live_event.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <fstream>
#include <sstream>
#include <string>

using namespace coupon;
using namespace std::chrono_literals;

TEST_SUITE_BEGIN("live/tools/event");

TEST_CASE("one user: reset, apply, worker, audit") {
    const auto event = fresh_event();
    reset(event);
    const auto told = apply_for(event, {"7"});
    CAPTURE(told.err);
    CHECK(told.exit_code == 0);
    CHECK(told.out.find("granted") != std::string::npos);
    drain(event);
    const auto verdict = audit(event);
    CAPTURE(verdict.out);
    CHECK(verdict.exit_code == 0);
    CHECK(verdict.out.find("exact in the stores, 1 of 100") != std::string::npos);
}

TEST_CASE("each answer of one application has its exit code") {
    const auto event = fresh_event();
    reset(event, {"--limit=1"});
    CHECK(apply_for(event, {"7"}).exit_code == 0);
    CHECK(apply_for(event, {"8"}).exit_code == 10);
    const auto again = apply_for(event, {"7", "--json"});
    CHECK(again.exit_code == 11);
    const auto line = nlohmann::json::parse(again.out);
    CHECK(line["schema"] == "coupon.apply/1");
    CHECK(line["user"] == "7");
    CHECK(line["answer"] == "duplicate");
    CHECK(line["slot"] == 1);
    CHECK(run_program("coupon-reset", event_options(event) + Words{"--close", "--yes"}).exit_code == 0);
    CHECK(apply_for(event, {"8"}).exit_code == 10); // sold out stays sold out
    drain(event);
    reset(event, {"--limit=2"});
    CHECK(run_program("coupon-reset", event_options(event) + Words{"--close", "--yes"}).exit_code == 0);
    const auto closed = apply_for(event, {"9"});
    CHECK(closed.exit_code == 12);
    CHECK(closed.out.find("by_operator") != std::string::npos);
    CHECK(run_program("coupon-reset", event_options(event) + Words{"--reopen", "--yes"}).exit_code == 0);
    CHECK(apply_for(event, {"9"}).exit_code == 0);
}

TEST_CASE("the window: before it opens closed, then granted, after it closes closed again") {
    const auto event = fresh_event();
    reset(event, {"--opens-at=+1h"});
    const auto early = apply_for(event, {"7"});
    CHECK(early.exit_code == 12);
    CHECK(early.out.find("not_yet") != std::string::npos);
    reset(event, {"--opens-at=now", "--closes-at=+1h"});
    CHECK(apply_for(event, {"7"}).exit_code == 0);
    drain(event);
    reset(event, {"--limit=5000", "--closes-at=+1s"});
    auto late = apply_for(event, {"8"});
    for (int user = 9; late.exit_code == 0 && user < 1000; ++user)
        late = apply_for(event, {std::to_string(user)});
    CHECK(late.exit_code == 12);
    CHECK(late.out.find("ended") != std::string::npos);
}

TEST_CASE("what became of one user: a winner, somebody too late, somebody on the way") {
    const auto event = fresh_event();
    reset(event, {"--limit=2"});
    REQUIRE(apply_for(event, {"7"}).exit_code == 0);
    const auto story = [&](const std::string& user) { return audit_of_user(event, user); };
    CHECK(story("7").exit_code == 5);
    CHECK(story("7").out.find("waits for a worker") != std::string::npos);
    drain(event);
    const auto winner = story("7");
    CHECK(winner.exit_code == 0);
    CHECK(winner.out.find("has the coupon of slot 1") != std::string::npos);
    CHECK(story("8").exit_code == 1);
    CHECK(story("8").out.find("1 of 2 coupons are left") != std::string::npos);
}

TEST_CASE("a crowd of a thousand, 32 at once: 100 granted, 900 sold out, and the audit agrees with what users were told") {
    const auto event = fresh_event();
    const Folder folder;
    reset(event);
    const auto flood = run_program("coupon-flood", event_options(event) + Words{"--requests=1000", "--concurrency=32", "--seed=4", "--json",
                                                                                "--expect-granted=100", "--history", folder / "crowd"});
    CAPTURE(flood.err);
    REQUIRE(flood.exit_code == 0);
    const auto report = nlohmann::json::parse(flood.out);
    CHECK(report["schema"] == "coupon.flood/1");
    CHECK(report["sent"] == 1000);
    CHECK(report["counts"]["granted"] == 100);
    CHECK(report["counts"]["sold_out"] == 900);
    CHECK(report["latency_us"]["p99"].get<std::int64_t>() > 0);
    drain(event);
    const auto verdict = audit(event, {"--history", folder / "crowd", "--expect=100", "--json"});
    CAPTURE(verdict.out);
    CHECK(verdict.exit_code == 0);
    const auto found = nlohmann::json::parse(verdict.out);
    CHECK(found["schema"] == "coupon.audit/1");
    CHECK(found["verdict"] == "exact");
    CHECK(found["issued"] == 100);
    for (const auto& one : found["checks"])
        CHECK_MESSAGE(one["status"] == "ok", one.dump());
}

TEST_CASE("a crowd sent by three threads is one crowd: users of its shape, one history, and an audit that is exact") {
    const auto event = fresh_event();
    const Folder folder;
    reset(event, {"--limit=300"});
    const auto flood = run_program("coupon-flood", event_options(event) + Words{"--requests=3000", "--users=1000", "--threads=3", "--json",
                                                                                "--concurrency=50", "--history", folder / "crowd"});
    CAPTURE(flood.err);
    REQUIRE(flood.exit_code == 0);
    const auto report = nlohmann::json::parse(flood.out);
    CHECK(report["threads"] == 3);
    CHECK(report["sent"] == 3000);
    CHECK(report["counts"]["granted"] == 300);
    drain(event);
    const auto verdict = audit(event, {"--history", folder / "crowd", "--expect=300", "--json"});
    CAPTURE(verdict.out);
    CHECK(verdict.exit_code == 0);
    CHECK(nlohmann::json::parse(verdict.out)["verdict"] == "exact");
    CHECK(verdict.out.find("3000 applications of 1000 users") != std::string::npos);
}

TEST_CASE("one user, a thousand parallel applications: one granted, all others name the same slot") {
    const auto event = fresh_event();
    reset(event);
    const auto flood =
        run_program("coupon-flood", event_options(event) + Words{"--requests=1000", "--users=1", "--concurrency=64", "--json"});
    REQUIRE(flood.exit_code == 0);
    const auto report = nlohmann::json::parse(flood.out);
    CHECK(report["counts"]["granted"] == 1);
    CHECK(report["counts"]["duplicate"] == 999);
    drain(event);
    CHECK(audit(event).out.find("exact in the stores, 1 of 100") != std::string::npos);
}

TEST_CASE("--stdin names a bad line by its number, goes on, and ends with 1") {
    const auto event = fresh_event();
    reset(event);
    const auto outcome = apply_for(event, {"--stdin", "--in-flight=1"}, "1\n2\nx\n007\n3");
    CAPTURE(outcome.err);
    CHECK(outcome.exit_code == 1);
    CHECK(outcome.err.find("line 3") != std::string::npos);
    CHECK(outcome.err.find("line 4") != std::string::npos);
    std::istringstream lines(outcome.out);
    std::string line;
    int granted = 0;
    while (std::getline(lines, line))
        granted += line.find("granted slot") != std::string::npos ? 1 : 0;
    CHECK(granted == 3);
}

TEST_CASE("an event nobody applied to cannot be told, unless none is expected") {
    const auto event = fresh_event();
    reset(event);
    const auto verdict = audit(event);
    CAPTURE(verdict.out);
    CHECK(verdict.exit_code == 5);
    CHECK(audit(event, {"--expect=0"}).exit_code == 0);
}

TEST_CASE("a history file that exists already is refused, and nothing is applied for") {
    const auto event = fresh_event();
    const Folder folder;
    reset(event);
    std::ofstream(folder / "old") << "something of yesterday\n";
    CHECK(apply_for(event, {"7", "--history", folder / "old"}).exit_code == 2);
    CHECK(audit(event, {"--expect=0"}).exit_code == 0);
}

TEST_CASE("a dry run of a reset changes nothing, a second reset opens one more round") {
    const auto event = fresh_event();
    CHECK(run_program("coupon-reset", event_options(event) + Words{"--dry-run"}).exit_code == 0);
    CHECK(apply_for(event, {"7"}).exit_code == 3);
    reset(event);
    reset(event);
    const auto outcome = run_program("coupon-reset", event_options(event) + Words{"--yes", "--json", "--end-running"});
    const auto report = nlohmann::json::parse(outcome.out);
    CHECK(report["schema"] == "coupon.reset/1");
    CHECK(report["round"] == 3);
    CHECK(report["previous_round"] == 2);
}

TEST_CASE("a worker ends with 0 on SIGTERM, with 143 where it should have drained first") {
    const auto event = fresh_event();
    reset(event);
    CHECK(apply_for(event, {"7"}).exit_code == 0);
    {
        Program worker("coupon-consume", event_options(event));
        REQUIRE(worker.says("partitions", 20s));
        worker.signal(SIGTERM);
        CHECK(worker.finish(20s).exit_code == 0);
    }
    Program worker("coupon-consume", event_options(event) + Words{"--until-drained", "--max-rate=1/h"});
    REQUIRE(worker.says("partition", 20s));
    worker.signal(SIGTERM);
    CHECK(worker.finish(20s).exit_code == 143);
}

TEST_CASE("SIGTERM in the first moments of a worker ends it with 0") {
    const auto event = fresh_event();
    reset(event);
    for (const auto moment : {0ms, 5ms, 20ms, 60ms, 150ms, 400ms}) {
        CAPTURE(moment.count());
        Program worker("coupon-consume", event_options(event));
        // Before main() could arrange for it, the signal itself would end the program.
        REQUIRE(worker.catches(SIGTERM, 20s));
        CHECK_FALSE(worker.says("no line holds this", moment));
        worker.signal(SIGTERM);
        const auto outcome = worker.finish(20s);
        CAPTURE(outcome.err);
        CHECK(outcome.exit_code == 0);
    }
}

TEST_SUITE_END();
