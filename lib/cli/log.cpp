#include "cli/log.hpp"

#include "cli/process_limits.hpp"
#include "cli/whole_write.hpp"
#include "core/rfc3339.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace coupon {

namespace {

constexpr Milliseconds patience{1000};

/// Outside text in a message is escaped where it comes in; this keeps a line one line even where that was forgotten.
std::string on_one_line(std::string text) {
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    }
    return text;
}

constexpr std::string_view clear_line = "\r\033[K";

} // namespace

void Log::detail(const std::string& line) {
    if (least_ == Least::detail) write("debug", "", line);
}

void Log::status(const std::string& line) {
    write("info", "", line);
}

void Log::info(const std::string& line) {
    if (least_ != Least::warn) write("info", "", line);
}

void Log::warn(const std::string& line) {
    write("warn", "warning: ", line);
}

void Log::error(const std::string& line) {
    write("error", "", line);
}

void Log::write(std::string_view level, std::string_view label, const std::string& line) {
    const std::lock_guard lock(mutex_);
    const auto text = with_limits(on_one_line(line));
    const auto now = std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());
    write_to_stderr(fmt::format("{}{}\n", has_progress_ ? clear_line : "",
                                style_ == Style::plain ? fmt::format("{}: {}{}", program_, label, text)
                                                       : fmt::format("{} {} {}: {}", rfc3339(now), level, program_, text)));
    has_progress_ = false;
}

// Nothing can be told of a failure of stderr itself.
void Log::write_to_stderr(std::string_view text) {
    const auto still_waits = [this](Milliseconds waited) { return !is_stuck_ && waited < patience; };
    std::string whole;
    if (lost_lines_ > 0) whole = fmt::format("{}: {} lines were lost, stderr was not read\n", program_, lost_lines_);
    whole += text;
    is_stuck_ = write_whole(STDERR_FILENO, whole, still_waits) != 0;
    lost_lines_ = is_stuck_ ? lost_lines_ + std::count(text.begin(), text.end(), '\n') : 0;
}

void Log::pass_on(std::string_view lines) {
    const std::lock_guard lock(mutex_);
    write_to_stderr(lines);
}

void Log::progress(std::string_view text) {
    static const bool is_shown = is_lively_terminal(STDERR_FILENO);
    if (!is_shown || least_ == Least::warn) return;
    const std::lock_guard lock(mutex_);
    if (text.empty() && !has_progress_) return;
    has_progress_ = !text.empty();
    write_to_stderr(fmt::format("{}{}", clear_line, text));
}

bool is_lively_terminal(int descriptor) {
    const char* term = std::getenv("TERM");
    return ::isatty(descriptor) == 1 && (term == nullptr || std::strcmp(term, "dumb") != 0);
}

bool wants_colour(int descriptor) {
    const char* no_colour = std::getenv("NO_COLOR");
    return is_lively_terminal(descriptor) && (no_colour == nullptr || *no_colour == '\0');
}

} // namespace coupon
