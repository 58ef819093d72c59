#pragma once

#include "cli/options/consume_options.hpp"
#include "cli/run.hpp"
#include "ledger/ledger.hpp"

namespace coupon {

/// coupon-consume --retry-failed
[[nodiscard]] ExitCode retry_failed(const ConsumeOptions& options, Session& session, Ledger& ledger);

/// coupon-consume --dismiss: what is selected, and what was agreed to.
[[nodiscard]] ExitCode dismiss(const ConsumeOptions& options, Session& session, Ledger& ledger);

} // namespace coupon
