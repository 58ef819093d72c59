#include "cli/history_file.hpp"

#include "core/escape.hpp"
#include "core/history.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace coupon {

namespace {

/// Names this run of the machine: steady clocks of different runs have nothing to do with each other.
/// https://docs.kernel.org/admin-guide/sysctl/kernel.html#random
std::string boot_id() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    if (!std::getline(file, id) || id.empty()) throw std::runtime_error("cannot read /proc/sys/kernel/random/boot_id");
    return id;
}

std::runtime_error failure(const std::string& path) {
    return std::runtime_error(fmt::format("cannot write history {}: {}; it is incomplete", escape(path), std::strerror(errno)));
}

} // namespace

Result<std::unique_ptr<HistoryFile>> HistoryFile::create(const std::string& path, const EventName& event, Round round, std::int64_t seed) {
    Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file && errno == EEXIST) {
        return Fault{FaultKind::usage, fmt::format("--history: {} exists already, and a history is always a new file", escape(path)),
                     "choose another name"};
    }
    if (!file) {
        return Fault{FaultKind::usage, fmt::format("--history: cannot make {}: {}", escape(path), std::strerror(errno)), ""};
    }
    std::unique_ptr<HistoryFile> history(new HistoryFile(path, std::move(file)));
    history->write(history_head_line({boot_id(), ::getpid(), event.text(), round, seed}));
    return history;
}

void HistoryFile::write(std::string_view lines) {
    while (!lines.empty()) {
        const auto count = ::write(file_.number(), lines.data(), lines.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw failure(path_);
        lines.remove_prefix(static_cast<std::size_t>(count));
    }
}

void HistoryFile::finish() {
    if (::fsync(file_.number()) != 0) throw failure(path_);
    // The name of a new file is on the disk only when its folder is.
    const std::filesystem::path full(path_);
    const auto parent = full.has_parent_path() ? full.parent_path().string() : std::string(".");
    const Descriptor folder(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder || ::fsync(folder.number()) != 0) throw failure(path_);
}

} // namespace coupon
