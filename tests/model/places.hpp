#pragma once

#include "core/gate_standing.hpp"
#include "model/scene.hpp"

#include <string>

/// Which gate counts, in scenes where the ledger names it: core's rule, or core's rule with one comparison left out.
namespace coupon::model {

[[nodiscard]] std::string address_of(std::size_t place);
[[nodiscard]] const RoundKey& key_of_round();

/// The first row of a bound round: it names the gate at home, and has a key.
void bind(RoundRow& row, const GateSide& gate, const Bounds& bounds);
/// The scene with what there is at the other address at first.
[[nodiscard]] Scene with_other_gate(const Scene& scene);

/// What a worker at this gate makes of it.
[[nodiscard]] GateStanding standing_in(const Scene& scene);
/// The worker that redrives at this gate.
[[nodiscard]] std::size_t worker_at(const Scene& scene);
/// It redrives, and looks no further.
[[nodiscard]] bool is_counted(const Scene& scene);
/// This worker arms.
[[nodiscard]] bool is_to_be_armed(const Scene& scene, std::size_t worker);
/// A worker's look at row and gate: the scene in which it has met their epochs.
[[nodiscard]] Scene looked_at(const Scene& scene, std::size_t worker);

/// The record at this place, with its signature.
/// Which record it is: a log that takes the place of another one is of another time.
[[nodiscard]] RecordIdentity identity_at(const Scene& scene, const SourcePosition& at);
/// flow/worker/lost_logs.cpp: the fences of a lost log end at 0 in the ledger.
void compare_logs(Scene& scene);
[[nodiscard]] IssueRecord signed_record(const Scene& scene, const SourcePosition& at, const Grant& grant);

} // namespace coupon::model
