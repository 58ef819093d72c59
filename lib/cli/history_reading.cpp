#include "cli/history_reading.hpp"

#include "core/escape.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace coupon {

namespace {

constexpr std::size_t piece_size = std::size_t{1} << 20U;

Fault unreadable(const std::string& path, const char* why, const char* hint = "") {
    return {FaultKind::usage, fmt::format("--history: cannot read {}: {}", escape(path), why), hint};
}

} // namespace

Result<std::unique_ptr<HistoryReading>> HistoryReading::open(const std::vector<std::string>& paths) {
    std::vector<File> files;
    for (const auto& path : paths) {
        Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
        struct stat status {};
        if (!descriptor || ::fstat(descriptor.number(), &status) != 0) return unreadable(path, std::strerror(errno));
        if (!S_ISREG(status.st_mode))
            return unreadable(path, "it is not a regular file", "while an event moves it is read again and again; give the file itself");
        files.push_back({path, std::move(descriptor), HistoryParser(path)});
    }
    return std::unique_ptr<HistoryReading>(new HistoryReading(std::move(files)));
}

Status HistoryReading::read_on() {
    std::vector<char> piece(piece_size);
    for (auto& file : files_) {
        while (true) {
            const auto count = ::read(file.descriptor.number(), piece.data(), piece.size());
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) return unreadable(file.path, std::strerror(errno));
            if (count == 0) break;
            file.parser.feed({piece.data(), static_cast<std::size_t>(count)});
        }
    }
    return Done{};
}

Result<std::vector<History>> HistoryReading::take() {
    if (auto read = read_on(); !read) return read.fault();
    std::vector<History> histories;
    for (auto& file : files_) {
        histories.push_back(file.parser.finish());
        file.parser = HistoryParser(file.path);
        if (::lseek(file.descriptor.number(), 0, SEEK_SET) != 0) return unreadable(file.path, std::strerror(errno));
    }
    return histories;
}

} // namespace coupon
