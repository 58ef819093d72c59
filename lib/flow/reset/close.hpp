#pragma once

#include "core/close_steps.hpp"
#include "flow/reset/reset.hpp"

#include <functional>
#include <memory>

namespace coupon {

/// What the kill switch works with. Nothing but the gate is opened before it is closed, so that no other server can hold it up.
struct ClosePorts {
    GateKeeper& keeper;
    std::function<Result<std::unique_ptr<Ledger>>()> open_ledger; ///< called once the gate is closed
    World& world;
    /// What there is at the gate's address now that it was closed; called before the ledger is told. Null: nothing is compared.
    std::function<GateSight()> look{};
};

/// The kill switch (lib/README.md, "Closing"). The gate has settings.timeout, then the ledger has as long. What was done, and what came of
/// it (ResetReport::close), is in `report`; the fault says what stood in the way.
[[nodiscard]] Status close_event(const ResetSettings& settings, const ClosePorts& ports, ResetReport& report);

/// The same for a gate that cannot even be reached.
[[nodiscard]] Status close_event_without_gate(const ResetSettings& settings, const Fault& why, ResetReport& report);

/// What close_event() would do now. Asks the gate alone, and changes nothing.
[[nodiscard]] Status plan_close(const ResetSettings& settings, GateReader& reader, World& world, ResetReport& report);

} // namespace coupon
