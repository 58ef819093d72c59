#pragma once

#include "flow/audit/audit.hpp"

namespace coupon {

/// The three stores of an audit, as far as they could be reached.
struct AuditStores {
    std::unique_ptr<LedgerReader> ledger;
    std::unique_ptr<TopicLog> topic;
    std::unique_ptr<GateReader> gate;
    std::vector<Fault> unreadable; ///< one for each store that is missing

    [[nodiscard]] bool all() const { return ledger && topic && gate; }
};

/// Connects to each of the three. The only fault is a refused login.
[[nodiscard]] Result<AuditStores> open_stores(const AuditPorts& ports);

/// A topic log opens without asking the broker. One that is away is waited for once, here, and missing from then on. The only fault is a
/// refused login.
[[nodiscard]] Status drop_silent_topic(const AuditSettings& settings, AuditStores& stores, World& world);

/// Reads ledger, topic and gate, in this order, against the way of an application. What cannot be read is left out and named in the input.
/// Faults: denied, interrupted. Histories and quiescence are left to the caller.
[[nodiscard]] Result<AuditInput> read_stores(const AuditSettings& settings, AuditStores& stores, World& world);

} // namespace coupon
