#pragma once

#include "core/instant.hpp"
#include "core/issue_record.hpp"
#include "core/ledger_rule.hpp"
#include "load/pacer.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace coupon {

/// The pace at which a worker writes coupons. Only what may become a coupon uses it up, and what became none gives its place back: garbage
/// and records of other events cost no time. They save none either: of the coupons that were due and did not come, those of a second at
/// most are caught up.
class CouponPace {
public:
    /// Without a rate there is no pace.
    CouponPace(std::optional<Rate> rate, std::string event, Tick now) : rate_(rate), event_(std::move(event)), start_(now) {}

    /// How long no further record is to be read; 0 where one may be.
    [[nodiscard]] Milliseconds missing(Tick now) const;
    void took(const SourceRecord& record, Tick now);
    /// The record is written.
    void settled(const SourceRecord& record, const Settlement& outcome);
    /// What was taken and not settled comes again.
    void forget_taken() { in_hand_ = 0; }
    /// The pace begins now, so that what was missed until now is not caught up in a burst.
    void restart(Tick now);

private:
    [[nodiscard]] bool may_be_coupon(const SourceRecord& record) const;

    std::optional<Rate> rate_;
    std::string event_;
    Tick start_;
    std::int64_t issued_ = 0; ///< since start_
    std::int64_t in_hand_ = 0;
};

} // namespace coupon
