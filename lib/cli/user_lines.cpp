#include "cli/user_lines.hpp"

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
            return end_line();
        }
        const auto came = read_more();
        if (!came) return came.fault();
        switch (*came) {
        case Came::something: break;
        case Came::nothing_yet: on_wait_(); return NoUserYet{};
        case Came::end:
            if (has_line_) return end_line();
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

NextUser UserLines::end_line() {
    ++number_;
    has_line_ = false;
    const auto line = std::exchange(line_, {});
    const auto user = parse_user_id(line);
    if (user) return *user;
    return BadLine{number_, line};
}

} // namespace coupon
