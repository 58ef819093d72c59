#pragma once

#include "core/result.hpp"
#include "history/history.hpp"

#include <vector>

namespace coupon {

/// The histories that an audit compares with the stores; programs may still be writing them. One thread at a time.
class HistorySource {
public:
    virtual ~HistorySource() = default;

    /// Reads as far as they are written by now, so that take() has less to do. Fault usage when a file cannot be read any more.
    [[nodiscard]] virtual Status read_on() = 0;

    /// Reads to the end and hands everything over. What is read after that begins at the beginning again. Fault usage as of read_on().
    [[nodiscard]] virtual Result<std::vector<History>> take() = 0;
};

} // namespace coupon
