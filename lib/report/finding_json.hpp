#pragma once

#include "audit/reconcile.hpp"
#include "report/json.hpp"

#include <vector>

namespace coupon {

/// [{"name":..,"users":[..],"users_total":..,"hint":..,"trails":[{"user":..,"trail":..}]}]
[[nodiscard]] Json findings_json(const std::vector<Finding>& findings);

} // namespace coupon
