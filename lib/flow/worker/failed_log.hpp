#pragma once

#include "core/ledger_rule.hpp"
#include "flow/world.hpp"

#include <cstdint>
#include <map>

namespace coupon {

/// Tells of failed events: the first few one by one, then how many of each kind, one line for each interval, until an interval brings
/// none. A million of them are a few lines a minute.
class FailedLog {
public:
    explicit FailedLog(Journal& journal) : journal_(journal) {}

    void note(const SourcePosition& at, const Settlement& outcome, Tick now);
    /// Tells what was only counted, once the interval is over. To be called often.
    void tell_when_due(Tick now);
    /// Tells it at once.
    void tell();

private:
    Journal& journal_;
    std::map<FailedKind, std::int64_t> counted_; ///< since the last line
    SourcePosition last_;
    int one_by_one_ = 0; ///< lines of single events since the last interval without any
    bool is_quiet_ = true;
    Tick interval_began_{};
};

} // namespace coupon
