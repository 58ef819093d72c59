#pragma once

#include "core/grant.hpp"

namespace coupon {

/// The highest grant that a program knew at some moment.
struct GrantMark {
    Epoch epoch{0};
    Slot slot{0};
};

/// What one program knows of the order in which a gate grants. Within an epoch slots only go up, holes first, and no slot is given
/// twice: a gate that breaks this went back in time while its server went on.
///
/// The rule alone is here; `Memory` keeps what it needs, for one thread (tests/fakes/plain_grants.hpp) or for several
/// (flow/apply/shared_grants.hpp):
///   highest()          the highest epoch, and the highest fresh slot of it
///   of(epoch)          a pointer to what is kept of this epoch, which is the highest from now on unless a higher one is: then nullptr
///   ->raise(slot)      a fresh grant of this slot
///   ->hold(slot, user) who has the slot: the user named here first
template <class Memory>
class GrantOrder {
public:
    /// The highest grant whose answer has come.
    [[nodiscard]] GrantMark mark() const { return memory_.highest(); }

    /// Takes in a grant, and says whether the gate can have given it without going back. `sent` is the mark from before its application was
    /// first sent. Only the answer to an application that was sent once is known to be fresh: an arming gives a pending claim the new
    /// epoch, above holes that it fills afterwards.
    [[nodiscard]] bool is_in_order(const Grant& grant, const GrantMark& sent, bool is_fresh) {
        if (grant.epoch < sent.epoch || (grant.epoch == sent.epoch && grant.slot <= sent.slot)) return false;
        auto* epoch = memory_.of(grant.epoch);
        // A late answer of an epoch that ended: its confirm tells what became of the claim.
        if (epoch == nullptr) return true;
        if (is_fresh) epoch->raise(grant.slot);
        return epoch->hold(grant.slot, grant.user) == grant.user;
    }

private:
    Memory memory_;
};

} // namespace coupon
