#pragma once

#include "model/act.hpp"
#include "model/scene.hpp"

/// Everybody who acts. Each function hands every step that its actor could take next to `take`; a step is atomic, as one call to a server
/// is, and anything may happen between two steps. A program that dies, waits, or is cut off is one that takes no further step.
namespace coupon::model {

/// Those who apply: core/apply_steps.hpp, with requests and records that arrive late.
void step_applicants(const Scene& scene, const Take& take);
/// What is on its way arrives.
void step_air(const Scene& scene, const Take& take);
/// The worker's transactions and commits.
void step_worker(const Scene& scene, const Take& take);
/// The redrive: flow/redrive.cpp, one call at a time.
void step_redriver(const Scene& scene, const Take& take);
/// The gate loses its memory.
void step_losses(const Scene& scene, const Take& take);
/// Up to two who arm the gate: flow/arming.cpp, one call at a time.
void step_armers(const Scene& scene, const Take& take);
/// Up to two runs of coupon-reset at once, as if their lock had been lost: flow/reset.cpp, one call at a time.
void step_resetters(const Scene& scene, const Take& take);

/// Judges the next record of a partition. REQUIRES: there is one.
void issue_next(Scene& scene, std::size_t partition);
/// One call further. False when the armer has nothing more to do, or met a fault.
[[nodiscard]] bool advance_armer(Scene& scene, std::size_t who);
/// The armer's first call: the ledger's highest round. Idle when there is nothing to arm.
[[nodiscard]] Armer armer_that_begins(const Scene& scene);
/// A gate that is there and may grant.
[[nodiscard]] bool is_gate_armed(const Scene& scene);
/// One call of a reset further; several worlds where the call may go several ways.
void advance_resetter(const Scene& scene, std::size_t who, const Take& take);
/// Claims that nothing is on its way for, by what the redrive has read.
[[nodiscard]] std::vector<Claim> missing_claims(const Scene& scene, const Redriver& redriver);

} // namespace coupon::model
