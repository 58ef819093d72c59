#pragma once

#include "core/instant.hpp"
#include "core/issue_record.hpp"
#include "core/result.hpp"

#include <cstdint>
#include <vector>

namespace coupon {

/// The topic's word on one submitted record. unknown: it may be on the topic now or later. Any other fault: it is not, and will not be.
struct Delivery {
    std::uint64_t ticket = 0; ///< the caller's own number
    Status report;
};

/// Puts winners' records on the topic, idempotently, acknowledged by all replicas in sync.
///
/// Asynchronous: submit() hands over, poll() brings delivery reports, in any order. One thread per Publisher. Every submission is reported
/// exactly once, at the latest after the message timeout. A publisher whose producer went fatal makes itself a new one.
class Publisher {
public:
    virtual ~Publisher() = default;

    /// Asks the broker for the topic, and each broker that leads a partition of it, at the address that it advertises. Faults: unreachable,
    /// denied, missing (no such topic), within the deadline.
    [[nodiscard]] virtual Status check(Deadline deadline) = 0;

    virtual void submit(std::uint64_t ticket, const IssueRecord& record) = 0;
    /// Appends reports to `out`, waits up to `wait` for the first. Returns how many were appended.
    virtual std::size_t poll(std::vector<Delivery>& out, Milliseconds wait) = 0;
    [[nodiscard]] virtual std::size_t in_flight() const = 0;
};

} // namespace coupon
