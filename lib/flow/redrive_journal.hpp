#pragma once

#include "core/void_claims.hpp"
#include "flow/world.hpp"

#include <map>
#include <vector>

namespace coupon {

/// What a worker tells of claims that need a person.
class RedriveJournal {
public:
    explicit RedriveJournal(Journal& journal) : journal_(journal) {}

    /// Claims that an arming found void.
    void tell_void(const std::vector<VoidClaim>& voided);
    /// `published` are all claims without a coupon that one redrive published again. A record of the gate's own epoch is issued or becomes
    /// a failed event. One that did neither is of an epoch that the ledger does not share with the gate, or the ledger lost its row.
    void tell_published(const std::vector<Grant>& published);

private:
    Journal& journal_;
    std::map<UserId, Epoch> before_; ///< what the last redrive published, and in which epoch
};

} // namespace coupon
