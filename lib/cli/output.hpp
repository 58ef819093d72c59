#pragma once

#include "cli/log.hpp"
#include "core/instant.hpp"

#include <string>
#include <string_view>

namespace coupon {

/// The result of a program on stdout. What is written is gathered for a moment and then handed over in whole lines.
///
/// When the reader is gone (a closed pipe, a terminal that was hung up), the rest is dropped quietly and a stop is requested. When stdout
/// cannot be written for any other reason, a stop is requested, too, the reason is logged, and the rest goes to stderr: a result that was
/// not delivered must not pass for one that was.
class Output {
public:
    explicit Output(Log& log);
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    /// `text` is one or more whole lines.
    void write(std::string_view text);
    void flush();
    /// Something that was to be written did not reach stdout, though it may have a reader.
    [[nodiscard]] bool has_failed() const { return state_ == State::failed; }

private:
    enum class State { works, reader_gone, failed };

    void on_failure(int error);

    Log& log_;
    bool is_terminal_;
    std::string gathered_;
    Tick flushed_at_{};
    State state_ = State::works;
};

} // namespace coupon
