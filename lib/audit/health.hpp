#pragma once

#include "audit/evidence.hpp"

#include <string>
#include <vector>

namespace coupon {

/// What an event that moves must not show to be in good health, one sentence each; empty where it is. REQUIRES: the audit saw it move.
///
/// Good health is what keeps "in progress" from hiding a loss: whatever waits goes on, nothing goes back, and every claim and every promise
/// that is not a row yet is accounted for. It is no proof; that comes when the event is quiescent.
[[nodiscard]] std::vector<std::string> objections_to_health(const Evidence& evidence);

/// How many claims can be on their way unseen: confirmed, or granted, after the topic's ends were asked for. Every other claim that is
/// neither a row nor in the outbox must have its record among those read. REQUIRES: the gate was read.
[[nodiscard]] std::int64_t claims_unseen_at_most(const Evidence& evidence);

} // namespace coupon
