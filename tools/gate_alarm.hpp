#pragma once

#include "cli/run.hpp"
#include "core/grant.hpp"
#include "gate/redis/redis_gate.hpp"

#include <functional>

namespace coupon {

/// What coupon-apply and coupon-flood do about a gate that went back in time: its arms are taken away, so that it grants nothing until a
/// worker has armed it again, and an error is logged once for each epoch, whichever copy of the result is called. From any thread.
/// `session` and `options` must outlive the result.
[[nodiscard]] std::function<void(const Grant&)> gate_alarm(Session& session, const RedisOptions& options, const EventName& event,
                                                           const std::string& seal);

} // namespace coupon
