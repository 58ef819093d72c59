#pragma once

#include "core/gate_rule.hpp"
#include "core/instant.hpp"
#include "core/result.hpp"
#include "core/server_settings.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace coupon {

/// The fixed fields of the gate and its sizes, read in one atomic step, even where they disagree.
struct GateSummary {
    GateFields fields;
    ServerIdentity server;            ///< of the process that answered
    Instant now;                      ///< the server's clock
    std::int64_t claims = 0;          ///< claims the hash holds
    std::int64_t outbox = 0;          ///< entries the outbox holds
    std::vector<std::string> defects; ///< fields that are absent or unreadable, and counters that disagree, one sentence each

    [[nodiscard]] bool armed() const { return is_armed(fields, server); }
};

/// All claims or all pending claims, and what could not be read as one.
template <class Entry>
struct GateListing {
    std::vector<Entry> entries;
    std::vector<std::string> defects;
};

/// Looks at the gate and changes nothing. Blocking, each call bounded by its deadline. One thread.
/// Faults: missing (no gate), unreachable, denied, refused. Nothing here can take effect, so nothing is ever unknown.
class GateReader {
public:
    virtual ~GateReader() = default;

    /// The gate's address as the ledger lists it. A loopback address or a socket means a server only together with the host's name.
    [[nodiscard]] virtual std::string address() const = 0;

    [[nodiscard]] virtual Result<GateSummary> summary(Deadline deadline) = 0;
    /// Reads in pieces: entries that exist throughout are all there, each once; entries that come or go while it reads may be.
    [[nodiscard]] virtual Result<GateListing<ClaimedSlot>> claims(Deadline deadline) = 0;
    [[nodiscard]] virtual Result<GateListing<PendingClaim>> outbox(Deadline deadline) = 0;
    /// The slots these users have claimed, in their order; nullopt where there is no claim that can be read. Much cheaper than claims()
    /// where the users are known already, the more so in the order of their slots.
    [[nodiscard]] virtual Result<std::vector<std::optional<Slot>>> slots_of(std::span<const UserId> users, Deadline deadline) = 0;
    /// The whole claim of one user; nullopt where there is none that can be read.
    [[nodiscard]] virtual Result<std::optional<Claim>> claim_of(UserId user, Deadline deadline) = 0;

    /// What the server tells of itself, whether there is a gate or not. What this account may not ask is left out, which is no fault.
    [[nodiscard]] virtual Result<GateSettings> settings(Deadline deadline) = 0;
};

} // namespace coupon
