#include "cli/stop_signal.hpp"

#include "cli/forked.hpp"
#include "cli/stop_notice.hpp"
#include "cli/system_world.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <set>

using namespace coupon;

TEST_SUITE_BEGIN("cli/stop_signal");

TEST_CASE("while nothing is in hand the first signal ends the program at once") {
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        CHECK(exit_of([number] {
                  hold_stop_signals();
                  install_stop_signal();
                  let_signals_in();
                  ::raise(number);
                  return 1;
              }) == 128 + number);
    }
}

TEST_CASE("a signal before the code is chosen waits for the choice") {
    CHECK(exit_of([] {
              hold_stop_signals();
              install_stop_signal();
              ::raise(SIGTERM);
              end_idle_with(ExitCode::yes);
              let_signals_in();
              return 1;
          }) == 0);
}

TEST_CASE("with work in hand the first signal asks, the second ends the program") {
    CHECK(exit_of([] {
              hold_stop_signals();
              install_stop_signal();
              let_signals_in();
              take_work_in_hand();
              if (stop_requested() || stop_signal() != 0) return 1;
              ::raise(SIGTERM);
              pollfd wake{stop_descriptor(), POLLIN, 0};
              return stop_requested() && stop_signal() == SIGTERM && ::poll(&wake, 1, 0) == 1 ? 77 : 1;
          }) == 77);
    CHECK(exit_of([] {
              hold_stop_signals();
              install_stop_signal();
              let_signals_in();
              take_work_in_hand();
              ::raise(SIGTERM);
              ::raise(SIGINT);
              return 1;
          }) == 130);
}

TEST_CASE("a SIGHUP that was ignored at the start, as nohup does, stays ignored") {
    CHECK(exit_of([] {
              std::signal(SIGHUP, SIG_IGN);
              hold_stop_signals();
              install_stop_signal();
              let_signals_in();
              ::raise(SIGHUP);
              take_work_in_hand();
              ::raise(SIGHUP);
              return stop_requested() ? 1 : 77;
          }) == 77);
}

TEST_CASE("SIGUSR1 asks for a status once, and ends nothing") {
    CHECK(exit_of([] {
              hold_stop_signals();
              install_stop_signal();
              let_signals_in();
              if (take_status_request()) return 1;
              ::raise(SIGUSR1);
              if (!take_status_request() || take_status_request()) return 2;
              return stop_requested() ? 3 : 77;
          }) == 77);
}

TEST_CASE("the first signal is acknowledged while the program waits, the end of the work is not") {
    struct Row {
        int number;
        const char* says;
    };
    for (const auto& [number, says] : {Row{SIGINT, "coupon-sample: finishing the batch; Ctrl-C again to leave now\n"},
                                       Row{SIGTERM, "coupon-sample: SIGTERM: finishing the batch\n"},
                                       Row{SIGHUP, "coupon-sample: SIGHUP: finishing the batch\n"}, Row{0, ""}}) {
        CAPTURE(number);
        int ends[2];
        REQUIRE(::pipe(ends) == 0);
        CHECK(exit_of([&, number = number] {
                  ::dup2(ends[1], STDERR_FILENO);
                  hold_stop_signals();
                  install_stop_signal();
                  let_signals_in();
                  Log log("coupon-sample", Log::Style::plain);
                  const StopNotice notice(log, "finishing the batch");
                  take_work_in_hand();
                  if (number == 0) return 77;
                  ::raise(number);
                  // The program is busy until the words have come.
                  pollfd words{ends[0], POLLIN, 0};
                  return ::poll(&words, 1, 10'000) == 1 ? 77 : 1;
              }) == 77);
        ::close(ends[1]);
        std::string text(200, '\0');
        const auto count = ::read(ends[0], text.data(), text.size());
        text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
        ::close(ends[0]);
        CHECK(text == says);
    }
}

TEST_CASE("a pause ends when a stop is requested, and not before its time otherwise") {
    CHECK(exit_of([] {
              hold_stop_signals();
              install_stop_signal();
              let_signals_in();
              take_work_in_hand();
              SystemWorld world;
              const auto start = world.now();
              world.pause(Milliseconds(20));
              if (world.now() - start < Milliseconds(20)) return 1;
              if (::fork() == 0) {
                  ::kill(::getppid(), SIGTERM);
                  ::_exit(0);
              }
              world.pause(std::chrono::hours(1));
              return world.stopping() ? 77 : 1;
          }) == 77);
}

TEST_CASE("random words are 32 hexadecimal digits and do not come twice") {
    SystemWorld world;
    std::set<std::string> words;
    for (int i = 0; i < 1000; ++i)
        words.insert(world.random_word());
    CHECK(words.size() == 1000);
    CHECK(words.begin()->size() == 32);
    CHECK(words.begin()->find_first_not_of("0123456789abcdef") == std::string::npos);
}

TEST_SUITE_END();
