#pragma once

#include "core/instant.hpp"

#include <string>
#include <string_view>

namespace coupon {

/// The result of a program on stdout. What is written is gathered for a moment and then handed over in whole lines. When nobody reads any
/// more (a closed pipe), the rest is dropped quietly and a stop is requested. Any other failure ends the program by an exception: a result
/// that was not delivered must not pass for one.
class Output {
public:
    Output() = default;
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    /// `text` is one or more whole lines.
    void write(std::string_view text);
    void flush();

private:
    std::string gathered_;
    Tick flushed_at_{};
    bool is_gone_ = false;
};

} // namespace coupon
