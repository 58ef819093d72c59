#include "cli/process_limits.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace coupon {

namespace {

/// A limit, and the words that tell that it was hit.
struct Limit {
    __rlimit_resource resource;
    std::string_view words; ///< in what a C client passes on, in small letters
    int error;
    std::string_view text;   ///< with the value in its place
    std::string_view option; ///< of ulimit, which shows and sets it
};

constexpr std::array<Limit, 5> limits{{
    {RLIMIT_NOFILE, "too many open files", EMFILE, "this process may open {} files", "-n"},
    {RLIMIT_FSIZE, "file too large", EFBIG, "this process may write files of {} bytes", "-f"},
    {RLIMIT_AS, "cannot allocate memory", ENOMEM, "this process may have {} bytes of memory", "-v"},
    // A thread needs memory for its stack, and the system does not say which of the two it lacks.
    {RLIMIT_NPROC, "create thread", EAGAIN, "this user may have {} processes and threads", "-u"},
    {RLIMIT_AS, "create thread", EAGAIN, "this process may have {} bytes of memory", "-v"},
}};

/// Empty where there is no such limit: then the machine itself has no more.
std::string note_of(const Limit& limit) {
    rlimit value{};
    if (::getrlimit(limit.resource, &value) != 0 || value.rlim_cur == RLIM_INFINITY) return {};
    return fmt::format(" ({}, ulimit {})", fmt::format(fmt::runtime(limit.text), value.rlim_cur), limit.option);
}

std::string in_small_letters(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

} // namespace

std::string reason_with_limit(const std::string& what, int error) {
    auto line = fmt::format("{}: {}", what, std::strerror(error));
    for (const auto& limit : limits) {
        if (limit.error == error) line += note_of(limit);
    }
    return line;
}

std::string with_limits(std::string line) {
    if (line.find("ulimit") != std::string::npos) return line;
    const auto small = in_small_letters(line);
    for (const auto& limit : limits) {
        const auto note = note_of(limit);
        if (small.find(limit.words) != std::string::npos && line.find(note) == std::string::npos) line += note;
    }
    return line;
}

std::string out_of_memory() {
    return reason_with_limit("out of memory", ENOMEM);
}

} // namespace coupon
