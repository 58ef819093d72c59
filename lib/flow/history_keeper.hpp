#pragma once

#include "flow/apply.hpp"
#include "flow/history_sink.hpp"
#include "flow/world.hpp"

#include <optional>
#include <string>
#include <vector>

namespace coupon {

/// Writes the lines of a run's applications to a history, or nothing where there is none.
class HistoryKeeper {
public:
    /// `sink` may be null.
    HistoryKeeper(HistorySink* sink, World& world) : sink_(sink), world_(world) {}

    /// Call before the application is started; where it returns false the application must not start.
    [[nodiscard]] bool invoked(std::uint64_t id, UserId user);
    void answered(const std::vector<Finished>& finished);
    /// Why the history cannot be written. After that nothing more is: the file may end within a line.
    [[nodiscard]] const std::optional<Fault>& fault() const { return fault_; }

private:
    void write(const std::string& lines, const HistoryCounts& held);

    HistorySink* sink_;
    World& world_;
    std::string lines_;
    std::optional<Fault> fault_;
};

} // namespace coupon
