#pragma once

#include "core/grant.hpp"

#include <unordered_map>

namespace coupon {

/// What one program knows of the order in which a gate grants, pure. Within an epoch slots only go up, holes first, and no slot is given
/// twice: a gate that breaks this went back in time while its server went on.
class GrantOrder {
public:
    /// The highest grant whose answer had come when an application was first sent.
    struct Mark {
        Epoch epoch{0};
        Slot slot{0};
    };

    [[nodiscard]] Mark mark() const { return highest_; }

    /// Takes in a grant, and says whether the gate can have given it without going back. `sent` is the mark from before its application was
    /// first sent. Only the answer to an application that was sent once is known to be fresh: an arming gives a pending claim the new
    /// epoch, above holes that it fills afterwards.
    [[nodiscard]] bool is_in_order(const Grant& grant, const Mark& sent, bool is_fresh);

private:
    Mark highest_;
    std::unordered_map<std::int64_t, UserId> holders_; ///< by slot, in the highest epoch
};

} // namespace coupon
