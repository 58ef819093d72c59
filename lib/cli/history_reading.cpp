#include "cli/history_reading.hpp"

#include "cli/config/descriptor.hpp"
#include "core/escape.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <utility>

namespace coupon {

namespace {

constexpr std::size_t piece_size = std::size_t{1} << 20U;

Fault unreadable(const std::string& path, const char* why, const char* hint = "") {
    return {FaultKind::usage, fmt::format("--history: cannot read {}: {}", escape(path), why), hint};
}

enum class Kind { file, folder };

/// Opening proves that it may be read. A pipe is opened without waiting for a writer, and refused.
Result<Kind> kind_of(const std::string& path) {
    const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    struct stat status {};
    if (!descriptor || ::fstat(descriptor.number(), &status) != 0) return unreadable(path, std::strerror(errno));
    if (S_ISREG(status.st_mode)) return Kind::file;
    if (S_ISDIR(status.st_mode)) return Kind::folder;
    return Fault{FaultKind::usage, fmt::format("--history: {} is not a regular file", escape(path)), "give the file, or its folder"};
}

Result<std::vector<std::string>> files_in(const std::string& folder) {
    std::vector<std::string> files;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        if (entry->path().filename().string().starts_with('.')) continue;
        files.push_back(entry->path().string());
    }
    if (error) return unreadable(folder, error.message().c_str());
    for (const auto& file : files) {
        const auto kind = kind_of(file);
        if (!kind) return kind.fault();
        if (*kind == Kind::folder) return unreadable(file, "it is a folder within a folder of histories", "give each folder by itself");
    }
    std::sort(files.begin(), files.end());
    return files;
}

History empty_folder(const std::string& path) {
    History nothing;
    nothing.path = path;
    nothing.defects.emplace_back("the folder holds no history");
    return nothing;
}

/// Reads what is there by now behind the place reached, and moves the place.
Status read_file(const std::string& path, HistoryParser& parser, std::int64_t& offset) {
    const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (!descriptor) return unreadable(path, std::strerror(errno));
    std::vector<char> piece(piece_size);
    while (true) {
        const auto count = ::pread(descriptor.number(), piece.data(), piece.size(), offset);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return unreadable(path, std::strerror(errno));
        if (count == 0) return Done{};
        parser.feed({piece.data(), static_cast<std::size_t>(count)});
        offset += count;
    }
}

} // namespace

Result<std::unique_ptr<HistoryReading>> HistoryReading::open(const std::vector<std::string>& paths) {
    std::unique_ptr<HistoryReading> reading(new HistoryReading(paths));
    const auto found = reading->find();
    if (!found) return found.fault();
    return reading;
}

Result<std::vector<HistoryReading::Found>> HistoryReading::find() const {
    std::vector<Found> found;
    std::set<std::string> known;
    const auto add = [&](const std::string& path, bool is_empty_folder) {
        if (known.insert(path).second) found.push_back({path, is_empty_folder});
    };
    for (const auto& path : paths_) {
        const auto kind = kind_of(path);
        if (!kind) return kind.fault();
        if (*kind == Kind::file) {
            add(path, false);
            continue;
        }
        const auto files = files_in(path);
        if (!files) return files.fault();
        if (files->empty()) add(path, true);
        for (const auto& file : *files)
            add(file, false);
    }
    return found;
}

Status HistoryReading::read(const std::vector<Found>& found) {
    for (const auto& [path, is_empty_folder] : found) {
        if (is_empty_folder) continue;
        auto& progress = progress_.try_emplace(path, Progress{HistoryParser(path), 0}).first->second;
        if (auto done = read_file(path, progress.parser, progress.offset); !done) return done;
    }
    return Done{};
}

Status HistoryReading::read_on() {
    const auto found = find();
    if (!found) return found.fault();
    return read(*found);
}

Result<std::vector<History>> HistoryReading::take() {
    // Looked for after the stores were read, so that a program that began since is not missed.
    const auto found = find();
    if (!found) return found.fault();
    if (auto done = read(*found); !done) return done.fault();
    std::vector<History> histories;
    for (const auto& [path, is_empty_folder] : *found)
        histories.push_back(is_empty_folder ? empty_folder(path) : progress_.at(path).parser.finish());
    progress_.clear();
    return histories;
}

} // namespace coupon
