#pragma once

#include "audit/reconcile.hpp"

namespace coupon {

/// Of a partition without a committed offset only those records are behind that the ledger has not settled (I9). A worker that reads the
/// others again finds them issued. Offsets of a group without members expire (offsets.retention.minutes, a week by default).
void leave_out_settled(AuditInput& input);

} // namespace coupon
