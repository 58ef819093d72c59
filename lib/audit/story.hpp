#pragma once

#include "audit/reconcile.hpp"

#include <optional>
#include <string>
#include <vector>

namespace coupon {

/// Everything known of one user of a round, and how it stands with the coupon.
struct Story {
    enum class Ending {
        has_coupon,
        on_its_way, ///< claimed, and a worker will bring it further
        has_none,
        broken, ///< promised, and no worker will bring it further by itself
        cannot_tell,
    };
    /// One thing that was seen, or looked for and not found.
    struct Line {
        std::string place; ///< history, gate, topic, ledger
        std::string text;
    };

    UserId user;
    std::string event;
    std::optional<Round> round;
    std::vector<Line> lines; ///< in the order in which an application travels
    Ending ending = Ending::cannot_tell;
    std::string standing; ///< a sentence: how it stands
    std::string next;     ///< what to do for a coupon; empty with has_coupon
};

[[nodiscard]] const char* name_of(Story::Ending ending);

/// What an audit leaves out and a story tells, of one user.
struct CloserLook {
    UserId user;
    std::optional<Claim> claim; ///< after everything else was read
    std::vector<DatedCoupon> coupons;
    std::optional<Claim> claim_before; ///< before anything else was read
    bool asked_gate = false;           ///< the gate told of `claim`, or that there is none
};

/// Tells a user's story from what an audit has read and from a closer look. It need not be quiescent. A promise is called broken only where
/// no application or worker that is under way can still keep it.
[[nodiscard]] Story story_of(const AuditInput& input, const CloserLook& look);

} // namespace coupon
