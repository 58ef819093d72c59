#pragma once

#include "flow/audit/audit.hpp"
#include "flow/world.hpp"
#include "gate/gate_reader.hpp"
#include "ledger/ledger_reader.hpp"
#include "preflight/preflight.hpp"
#include "topic/topic_log.hpp"

#include <optional>
#include <string>
#include <vector>

namespace coupon {

/// What a preflight is told.
struct PreflightSettings {
    Opening opening = Opening::looked_at;
    std::string event;
    std::string topic;
    std::string group;
    std::optional<Limit> limit;   ///< of the round to come; absent: that of the newest round
    std::optional<Window> window; ///< likewise
    Plan plan;
    AcceptedLines accepted;
    Milliseconds timeout{5000}; ///< of each server call
    Instant started_at;         ///< the wall clock of this machine at `start`
    Tick start;
};

/// The three stores; nullptr where one could not be reached, then its fault says why.
struct PreflightStores {
    GateReader* gate = nullptr;
    TopicLog* topic = nullptr;
    LedgerReader* ledger = nullptr;
    std::optional<Fault> gate_away{};
    std::optional<Fault> topic_away{};
    std::optional<Fault> ledger_away{};
};

/// Reads settings, clocks and leftovers of the three stores and judges them (preflight/preflight.hpp). Changes nothing, waits for nothing.
/// A store that does not answer is in the report's `away`.
[[nodiscard]] PreflightReport preflight(const PreflightSettings& settings, const PreflightStores& stores, World& world);

/// The same over stores that are yet to be connected to.
[[nodiscard]] PreflightReport preflight(const PreflightSettings& settings, const AuditPorts& ports, World& world);

} // namespace coupon
