#include "cli/user_lines.hpp"

#include "cli/config/trimmed.hpp"
#include "cli/options/spelling.hpp"
#include "core/text_encoding.hpp"
#include "core/wording.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace coupon {

namespace {

constexpr std::size_t longest_shown = 200;
constexpr std::size_t piece_size = 65536;

} // namespace

std::string unreadable_because(int descriptor) {
    struct stat status {};
    const int flags = ::fcntl(descriptor, F_GETFL);
    if (flags < 0 || ::fstat(descriptor, &status) != 0) return std::strerror(errno);
    if ((flags & O_ACCMODE) == O_WRONLY) return "it is open for writing only";
    return S_ISDIR(status.st_mode) ? "it is a folder" : "";
}

NextUser UserLines::next() {
    while (true) {
        const auto end = std::min(buffer_.find('\n', used_), buffer_.size());
        if (end > used_) {
            line_.append(buffer_, used_, std::min(end - used_, longest_shown + 1 - std::min(line_.size(), longest_shown + 1)));
            has_line_ = true;
        }
        used_ = end;
        if (used_ < buffer_.size()) {
            ++used_;
            if (auto user = end_line()) return *std::move(user);
            continue;
        }
        const auto came = read_more();
        if (!came) return came.fault();
        switch (*came) {
        case Came::something: break;
        case Came::nothing_yet: on_wait_(); return NoUserYet{};
        case Came::end:
            if (has_line_) {
                if (auto user = end_line()) return *std::move(user);
            }
            return NoMoreUsers{};
        }
    }
}

Result<UserLines::Came> UserLines::read_more() {
    pollfd input{descriptor_, POLLIN, 0};
    if (::poll(&input, 1, 0) <= 0) return Came::nothing_yet;
    buffer_.resize(piece_size);
    used_ = 0;
    const auto count = ::read(descriptor_, buffer_.data(), buffer_.size());
    const int error = errno;
    buffer_.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    if (count > 0) return Came::something;
    if (count == 0) return Came::end;
    if (error == EINTR || error == EAGAIN) return Came::nothing_yet;
    return Fault{FaultKind::usage, std::string("cannot read the users from stdin: ") + std::strerror(error), {}};
}

std::optional<NextUser> UserLines::end_line() {
    ++number_;
    has_line_ = false;
    const auto whole = std::exchange(line_, {});
    std::string_view line = whole;
    if (number_ == 1 && is_utf16(line)) {
        return Fault{FaultKind::usage, std::string("cannot read the users from stdin: ") + utf16_text, {}};
    }
    if (number_ == 1) line = without_byte_order_mark(line);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (trimmed(line).empty()) return std::nullopt;
    if (const auto user = parse_user_id(line)) return *user;
    return BadLine{number_, std::string(line)};
}

void BadLines::note(const BadLine& bad) {
    if (++count_ > most_told) return;
    const auto spelling = user_id();
    log_.warn("line " + std::to_string(bad.number) + ": " + invalid_value(bad.text, spelling.expected, spelling.noun));
}

void BadLines::tell_the_rest() const {
    if (count_ > most_told) log_.warn("and " + counted(static_cast<std::size_t>(count_ - most_told), "more invalid line"));
}

} // namespace coupon
