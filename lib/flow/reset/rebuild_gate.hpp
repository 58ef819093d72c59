#pragma once

#include "flow/reset/reset.hpp"

namespace coupon {

/// --rebuild-gate: makes the gate of the highest round again where it contradicts itself, a coupon or a record (lib/README.md, "Rebuilding
/// the gate"): discards it and arms it from ledger, topic and the claims that it held. What speaks against a claim is a warning in
/// `report`. Faults: usage (the ledger's gate is elsewhere, or this one is another ledger's), refused (the gate does not contradict itself;
/// its round is not open or closed; the ledger was not told of a close), already_running, conflict, missing, unreachable, denied; those of
/// arm_again() with the gate left missing, which a running coupon-consume arms.
[[nodiscard]] Status rebuild_gate(const ResetSettings& settings, const ResetPorts& ports, ResetReport& report);

/// What rebuild_gate() would do now; nothing is touched.
[[nodiscard]] Status plan_rebuild_gate(const ResetSettings& settings, const ResetPorts& ports, ResetReport& report);

} // namespace coupon
