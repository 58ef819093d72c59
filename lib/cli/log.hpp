#pragma once

#include "flow/world.hpp"

#include <mutex>
#include <string>
#include <string_view>

namespace coupon {

/// What a program says on stderr while it runs: one line at a time, whole, in order. Safe to use from any thread.
class Log final : public Journal {
public:
    enum class Style {
        plain,   ///< "coupon-reset: warning: ..." for a program somebody watches
        stamped, ///< "2026-05-09T10:00:00.000Z warn coupon-consume: ..." for one that runs for days
    };
    enum class Least { detail, info, warn };

    Log(std::string program, Style style) : program_(std::move(program)), style_(style) {}

    void show_from(Least least) { least_ = least; }

    /// Only with -v.
    void detail(const std::string& line);
    void info(const std::string& line) override;
    void warn(const std::string& line) override;
    void error(const std::string& line) override;

    /// A line that is written over by the next one; only where stderr is a terminal, and not with -q.
    void progress(std::string_view text);

private:
    void write(std::string_view level, std::string_view label, const std::string& line);

    std::string program_;
    Style style_;
    Least least_ = Least::info;
    std::mutex mutex_;
    bool has_progress_ = false;
};

/// Whether a stream is a terminal that moving lines may be shown on.
[[nodiscard]] bool is_lively_terminal(int descriptor);
/// Whether a stream wants colour: a lively terminal, and NO_COLOR unset or empty (https://no-color.org).
[[nodiscard]] bool wants_colour(int descriptor);

} // namespace coupon
