#pragma once

#include "flow/world.hpp"

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace coupon {

/// What a program says on stderr while it runs: one line at a time, whole, in order. Safe to use from any thread. A reader of stderr that
/// takes nothing holds the program up for a second, once; lines are lost after that, and their number is told when it reads again.
class Log final : public Journal {
public:
    enum class Style {
        plain,   ///< "coupon-reset: warning: ..." for a program somebody watches
        stamped, ///< "2026-05-09T10:00:00.000Z warn coupon-consume: ..." for one that runs for days
    };
    enum class Least { detail, info, warn };

    Log(std::string program, Style style) : program_(std::move(program)), style_(style) {}

    void show_from(Least least) { least_ = least; }
    /// REQUIRES: no other thread writes yet, or any more.
    void use(Style style) { style_ = style; }

    /// Only with -v.
    void detail(const std::string& line);
    void status(const std::string& line) override;
    void info(const std::string& line) override;
    void warn(const std::string& line) override;
    void error(const std::string& line) override;

    /// Whole lines that stdout did not take, as they are.
    void pass_on(std::string_view lines);

    /// A line that is written over by the next one; only where stderr is a terminal, and not with -q.
    void progress(std::string_view text);

private:
    void write(std::string_view level, std::string_view label, const std::string& line);
    void write_to_stderr(std::string_view text);

    std::string program_;
    Style style_;
    Least least_ = Least::info;
    std::mutex mutex_;
    bool has_progress_ = false;
    bool is_stuck_ = false;       ///< stderr took nothing for a while: it is not waited for until it takes something
    std::int64_t lost_lines_ = 0; ///< since stderr took something last
};

/// Whether a stream is a terminal that moving lines may be shown on.
[[nodiscard]] bool is_lively_terminal(int descriptor);
/// Whether a stream wants colour: a lively terminal, and NO_COLOR unset or empty (https://no-color.org).
[[nodiscard]] bool wants_colour(int descriptor);

} // namespace coupon
