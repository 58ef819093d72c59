#pragma once

#include "core/gate_standing.hpp"
#include "core/roll_back.hpp"
#include "flow/worker/issued_lately.hpp"
#include "flow/world.hpp"
#include "gate/gate_keeper.hpp"
#include "gate/gate_reader.hpp"
#include "ledger/ledger_reader.hpp"

#include <optional>
#include <string>

namespace coupon {

/// How a worker notices a gate that went back in time while its server went on, and takes its arms away. Rows are read first, then the
/// gate.
class RollBackWatch {
public:
    RollBackWatch(IssuedLately& issued, World& world, Journal& journal) : issued_(issued), world_(world), journal_(journal) {}

    /// Before the gate is read: what the ledger holds. Of a large round the coupons are counted only now and then.
    [[nodiscard]] Status look_at_ledger(LedgerReader& ledger, const RoundRow& row, Milliseconds timeout);
    /// After it: whether the gate went back. Its arms are taken away then. `row` is the one that the gate was compared with.
    [[nodiscard]] Result<bool> look_at_gate(const GateFields& gate, const RoundRow& row, GateReader& reader, GateKeeper& keeper,
                                            Milliseconds timeout);

private:
    /// The gate whose arms are to be taken away.
    struct Found {
        Round round;
        Epoch epoch;
        std::string seal;
    };
    /// Why the gate went back, a sentence; empty where nothing shows it. What a fault kept from being compared is compared at the next
    /// look.
    Result<std::string> why_it_went_back(const GateFields& gate, const RoundRow& row, GateReader& reader, Milliseconds timeout);
    /// A record of the gate's own epoch that lost its slot.
    [[nodiscard]] std::string look_at_losers(const GateFields& gate);
    /// Of the users whose coupons were written since the last look.
    Result<std::string> look_at_users(const RoundRow& row, GateReader& reader, Milliseconds timeout);

    IssuedLately& issued_;
    World& world_;
    Journal& journal_;
    std::optional<Found> found_; ///< told, and not disarmed yet
    std::optional<GateProgress> before_;
    std::deque<std::vector<SourceRecord>> written_; ///< before the gate was read
    std::deque<SourceRecord> losers_;               ///< records that lost their slot before then
    std::optional<std::int64_t> rows_;
    std::optional<Tick> counted_;
};

} // namespace coupon
