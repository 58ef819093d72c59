#pragma once

#include "cli/options/consume_options.hpp"
#include "cli/run.hpp"
#include "report/recover.hpp"

namespace coupon {

/// coupon-consume --recover: the plan, and what was agreed to.
[[nodiscard]] ExitCode recover(const ConsumeOptions& options, Session& session, Gate& gate, Publisher& publisher, Ledger& ledger);

} // namespace coupon
