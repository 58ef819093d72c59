#include "cli/config/trusted_file.hpp"

#include "cli/config/descriptor.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace coupon {

namespace {

Fault refuse(const std::string& why) {
    return {FaultKind::usage, why, ""};
}

/// What is wrong with the file's kind, owner or permissions; empty when nothing is.
std::string objection_to(const struct stat& file) {
    if (!S_ISREG(file.st_mode)) return "it is not a regular file";
    if (file.st_uid != ::geteuid() && file.st_uid != 0) return "it belongs to another user";
    if ((file.st_mode & 022) != 0) {
        return fmt::format("its mode is {:04o}, others may write to it; chmod go-w it", file.st_mode & 07777);
    }
    return {};
}

} // namespace

Result<std::string> read_trusted_file(const std::string& path, std::size_t largest) {
    // O_NONBLOCK: opening a pipe must not wait for its writer.
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct stat status {};
    if (!file || ::fstat(file.number(), &status) != 0) return refuse(std::strerror(errno));
    if (const auto why = objection_to(status); !why.empty()) return refuse(why);
    std::string text;
    char piece[65536];
    while (text.size() <= largest) {
        const auto count = ::read(file.number(), piece, sizeof piece);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return refuse(std::strerror(errno));
        if (count == 0) return text;
        text.append(piece, static_cast<std::size_t>(count));
    }
    return refuse(fmt::format("it is larger than {} bytes", largest));
}

} // namespace coupon
