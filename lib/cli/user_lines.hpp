#pragma once

#include "flow/apply/apply.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace coupon {

/// Why no users can be read from a descriptor at all (a folder, or a file that is open for writing only); empty when they can.
[[nodiscard]] std::string unreadable_because(int descriptor);

/// The users of coupon-apply --stdin, one id a line, in constant memory whatever comes. The last line may lack its end, a byte order mark
/// may stand before the first, a line may end with CR LF, and one with nothing but blanks is skipped. Any other line that is not exactly
/// a user id (blanks around it, a NUL byte) is a bad line; of one too long for any id the beginning is kept.
class UserLines {
public:
    /// `on_wait` is called whenever nothing has come yet.
    explicit UserLines(
        int descriptor, std::function<void()> on_wait = [] {})
        : descriptor_(descriptor), on_wait_(std::move(on_wait)) {}

    /// Never blocks. Fault usage when the input cannot be read any further, or is UTF-16.
    [[nodiscard]] NextUser next();

private:
    enum class Came { something, nothing_yet, end };

    [[nodiscard]] Result<Came> read_more();
    /// Nothing for a line that is skipped.
    [[nodiscard]] std::optional<NextUser> end_line();

    int descriptor_;
    std::function<void()> on_wait_;
    std::string buffer_;
    std::size_t used_ = 0; ///< of the buffer
    std::string line_;     ///< the line so far, at most one byte longer than `longest_shown`
    bool has_line_ = false;
    std::int64_t number_ = 0;
};

/// Warns of the first ten bad lines, each with its number and what is allowed; of all others it tells how many there are.
class BadLines {
public:
    explicit BadLines(Journal& log) : log_(log) {}

    void note(const BadLine& bad);
    /// Once no more can come.
    void tell_the_rest() const;

private:
    static constexpr std::int64_t most_told = 10;

    Journal& log_;
    std::int64_t count_ = 0;
};

} // namespace coupon
