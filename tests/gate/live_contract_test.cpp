#include "gate/gate_asking.hpp"
#include "gate/gate_beds.hpp"
#include "preflight/preflight.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

TEST_SUITE_BEGIN("live/gate/contract");

#define GATE_NAME "gate in Redis"

namespace {
using Bed = coupon::LiveBed;
}

// clang-format off: the other parts need the first.
#include "gate/gate_contract_claims.hpp"
#include "gate/gate_contract_keeper.hpp"
#include "gate/gate_contract_together.hpp"
// clang-format on

TEST_SUITE_END();
