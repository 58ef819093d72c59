#pragma once

#include "audit/reconcile.hpp"
#include "audit/story.hpp"
#include "flow/audit/history_source.hpp"
#include "flow/world.hpp"
#include "gate/gate_reader.hpp"
#include "ledger/ledger_reader.hpp"
#include "topic/topic_log.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace coupon {

/// How an audit looks.
struct AuditSettings {
    std::string event;
    std::string topic;
    std::optional<Round> round;         ///< absent: the highest; an older one is judged from ledger and history alone
    std::optional<std::int64_t> expect; ///< how many coupons there must be; absent: as many as were promised
    bool histories_are_partial = false; ///< some may be missing or incomplete
    bool requires_all = false;          ///< a check that is not made keeps the event from being exact
    Milliseconds wait{30000};           ///< for the event to become quiescent
    Milliseconds timeout{5000};         ///< of each server call
};

/// Ways to the three stores; each connects when called, so that a store that is away becomes part of the verdict.
struct AuditPorts {
    std::function<Result<std::unique_ptr<LedgerReader>>()> open_ledger;
    std::function<Result<std::unique_ptr<TopicLog>>()> open_topic;
    std::function<Result<std::unique_ptr<GateReader>>()> open_gate;
    /// Opens every history given, or nullptr where none is. Called at the start, so that a file that is not there is said at once.
    std::function<Result<std::unique_ptr<HistorySource>>()> open_histories;
    /// Told at each look what is waited for; may be null.
    std::function<void(const std::vector<std::string>& reasons)> waiting;
};

/// Waits until quiescent, reads ledger, topic, gate and histories in that order, and judges (audit/reconcile.hpp). Histories are read while
/// the stores are, and to their end after that: a program that is still writing has by then written down whatever the stores hold.
/// Changes nothing. A store that cannot be read makes the verdict cannot_tell, never exact; the fault returned is only for a refused login,
/// an interruption, or a history that cannot be read.
[[nodiscard]] Result<AuditReport> audit(const AuditSettings& settings, const AuditPorts& ports, World& world);

/// Reads the same once, as it stands now, and tells the story of one user. Waits for nothing. Faults as of audit().
[[nodiscard]] Result<Story> story_now(const AuditSettings& settings, const AuditPorts& ports, World& world, UserId user);

} // namespace coupon
