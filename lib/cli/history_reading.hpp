#pragma once

#include "flow/audit/history_source.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace coupon {

/// History files, read in pieces. Lines that are wrong are defects in the result.
///
/// A folder stands for every file in it, but for those whose name begins with a dot; files that appear while an event runs are read, too.
/// A folder without any file is a history with a defect. A path given twice is read once.
class HistoryReading final : public HistorySource {
public:
    /// Fault usage when a path is not there, is neither file nor folder, or cannot be read, and when a folder holds anything but files.
    [[nodiscard]] static Result<std::unique_ptr<HistoryReading>> open(const std::vector<std::string>& paths);

    Status read_on() override;
    Result<std::vector<History>> take() override;

private:
    struct Found {
        std::string path;
        bool is_empty_folder = false;
    };
    /// How far a file has been read. It is open only while it is read: a folder may hold more files than a program may have open.
    struct Progress {
        HistoryParser parser;
        std::int64_t offset = 0;
    };

    explicit HistoryReading(std::vector<std::string> paths) : paths_(std::move(paths)) {}

    /// What there is by now, in the order in which it was given and, within a folder, by name.
    [[nodiscard]] Result<std::vector<Found>> find() const;
    [[nodiscard]] Status read(const std::vector<Found>& found);

    std::vector<std::string> paths_;
    std::map<std::string, Progress> progress_;
};

} // namespace coupon
