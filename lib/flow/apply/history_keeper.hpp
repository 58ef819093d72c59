#pragma once

#include "flow/apply/apply.hpp"
#include "flow/apply/history_sink.hpp"
#include "flow/world.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace coupon {

/// Writes the lines of a run's applications to a history, or nothing where there is none.
class HistoryKeeper {
public:
    /// `sink` may be null.
    HistoryKeeper(HistorySink* sink, World& world) : sink_(sink), world_(world) {}

    /// An application that is about to start.
    void invoke(std::uint64_t id, UserId user);
    /// Hands over those that are about to start; where it returns false none of them must start.
    [[nodiscard]] bool hand_over();
    void answered(const std::vector<Finished>& finished);
    /// Why the history cannot be written. After that nothing more is: the file may end within a line.
    [[nodiscard]] const std::optional<Fault>& fault() const { return fault_; }

private:
    void write(const std::string& lines, const HistoryCounts& held);

    HistorySink* sink_;
    World& world_;
    std::string lines_;   ///< of answers
    std::string invoked_; ///< not handed over yet
    std::int64_t invocations_ = 0;
    std::optional<Fault> fault_;
};

} // namespace coupon
