#include "cli/interruptible.hpp"

#include "cli/scratch_folder.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>

using namespace coupon;

TEST_SUITE_BEGIN("cli/interruptible");

namespace {

struct NoOptions {
    OutputOptions output;

    static ProgramText text() { return {"coupon-sample", "", "", "", ""}; }
    void declare(CommandLine& /*line*/, Log& /*log*/) {}
};

struct Ended {
    int code = 0;
    std::string out;
    std::string err;
    Milliseconds took{0};
};

std::string text_of(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

/// Runs a program in a process of its own and sends it this signal, once it says that it is ready.
Ended end_by(int number, ExitCode (*work)(const NoOptions&, Session&)) {
    const ScratchFolder folder;
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    const auto child = ::fork();
    if (child == 0) {
        ::alarm(20); // a case that hangs must not outlive the test
        ::dup2(ready[1], 3);
        ::dup2(::open(folder.path("out").c_str(), O_WRONLY | O_CREAT, 0600), STDOUT_FILENO);
        ::dup2(::open(folder.path("err").c_str(), O_WRONLY | O_CREAT, 0600), STDERR_FILENO);
        char name[] = "coupon-sample";
        char* argv[] = {name};
        ::_exit(run<NoOptions>(1, argv, "", work));
    }
    char byte = 0;
    REQUIRE(::read(ready[0], &byte, 1) == 1);
    const auto start = std::chrono::steady_clock::now();
    ::kill(child, number);
    int status = 0;
    ::waitpid(child, &status, 0);
    const auto took = std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - start);
    ::close(ready[0]);
    ::close(ready[1]);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), text_of(folder.path("out")), text_of(folder.path("err")),
            took};
}

void say_ready() {
    [[maybe_unused]] const auto written = ::write(3, "", 1);
}

void begin(Session& session) {
    session.result_of_fault = [](ExitCode code, const Fault&) { return std::string("partial ") + name_of(code) + "\n"; };
    take_work_in_hand();
}

/// A call that no signal ends.
ExitCode wait_for_a_server(const NoOptions& /*options*/, Session& session) {
    begin(session);
    return interruptible(session, [] {
        say_ready();
        std::this_thread::sleep_for(std::chrono::seconds(15));
        return ExitCode::yes;
    });
}

ExitCode notice_the_signal(const NoOptions& /*options*/, Session& session) {
    begin(session);
    return interruptible(session, [&session] {
        say_ready();
        session.world.pause(std::chrono::seconds(15));
        session.print("what was read until then\n");
        return exit_code_of_signal(stop_signal());
    });
}

ExitCode throw_a_fault(const NoOptions& /*options*/, Session& session) {
    begin(session);
    return interruptible(session, []() -> ExitCode {
        say_ready();
        throw Leaving{ExitCode::denied, {FaultKind::denied, "redis refused the password", ""}};
    });
}

} // namespace

TEST_CASE("a reading that waits for a silent server ends within half a second of the first signal, with its partial result") {
    for (const auto& [number, code] : {std::pair(SIGTERM, 143), std::pair(SIGINT, 130)}) {
        const auto ended = end_by(number, wait_for_a_server);
        CAPTURE(ended.err);
        CHECK(ended.code == code);
        CHECK(ended.took < Milliseconds(500));
        CHECK(ended.out == "partial interrupted\n");
        CHECK(ended.err == "coupon-sample: interrupted before it was done; run it again; nothing was changed\n");
    }
}

TEST_CASE("a reading that notices the signal itself says what it has read") {
    const auto ended = end_by(SIGTERM, notice_the_signal);
    CHECK(ended.code == 143);
    CHECK(ended.took < Milliseconds(500));
    CHECK(ended.out == "what was read until then\n");
}

TEST_CASE("a fault within a reading ends the program as everywhere") {
    const auto ended = end_by(SIGCONT, throw_a_fault);
    CHECK(ended.code == 4);
    CHECK(ended.out == "partial denied\n");
    CHECK(ended.err == "coupon-sample: redis refused the password\n");
}

TEST_SUITE_END();
