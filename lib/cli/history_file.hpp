#pragma once

#include "cli/descriptor.hpp"
#include "core/event_name.hpp"
#include "core/result.hpp"
#include "core/round.hpp"
#include "flow/history_sink.hpp"

#include <memory>
#include <string>

namespace coupon {

/// A history on disk. It is a new file of mode 0600; each line is with the kernel before write() returns, so that a killed program loses
/// nothing that was handed over, and on the disk once finish() has returned.
class HistoryFile final : public HistorySink {
public:
    /// Fault usage when the path exists already, or the file cannot be made.
    [[nodiscard]] static Result<std::unique_ptr<HistoryFile>> create(const std::string& path, const EventName& event, Round round,
                                                                     std::int64_t seed);

    /// Throws when the file cannot be written.
    void write(std::string_view lines) override;
    /// Throws when the file does not reach the disk.
    void finish();

private:
    HistoryFile(std::string path, Descriptor file) : path_(std::move(path)), file_(std::move(file)) {}

    std::string path_;
    Descriptor file_;
};

} // namespace coupon
