#pragma once

#include "cli/descriptor.hpp"
#include "flow/history_source.hpp"

#include <memory>
#include <string>
#include <vector>

namespace coupon {

/// History files, read in pieces. Lines that are wrong are defects in the result.
class HistoryReading final : public HistorySource {
public:
    /// Fault usage when one of them is not there, is no file, or cannot be read.
    [[nodiscard]] static Result<std::unique_ptr<HistoryReading>> open(const std::vector<std::string>& paths);

    Status read_on() override;
    Result<std::vector<History>> take() override;

private:
    struct File {
        std::string path;
        Descriptor descriptor;
        HistoryParser parser;
    };

    explicit HistoryReading(std::vector<File> files) : files_(std::move(files)) {}

    std::vector<File> files_;
};

} // namespace coupon
