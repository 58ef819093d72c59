#pragma once

#include "cli/config/descriptor.hpp"
#include "core/event_name.hpp"
#include "core/result.hpp"
#include "core/round.hpp"
#include "flow/apply/history_sink.hpp"

#include <memory>
#include <optional>
#include <string>

namespace coupon {

/// A history on disk. It is a new file of mode 0600; each line is with the kernel before write() returns, so that a killed program loses
/// nothing that was handed over, and on the disk once close() has returned.
class HistoryFile final : public HistorySink {
public:
    /// A path that ends with a slash, or is a folder, gets a new file of its own, EVENT-rROUND-TIME-PID.history; a folder that is not there
    /// is made. Fault usage when the file exists already or cannot be made.
    [[nodiscard]] static Result<std::unique_ptr<HistoryFile>> create(const std::string& path, const EventName& event, Round round,
                                                                     std::int64_t seed);

    /// Fault refused when the lines, or any before them, cannot be written.
    [[nodiscard]] Status write(std::string_view lines, const HistoryCounts& held) override;
    /// Writes the closing line, which says that nothing is missing. Call after the last answer. Fault refused
    /// when the file does not reach the disk.
    [[nodiscard]] Status close();
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    HistoryFile(std::string path, Descriptor file) : path_(std::move(path)), file_(std::move(file)) {}

    [[nodiscard]] Status append(std::string_view lines);

    std::string path_;
    Descriptor file_;
    std::optional<Fault> failure_; ///< nothing is written after it: the file may end within a line
    Instant started_at_{};
    HistoryCounts counts_;
    Sha256 digest_;
};

} // namespace coupon
