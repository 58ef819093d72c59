#include "tools/live_event.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

using namespace coupon;
using namespace std::chrono_literals;

TEST_SUITE_BEGIN("live/tools/history");

namespace {

std::string text_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

bool is_closed(const std::string& path) {
    const auto text = text_of(path);
    return text.ends_with("\"}\n") && text.find("\n{\"applications\":") != std::string::npos;
}

std::vector<std::string> files_in(const std::string& folder) {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        files.push_back(entry.path().string());
    std::sort(files.begin(), files.end());
    return files;
}

/// A flood that goes on until it is ended: as slow as --rate says, all of them winners.
Words slow_flood(const std::string& event, const std::string& history, const std::string& first_user = "1") {
    return event_options(event) + Words{"--requests=100000", "--rate=50/s", "--first-user", first_user, "--history", history};
}

/// Ends it once it has some answers. The outcome's exit code is the signal's, or the program's own.
Outcome end_amid(Program& flood, const std::string& history, int signal) {
    const auto until = std::chrono::steady_clock::now() + 30s;
    const auto has_answers = [&] {
        const auto text = text_of(history);
        return std::count(text.begin(), text.end(), '\n') > 20;
    };
    while (!has_answers() && std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(10ms);
    REQUIRE(has_answers());
    flood.signal(signal);
    return flood.finish(30s);
}

std::string reason_of(const Outcome& outcome) {
    return nlohmann::json::parse(outcome.out)["reason"];
}

} // namespace

TEST_CASE("a program that is asked to end closes its history, and the audit takes it as whole") {
    for (const auto& [signal, code, threads] :
         {std::tuple(SIGTERM, 143, "1"), std::tuple(SIGINT, 130, "1"), std::tuple(SIGINT, 130, "3")}) {
        CAPTURE(signal);
        CAPTURE(threads);
        const auto event = fresh_event();
        const Folder folder;
        reset(event, {"--limit=10000"});
        Program flood("coupon-flood", slow_flood(event, folder / "crowd") + Words{"--threads", threads});
        const auto outcome = end_amid(flood, folder / "crowd", signal);
        CHECK(outcome.exit_code == code);
        CHECK(outcome.out.find(" requests were not sent") != std::string::npos);
        CHECK(is_closed(folder / "crowd"));
        drain(event);
        const auto verdict = audit(event, {"--history", folder / "crowd"});
        CAPTURE(verdict.out);
        CHECK(verdict.exit_code == 0);
    }
}

TEST_CASE("a killed program leaves an incomplete history: cannot tell, unless the histories are known to be partial") {
    const auto event = fresh_event();
    const Folder folder;
    reset(event, {"--limit=10000"});
    Program flood("coupon-flood", slow_flood(event, folder / "crowd"));
    CHECK(end_amid(flood, folder / "crowd", SIGKILL).exit_code == 137);
    CHECK_FALSE(is_closed(folder / "crowd"));
    // Its last claims are published by a worker, once they have been pending for a while.
    const auto worker =
        run_program("coupon-consume", event_options(event) + Words{"--until-drained", "--timeout=30s", "--redrive-grace=0s"});
    REQUIRE(worker.exit_code == 0);
    const auto unsure = audit(event, {"--history", folder / "crowd", "--json"});
    CAPTURE(unsure.out);
    CHECK(unsure.exit_code == 5);
    CHECK(reason_of(unsure).find(folder / "crowd") != std::string::npos);
    CHECK(reason_of(unsure).find("incomplete") != std::string::npos);
    CHECK(audit(event, {"--history", folder / "crowd", "--histories-are-partial"}).exit_code == 0);
}

TEST_CASE("a history cut between two lines, or changed in one, is never exact") {
    const auto event = fresh_event();
    const Folder folder;
    reset(event);
    REQUIRE(apply_for(event, {"7", "--history", folder / "whole"}).exit_code == 0);
    drain(event);
    CHECK(audit(event, {"--history", folder / "whole"}).exit_code == 0);
    const auto whole = text_of(folder / "whole");
    const auto last_line = whole.rfind('\n', whole.size() - 2) + 1;
    std::ofstream(folder / "cut") << whole.substr(0, last_line);
    auto changed = whole;
    changed.replace(changed.find("\"answer\":\"granted\""), 18, "\"answer\":\"dropped\"");
    std::ofstream(folder / "changed") << changed;
    std::ofstream(folder / "longer") << whole << "{\"id\":9,\"invoke_ns\":5,\"user\":\"9\"}\n";
    for (const std::string name : {"cut", "changed", "longer"}) {
        CAPTURE(name);
        const auto verdict = audit(event, {"--history", folder / name, "--json"});
        CAPTURE(verdict.out);
        CHECK(verdict.exit_code == 5);
        CHECK(reason_of(verdict).find(folder / name) != std::string::npos);
    }
}

TEST_CASE("in a folder each program writes a history of its own, and the audit reads them all") {
    const auto event = fresh_event();
    const Folder folder;
    reset(event);
    const auto histories = folder / "histories/";
    REQUIRE(apply_for(event, {"7", "--history", histories}).exit_code == 0);
    REQUIRE(apply_for(event, {"--stdin", "--history", histories}, "8\n9\n").exit_code == 0);
    REQUIRE(
        run_program("coupon-flood", event_options(event) + Words{"--requests=20", "--first-user=100", "--history", folder / "histories"})
            .exit_code == 0);
    const auto files = files_in(histories);
    REQUIRE(files.size() == 3);
    for (const auto& file : files)
        CHECK(is_closed(file));
    drain(event);
    const auto verdict = audit(event, {"--history", histories, "--json"});
    CAPTURE(verdict.out);
    CHECK(verdict.exit_code == 0);
    CHECK(verdict.out.find("3 of 3 files, 23 applications of 23 users") != std::string::npos);
    std::filesystem::remove(files.back());
    const auto short_of_one = audit(event, {"--history", histories});
    CAPTURE(short_of_one.out);
    CHECK(short_of_one.exit_code == 1);
    CHECK(short_of_one.out.find("row of a user in none of the histories given") != std::string::npos);
    CHECK(audit(event, {"--history", histories, "--histories-are-partial"}).exit_code == 0);
}

TEST_CASE("a history that cannot be written to its end is not closed") {
    const auto event = fresh_event();
    const Folder folder;
    reset(event);
    // A limit on the size of files, as a full disk would be; what is inherited is the caller's.
    rlimit old{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &old) == 0);
    rlimit small = old;
    small.rlim_cur = 2000;
    const auto former = std::signal(SIGXFSZ, SIG_IGN);
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    const auto flood = run_program("coupon-flood", event_options(event) + Words{"--requests=200", "--history", folder / "crowd"});
    ::setrlimit(RLIMIT_FSIZE, &old);
    std::signal(SIGXFSZ, former);
    CAPTURE(flood.err);
    CHECK(flood.exit_code != 0);
    CHECK(flood.err.find("incomplete") != std::string::npos);
    CHECK_FALSE(is_closed(folder / "crowd"));
}

TEST_SUITE_END();
