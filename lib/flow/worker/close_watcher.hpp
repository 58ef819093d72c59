#pragma once

#include "core/close_watch.hpp"
#include "flow/worker/say_once.hpp"
#include "gate/gate_keeper.hpp"
#include "ledger/ledger.hpp"

namespace coupon {

/// The part of a worker that sees that gate and ledger both know of a close (lib/README.md, "Closing").
class CloseWatcher {
public:
    CloseWatcher(World& world, Journal& journal) : world_(world), journal_(journal), trouble_(journal) {}

    /// Does what core/close_watch.hpp says of the row and the gate that were read, and tells of it. REQUIRES as there. True when something
    /// was done, so that what was read holds no more. Somebody else who acted since is nothing, and so is a row that is locked: the next
    /// look decides. Faults: those of servers that are away or refuse the login.
    [[nodiscard]] Result<bool> look(const RoundRow& row, const GateFields& gate, GateKeeper& keeper, Ledger& ledger, Milliseconds timeout);

private:
    void tell(CloseWatch done, const RoundRow& row);

    World& world_;
    Journal& journal_;
    SayOnce trouble_;
};

} // namespace coupon
