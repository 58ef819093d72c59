#pragma once

#include "core/evidence.hpp"

#include <optional>

/// The checks an audit makes, one function each; reconcile() puts them together. I1..I10 are the invariants of lib/README.md.
namespace coupon {

// Readings of their own (check_readings.cpp, check_gate.cpp, check_topic.cpp).
[[nodiscard]] Check check_stores(const Evidence& evidence);
[[nodiscard]] Check check_round(const Evidence& evidence);
[[nodiscard]] Check check_quiescent(const Evidence& evidence);
[[nodiscard]] Check check_history(const Evidence& evidence);
[[nodiscard]] Check check_gate(const Evidence& evidence);
[[nodiscard]] Check check_gate_memory(const Evidence& evidence);
[[nodiscard]] Check check_topic(const Evidence& evidence);

// Each coupon once (check_slots.cpp).
[[nodiscard]] Check check_limit(const Evidence& evidence); ///< I1
[[nodiscard]] Check check_users(const Evidence& evidence); ///< I2
[[nodiscard]] Check check_slots(const Evidence& evidence); ///< I3

// What was told (check_promises.cpp).
[[nodiscard]] Check check_promises(const Evidence& evidence); ///< I4
[[nodiscard]] Check check_refusals(const Evidence& evidence); ///< I5

// Where rows come from, and whether all are there (check_origins.cpp, check_totals.cpp).
[[nodiscard]] Check check_origins(const Evidence& evidence); ///< I6
[[nodiscard]] Check check_totals(const Evidence& evidence);  ///< I7

// First come (check_order.cpp).
[[nodiscard]] Check check_order(const Evidence& evidence); ///< I8

// Records and rounds (check_records.cpp).
[[nodiscard]] Check check_classes(const Evidence& evidence);      ///< I9
[[nodiscard]] Check check_rounds_apart(const Evidence& evidence); ///< I10

/// Only where they have something to say (check_totals.cpp).
[[nodiscard]] std::optional<Check> check_expectation(const Evidence& evidence);
[[nodiscard]] std::optional<Check> check_abandoned(const Evidence& evidence);
[[nodiscard]] std::optional<Check> check_void_claims(const Evidence& evidence);

inline constexpr auto no_history = "no --history";
inline constexpr auto older_round = "an older round is judged from ledger and history alone";

// What to do, said alike wherever it is said, so that findings of one cause stand together.
inline constexpr auto lag_hint = "the database lacks the newest records that the workers committed: audit the one that coupon-consume "
                                 "writes to, or wait until this one has caught up; where it is that one, run coupon-consume --recover";
inline constexpr auto recover_hint = "run coupon-consume --recover: it lists what was lost, and with --yes it repairs that";
inline constexpr auto void_hint = "their slots belong to other users; make it good by hand, and find out who set the gate back";
inline constexpr auto failed_hint = "remove the cause, then run coupon-consume --retry-failed";
inline constexpr auto order_hint = "the gate did not decide in the order of arrival: find out who else wrote to it";

} // namespace coupon
