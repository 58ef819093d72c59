#include "cli/history_file.hpp"

#include "core/escape.hpp"
#include "core/rfc3339.hpp"
#include "history/history.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace coupon {

namespace {

/// Names this run of the machine: steady clocks of different runs have nothing to do with each other.
/// https://docs.kernel.org/admin-guide/sysctl/kernel.html#random
Result<std::string> boot_id() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    if (std::getline(file, id) && !id.empty()) return id;
    return Fault{FaultKind::usage, "--history: cannot read /proc/sys/kernel/random/boot_id, which names this run of the machine",
                 "mount /proc, or leave --history out"};
}

Fault failure(const std::string& path) {
    return {FaultKind::refused, fmt::format("cannot write history {}: {}; it is incomplete", escape(path), std::strerror(errno)), ""};
}

Fault cannot_make(const std::string& path) {
    return {FaultKind::usage, fmt::format("--history: cannot make {}: {}", escape(path), std::strerror(errno)), ""};
}

Instant wall_clock() {
    return std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());
}

std::int64_t steady_ns() {
    return std::chrono::duration_cast<Nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Descriptor new_file(const std::string& path) {
    return Descriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
}

bool is_folder(const std::string& path) {
    struct stat status {};
    return path.ends_with('/') || (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode));
}

/// 2026-12-01T10:00:00.000Z as 20261201T100000.000Z: names sort by time, and no shell minds them.
std::string time_in_name(Instant moment) {
    std::string text = rfc3339(moment);
    std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
    return text;
}

/// A file that is not there yet, with its path. Two processes of one number can share a folder, in containers, and a moment.
Result<std::pair<std::string, Descriptor>> new_file_in(const std::string& folder, const std::string& name) {
    constexpr int attempts = 100;
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return cannot_make(folder);
    const std::string start = folder + (folder.ends_with('/') ? "" : "/") + name;
    for (int attempt = 1;; ++attempt) {
        auto path = start + (attempt == 1 ? "" : "-" + std::to_string(attempt)) + ".history";
        auto file = new_file(path);
        if (file) return std::pair(std::move(path), std::move(file));
        if (errno != EEXIST || attempt == attempts) return cannot_make(path);
    }
}

/// Names of files without a path of their own are the operator's, so one that is there already is not ours to write to.
Result<std::pair<std::string, Descriptor>> new_file_at(const std::string& path) {
    auto file = new_file(path);
    if (file) return std::pair(path, std::move(file));
    if (errno != EEXIST) return cannot_make(path);
    return Fault{FaultKind::usage, fmt::format("--history: {} already exists", escape(path)), "choose a new name, or a folder"};
}

} // namespace

Result<std::unique_ptr<HistoryFile>> HistoryFile::create(const std::string& path, const EventName& event, Round round, std::int64_t seed) {
    const auto boot = boot_id();
    if (!boot) return boot.fault();
    const auto started_at = wall_clock();
    const auto name = fmt::format("{}-r{}-{}-{}", event.text(), round.text(), time_in_name(started_at), ::getpid());
    auto made = is_folder(path) ? new_file_in(path, name) : new_file_at(path);
    if (!made) return made.fault();
    std::unique_ptr<HistoryFile> history(new HistoryFile(std::move(made->first), std::move(made->second)));
    history->started_at_ = started_at;
    // Where there is no room for it, the first write reports it: by then there is a report to go with it.
    static_cast<void>(history->append(history_head_line({*boot, ::getpid(), event.text(), round, seed, started_at, steady_ns()})));
    return history;
}

Status HistoryFile::write(std::string_view lines, const HistoryCounts& held) {
    counts_.applications += held.applications;
    counts_.answers += held.answers;
    return append(lines);
}

Status HistoryFile::append(std::string_view lines) {
    if (failure_) return *failure_;
    digest_.add(lines);
    while (!lines.empty()) {
        const auto count = ::write(file_.number(), lines.data(), lines.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return failure_.emplace(failure(path_));
        lines.remove_prefix(static_cast<std::size_t>(count));
    }
    return Done{};
}

Status HistoryFile::close() {
    auto written = append(history_closing_line({counts_, started_at_, wall_clock(), hex(digest_.digest())}));
    if (!written) return written;
    if (::fsync(file_.number()) != 0) return failure(path_);
    // The name of a new file is on the disk only when its folder is.
    const std::filesystem::path full(path_);
    const auto parent = full.has_parent_path() ? full.parent_path().string() : std::string(".");
    const Descriptor folder(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder || ::fsync(folder.number()) != 0) return failure(path_);
    return Done{};
}

} // namespace coupon
