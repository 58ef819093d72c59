#pragma once

#include "flow/apply.hpp"
#include "flow/history_sink.hpp"
#include "flow/world.hpp"

#include <string>
#include <vector>

namespace coupon {

/// Writes the lines of a run's applications to a history, or nothing where there is none.
class HistoryKeeper {
public:
    /// `sink` may be null.
    HistoryKeeper(HistorySink* sink, World& world) : sink_(sink), world_(world) {}

    /// Call before the application is started.
    void invoked(std::uint64_t id, UserId user);
    void answered(const std::vector<Finished>& finished);

private:
    HistorySink* sink_;
    World& world_;
    std::string lines_;
};

} // namespace coupon
