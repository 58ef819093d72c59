#include "cli/config/secret_file.hpp"

#include "cli/config/descriptor.hpp"
#include "core/escape.hpp"
#include "core/text_encoding.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace coupon {

namespace {

constexpr std::size_t largest_secret = 4096;

Fault refuse(const std::string& path, const std::string& why) {
    return {FaultKind::usage, fmt::format("cannot take a secret from file {}: {}", escape(path), why), ""};
}

/// What is wrong with the file's kind, owner or permissions; empty when nothing is.
std::string objection_to_file(const struct stat& file, std::size_t largest) {
    if (!S_ISREG(file.st_mode)) return "it is not a regular file";
    if (file.st_uid != ::geteuid() && file.st_uid != 0) return "it belongs to another user";
    if ((file.st_mode & 077) != 0) return fmt::format("its mode is {:04o}, others may read it; chmod 600 it", file.st_mode & 07777);
    if (file.st_size < 0 || static_cast<std::size_t>(file.st_size) > largest) return fmt::format("it is larger than {} bytes", largest);
    return {};
}

std::string objection_to_folder(const struct stat& folder) {
    if (folder.st_uid != ::geteuid() && folder.st_uid != 0) return "its folder belongs to another user";
    if ((folder.st_mode & 022) != 0) return "others may write to its folder; move it into one that only you can write to";
    return {};
}

} // namespace

Result<std::string> read_private_file(const std::string& path, std::size_t largest) {
    // The folder is opened first and the file looked up in it, so that both checks are about what is then read.
    const std::filesystem::path full(path);
    const auto parent = full.has_parent_path() ? full.parent_path().string() : std::string(".");
    const Descriptor folder(::open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    struct stat status {};
    if (!folder || ::fstat(folder.number(), &status) != 0) return refuse(path, std::strerror(errno));
    if (const auto why = objection_to_folder(status); !why.empty()) return refuse(path, why);

    // O_NONBLOCK: opening a pipe must not wait for its writer.
    const Descriptor file(::openat(folder.number(), full.filename().c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!file) return refuse(path, errno == ELOOP ? "it is a symbolic link" : std::strerror(errno));
    if (::fstat(file.number(), &status) != 0) return refuse(path, std::strerror(errno));
    if (const auto why = objection_to_file(status, largest); !why.empty()) return refuse(path, why);

    std::string text(largest + 1, '\0');
    std::size_t length = 0;
    while (length < text.size()) {
        const auto count = ::read(file.number(), text.data() + length, text.size() - length);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return refuse(path, std::strerror(errno));
        if (count == 0) break;
        length += static_cast<std::size_t>(count);
    }
    if (length > largest) return refuse(path, fmt::format("it is larger than {} bytes", largest));
    text.resize(length);
    return text;
}

Result<std::string> read_secret_file(const std::string& path) {
    auto text = read_private_file(path, largest_secret);
    if (!text) return text;
    if (is_utf16(*text)) return refuse(path, utf16_text);
    *text = without_byte_order_mark(*text);
    if (!text->empty() && text->back() == '\n') text->pop_back();
    if (!text->empty() && text->back() == '\r') text->pop_back();
    if (text->empty()) return refuse(path, "it is empty");
    if (text->find_first_of(std::string_view("\n\r\0", 3)) != std::string::npos) {
        return refuse(path, "it has more than one line, or a NUL byte; the password must be its only line");
    }
    return text;
}

} // namespace coupon
