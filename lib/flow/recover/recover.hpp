#pragma once

#include "audit/recovery_plan.hpp"
#include "flow/audit/audit.hpp"
#include "gate/gate.hpp"
#include "ledger/ledger.hpp"
#include "topic/publisher.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace coupon {

/// How a recovery looks and works.
struct RecoverSettings {
    std::string event;
    std::string topic;
    Milliseconds grace{3000}; ///< how long a claim may be pending, and how long nothing may move before the event counts as standing still
    Milliseconds wait{30000}; ///< for the event to become quiescent, or to stand still
    Milliseconds timeout{5000}; ///< of each server call
};

/// A recovery's ports. `look` is how an audit looks; its histories are not asked for.
struct RecoverPorts {
    AuditPorts look;
    Gate& gate;
    Publisher& publisher;
    Ledger& ledger;
    World& world;
};

/// What was done about a plan. Counts are claims, records and failed events.
struct RecoveryDone {
    std::int64_t published = 0;      ///< claims that the topic acknowledged now
    std::int64_t issued = 0;         ///< skipped records that are issued now, or were issued in between
    std::int64_t kept = 0;           ///< skipped records that are failed events now
    std::int64_t passed_over = 0;    ///< skipped records that turned out stale or fenced
    std::int64_t issued_at_last = 0; ///< failed events that are issued now
    std::int64_t still_failed = 0;   ///< failed events that met something since the plan was made
};

/// What a recovery found and did.
struct RecoverReport {
    std::optional<Round> round;
    std::vector<std::string> moving; ///< why nothing could be told: what went on while it was looked at; empty when it could
    RecoveryPlan plan;
    std::optional<RecoveryDone> done;
    std::optional<RecoveryPlan> left; ///< the plan made again after all was done

    /// What is to be done now, as far as it is known.
    [[nodiscard]] const RecoveryPlan& open() const { return left ? *left : plan; }
};

/// Keeps resets out (faults already_running while one runs), waits until the event is quiescent or nothing has moved for the grace,
/// reads all three stores and makes the plan. Changes nothing. Faults: those of the stores, missing (no round), interrupted.
[[nodiscard]] Status plan_recovery(const RecoverSettings& settings, const RecoverPorts& ports, RecoverReport& report);

/// Does what plan_recovery() planned, all of which may be done twice, then looks again. What was done before a fault stands in report.done.
/// Faults: those of the stores; unknown (a record was not acknowledged), not_quiescent (the gate was armed again), interrupted.
[[nodiscard]] Status carry_out(const RecoverSettings& settings, const RecoverPorts& ports, RecoverReport& report);

} // namespace coupon
