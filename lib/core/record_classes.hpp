#pragma once

#include "core/reconcile.hpp"

#include <optional>
#include <string>
#include <vector>

namespace coupon {

/// One record of the topic and what became of it.
struct ClassedRecord {
    SourcePosition at;
    const DecodedRecord* decoded = nullptr;
    const IssueRecord* issue = nullptr; ///< where it could be read
    Admitted admitted;                  ///< what the ledger's rounds say about it; failed where it could not be read
    std::optional<RecordClass> becomes; ///< absent: it has no class (yet)
    std::string why;                    ///< why it has none, or why it failed
};

/// Gives every record of the topic its class (I9), from the ledger's rounds, fences, rows and failed events. Of several records of the same
/// (round, user, slot) the first is the issued one. A fenced record whose row exists and that is the only one of its kind counts as issued:
/// it arrived between the end offsets and the fence, and arming put its claim back.
[[nodiscard]] std::vector<ClassedRecord> class_records(const AuditInput& input);

/// The row of a round in the ledger, or nullptr.
[[nodiscard]] const RoundRow* find_round(const std::optional<LedgerSnapshot>& ledger, Round round);

} // namespace coupon
