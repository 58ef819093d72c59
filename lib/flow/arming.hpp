#pragma once

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
    std::int64_t restored = 0; ///< claims put back from ledger and topic
    bool stays_closed = false; ///< the gate is closed although the ledger says open: it forgot that it was opened, or a reset is about to
};

/// Arms a gate that lost something again, in the five steps of lib/README.md ("Arming"). Any fault leaves the gate shut; the whole may be
/// repeated. conflict: somebody else armed it, or is at it. refused: the round is opening, abandoned or given up. corrupt: gate, ledger
/// and topic contradict each other; the sentence names the first users. A gate that is created anew here gets `token`.
[[nodiscard]] Result<Armed> arm_again(GateReader& reader, GateKeeper& keeper, TopicLog& topic, Ledger& ledger, World& world,
                                      const std::string& token, Milliseconds timeout);

} // namespace coupon
