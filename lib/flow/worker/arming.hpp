#pragma once

#include "core/void_claims.hpp"
#include "flow/world.hpp"
#include "gate/gate_keeper.hpp"
#include "gate/gate_reader.hpp"
#include "ledger/ledger.hpp"
#include "topic/topic_log.hpp"

namespace coupon {

/// What arming did.
struct Armed {
    Round round;
    Epoch epoch;
    std::int64_t restored = 0;            ///< claims put back from ledger and topic
    std::vector<VoidClaim> voided;        ///< claims that do not count; the ledger has them in its table void_claim
    std::vector<std::string> lost_logs{}; ///< a sentence for each partition whose log is gone
    bool stays_closed = false; ///< the gate is closed although the ledger says open: it forgot that it was opened, or a reset is about to
};

/// May a gate be armed where the ledger does not list it? A reopen may, on purpose; so may a worker that found a promoted replica.
enum class GateMove { refused, allowed };

struct ArmingWish {
    GateMove move = GateMove::refused;
    Epoch met{0};                         ///< the highest epoch that the caller has met anywhere
    std::vector<RestoredClaim> carried{}; ///< claims of the gate that was discarded, which this one is made in place of
};

/// Arms a gate that lost something again, in the five steps of lib/README.md ("Arming"). Any fault leaves the gate shut; the whole may be
/// repeated. conflict: somebody else armed it, or is at it. refused: the round is opening, abandoned or given up. not_quiescent: claims
/// contradict each other, and records that decide between them are not issued yet. corrupt: claims contradict each other, and no row
/// decides; the sentence names the first users. usage: the ledger's gate is elsewhere, and nothing was written. A gate that is made here
/// gets `token`.
[[nodiscard]] Result<Armed> arm_again(GateReader& reader, GateKeeper& keeper, TopicLog& topic, Ledger& ledger, World& world,
                                      const std::string& token, Milliseconds timeout, const ArmingWish& wish = {});

} // namespace coupon
