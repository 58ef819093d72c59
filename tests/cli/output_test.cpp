#include "cli/output.hpp"

#include "cli/process_start.hpp"
#include "cli/scratch_folder.hpp"
#include "cli/stop_signal.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <sstream>

using namespace coupon;

TEST_SUITE_BEGIN("cli/output");

namespace {

struct Ended {
    int code = 0; ///< 128 + N when signal N killed it
    std::string err;
};

/// What a process of its own does with its streams.
Ended in_a_process(const std::function<int()>& work) {
    const ScratchFolder folder;
    const auto child = ::fork();
    if (child == 0) {
        ::alarm(20); // a case that hangs must not outlive the test
        ::dup2(::open(folder.path("err").c_str(), O_WRONLY | O_CREAT, 0600), STDERR_FILENO);
        ::_exit(work());
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    std::ostringstream text;
    text << std::ifstream(folder.path("err"), std::ios::binary).rdbuf();
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), text.str()};
}

/// A pipe that is full; both of its ends do not block.
struct FullPipe {
    int ends[2] = {-1, -1};
    std::size_t size = 0;

    FullPipe() {
        if (::pipe2(ends, O_NONBLOCK) != 0) throw std::runtime_error("cannot make a pipe for the test");
        const std::string much(4096, '.');
        while (::write(ends[1], much.data(), much.size()) > 0)
            size += much.size();
    }
};

} // namespace

TEST_CASE("a result for a disk that is full follows on stderr, with the reason, and asks to stop") {
    const auto ended = in_a_process([] {
        install_stop_signal();
        ::dup2(::open("/dev/full", O_WRONLY), STDOUT_FILENO);
        Log log("coupon-sample", Log::Style::plain);
        Output out(log);
        out.write("7 granted\n");
        out.flush();
        out.write("8 granted\n");
        out.flush();
        return out.has_failed() && stop_requested() ? 77 : 1;
    });
    CHECK(ended.code == 77);
    CHECK(ended.err == "coupon-sample: cannot write to stdout: No space left on device; the result follows here instead\n"
                       "7 granted\n8 granted\n");
}

TEST_CASE("a result whose reader is gone is dropped quietly and asks to stop") {
    for (const bool is_terminal : {false, true}) {
        CAPTURE(is_terminal);
        const auto ended = in_a_process([&] {
            start_process();
            install_stop_signal();
            int ends[2]; // reader or master, writer or slave
            const int made = is_terminal ? ::openpty(&ends[0], &ends[1], nullptr, nullptr, nullptr) : ::pipe(ends);
            if (made != 0 || ::dup2(ends[1], STDOUT_FILENO) != STDOUT_FILENO) return 1;
            Log log("coupon-sample", Log::Style::plain);
            Output out(log);
            ::close(ends[0]);
            for (const char* line : {"lost\n", "lost too\n"}) {
                out.write(line);
                out.flush();
            }
            return stop_requested() && stop_signal() == 0 && !out.has_failed() ? 77 : 1;
        });
        CHECK(ended.code == 77);
        CHECK(ended.err.empty());
    }
}

TEST_CASE("a reader that is slow gets everything, and one that takes nothing does not keep a stopped program") {
    const auto slow = in_a_process([] {
        install_stop_signal();
        const FullPipe pipe;
        ::dup2(pipe.ends[1], STDOUT_FILENO);
        if (::fork() == 0) {
            ::usleep(200'000);
            std::string piece(pipe.size + 100, '\0');
            std::size_t taken = 0;
            while (taken < pipe.size + 6) {
                const auto count = ::read(pipe.ends[0], piece.data() + taken, piece.size() - taken);
                if (count > 0) taken += static_cast<std::size_t>(count);
            }
            ::_exit(piece.substr(pipe.size, 6) == "whole\n" ? 0 : 1);
        }
        Log log("coupon-sample", Log::Style::plain);
        Output out(log);
        out.write("whole\n");
        out.flush();
        int status = 0;
        ::wait(&status);
        return !out.has_failed() && status == 0 ? 77 : 1;
    });
    CHECK(slow.code == 77);
    CHECK(slow.err.empty());
    const auto stuck = in_a_process([] {
        install_stop_signal();
        const FullPipe pipe;
        ::dup2(pipe.ends[1], STDOUT_FILENO);
        request_stop();
        Log log("coupon-sample", Log::Style::plain);
        Output out(log);
        out.write("kept\n");
        out.flush();
        return out.has_failed() ? 77 : 1;
    });
    CHECK(stuck.code == 77);
    CHECK(stuck.err.find("its reader takes nothing") != std::string::npos);
    CHECK(stuck.err.ends_with("\nkept\n"));
}

TEST_CASE("a stderr that is not read delays a program once, by a second, and the lines lost are counted when it is read again") {
    const auto ended = in_a_process([] {
        const FullPipe pipe;
        ::dup2(pipe.ends[1], STDERR_FILENO);
        Log log("coupon-sample", Log::Style::plain);
        const auto start = std::chrono::steady_clock::now();
        for (int i = 0; i < 50; ++i)
            log.warn("not read");
        if (std::chrono::steady_clock::now() - start > std::chrono::milliseconds(1900)) return 1;
        std::string text(pipe.size, '\0');
        if (::read(pipe.ends[0], text.data(), text.size()) != static_cast<ssize_t>(pipe.size)) return 2;
        log.warn("read again");
        const auto count = ::read(pipe.ends[0], text.data(), text.size());
        text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
        return text == "coupon-sample: 50 lines were lost, stderr was not read\ncoupon-sample: warning: read again\n" ? 77 : 3;
    });
    CHECK(ended.code == 77);
}

TEST_SUITE_END();
