#pragma once

#include "audit/evidence.hpp"

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
inline constexpr auto start_hint = "start the server, or correct its address, and audit again";
inline constexpr auto unread_hint = "follow the hints of \"stores\" and \"round\", then audit again";
inline constexpr auto arm_hint = "run coupon-consume, which arms the gate; then audit again";
inline constexpr auto other_round_hint =
    "repeat coupon-reset where it did not finish; otherwise run coupon-consume, which makes the gate of "
    "the ledger's round";
inline constexpr auto no_such_round_hint = "give --round the number of a round that was opened, or leave it out for the newest";
inline constexpr auto lag_hint = "the database lacks the newest records that the workers committed: audit the database that "
                                 "coupon-consume writes to, or wait until this database has caught up; where coupon-consume writes to "
                                 "this database, run coupon-consume --recover";
inline constexpr auto recover_hint = "run coupon-consume --recover: it lists what was lost, and with --yes it repairs it";
inline constexpr auto void_hint = "a user of these claims who has no row lost the slot to another user: give that user a coupon of a later "
                                  "round; the log of coupon-consume tells when the gate went back";
inline constexpr auto failed_hint = "remove the cause, then run coupon-consume --retry-failed";
inline constexpr auto gate_hint =
    "run coupon-reset --rebuild-gate, which makes the gate again from the ledger, the topic and what it still "
    "holds; CLIENT LIST at its Redis shows who else is connected: the suite's connections have the name coupon";
inline constexpr auto order_hint = "somebody else wrote to the gate, which grants in the order of arrival: CLIENT LIST at its Redis shows "
                                   "who is connected; the suite's connections have the name coupon";
inline constexpr auto row_hint = "find the statement that wrote the row in the database's binary log, at the row's issued_at; coupon-audit "
                                 "--user ID tells what each store has of the user";

} // namespace coupon
