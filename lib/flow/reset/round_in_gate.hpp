#pragma once

#include "core/gate_faults.hpp"
#include "gate/gate_reader.hpp"

namespace coupon {

/// The gate of which it is known which round it holds. Faults: those of the reader; corrupt where its round cannot be read.
[[nodiscard]] inline Result<GateSummary> summary_with_round(GateReader& reader, Deadline deadline) {
    auto summary = reader.summary(deadline);
    if (summary && summary->fields.round == Round(0)) return corrupt_gate(summary->defects.front());
    return summary;
}

} // namespace coupon
