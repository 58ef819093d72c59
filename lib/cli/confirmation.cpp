#include "cli/confirmation.hpp"

#include "cli/whole_write.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace coupon {

namespace {

constexpr std::size_t longest_line = 1000;

/// A line of stdin without its end; empty at the end of the input. Waits as long as the operator takes; a signal ends the program. Works
/// whether reading blocks or not: the open file is shared with other processes.
std::string read_line() {
    std::string line;
    while (line.size() < longest_line) {
        pollfd input{STDIN_FILENO, POLLIN, 0};
        char byte = 0;
        const auto count = ::poll(&input, 1, -1) < 0 ? -1 : ::read(STDIN_FILENO, &byte, 1);
        if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (count <= 0 || byte == '\n') break;
        line += byte;
    }
    return line;
}

} // namespace

bool can_ask() {
    return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1;
}

std::string other_name_typed(const EventName& event) {
    return fmt::format("name does not match \"{}\"; nothing was changed", event.text());
}

bool confirm(const EventName& event, const std::string& plan) {
    constexpr Milliseconds patience{1000};
    const auto question = fmt::format("{}Type \"{}\" to continue: ", plan, event.text());
    const int error = write_whole(STDERR_FILENO, question, [&](Milliseconds waited) { return waited < patience; });
    return error == 0 && read_line() == event.text();
}

} // namespace coupon
