#include "cli/confirmation.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

using namespace coupon;

TEST_SUITE_BEGIN("cli/confirmation");

namespace {

/// Whether an operator who types this, after a moment, confirms event promo.
bool is_confirmed_by(const std::string& typed, int flags) {
    int input[2];
    int output[2];
    if (::pipe2(input, flags) != 0 || ::pipe2(output, flags) != 0) return false;
    const auto child = ::fork();
    if (child == 0) {
        ::alarm(20); // a case that hangs must not outlive the test
        ::dup2(input[0], STDIN_FILENO);
        ::dup2(output[1], STDERR_FILENO);
        ::close(input[1]);
        ::_exit(confirm(*EventName::parse("promo"), "the plan\n") ? 77 : 1);
    }
    ::close(output[1]);
    ::usleep(50'000);
    const bool is_typed = ::write(input[1], typed.data(), typed.size()) == static_cast<ssize_t>(typed.size());
    for (const int number : {input[0], input[1]})
        ::close(number);
    int status = 0;
    ::waitpid(child, &status, 0);
    std::string shown(200, '\0');
    const auto count = ::read(output[0], shown.data(), shown.size());
    shown.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    ::close(output[0]);
    CHECK(shown == "the plan\nType \"promo\" to continue: ");
    return is_typed && WIFEXITED(status) && WEXITSTATUS(status) == 77;
}

} // namespace

TEST_CASE("only the event's name confirms, whether or not reading the terminal blocks") {
    for (const int flags : {0, O_NONBLOCK}) {
        CAPTURE(flags);
        CHECK(is_confirmed_by("promo\n", flags));
        CHECK(is_confirmed_by("promo", flags));
        for (const char* typed : {"", "\n", "prom\n", "promo \n", " promo\n", "y\npromo\n"}) {
            CAPTURE(typed);
            CHECK_FALSE(is_confirmed_by(typed, flags));
        }
    }
}

TEST_SUITE_END();
