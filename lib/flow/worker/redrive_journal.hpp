#pragma once

#include "core/failures.hpp"
#include "core/redrive_pace.hpp"
#include "core/void_claims.hpp"
#include "flow/worker/say_once.hpp"
#include "flow/world.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace coupon {

/// What a worker tells of claims that need a person.
class RedriveJournal {
public:
    explicit RedriveJournal(Journal& journal) : journal_(journal), unpublished_(journal), unconfirmed_(journal) {}

    /// Claims that an arming found void.
    void tell_void(const std::vector<VoidClaim>& voided);
    /// Partitions whose log is gone, as an arming found.
    void tell_lost_logs(const std::vector<std::string>& sentences);
    /// `published` are all claims without a coupon that one redrive republished. A record of the gate's own epoch is issued or becomes
    /// a failed event. One that did neither is of an epoch that the ledger does not share with the gate, the ledger lost its row, or
    /// another program in the workers' group read it. Those of them that the redrive before had published as well are told: returns how
    /// many. `pace` says when they are published the next time.
    void tell_published(const std::vector<Grant>& published, RedrivePace& pace, Tick now);

    /// Of one redrive: how many pending claims, and how many without a row, were republished.
    void tell_redriven(std::int64_t pending, std::int64_t missing);
    /// Of one redrive: what the topic did not take, and what the gate did not confirm. Each reason is told once, and its end.
    void tell_failures(const Failures& unpublished, const Failures& unconfirmed);
    /// The reasons of the last redrive in one sentence; empty where nothing failed.
    [[nodiscard]] const std::string& last_failures() const { return last_failures_; }

private:
    Journal& journal_;
    SayOnce unpublished_;
    SayOnce unconfirmed_;
    std::string last_failures_;
    std::map<UserId, Epoch> before_; ///< what the last redrive published, and in which epoch
};

} // namespace coupon
