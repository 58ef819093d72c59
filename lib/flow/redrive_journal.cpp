#include "flow/redrive_journal.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace coupon {

namespace {

constexpr std::size_t named_at_most = 10;

} // namespace

void RedriveJournal::tell_void(const std::vector<VoidClaim>& voided) {
    if (voided.empty()) return;
    journal_.error(std::to_string(voided.size()) + (voided.size() == 1 ? " claim is" : " claims are") +
                   " void, because the gate had gone back in time; the ledger's table void_claim lists them");
    for (std::size_t i = 0; i < std::min(voided.size(), named_at_most); ++i)
        journal_.error("void: " + text_of(voided[i]));
}

void RedriveJournal::tell_published(const std::vector<Grant>& published) {
    std::map<UserId, Epoch> now;
    std::string users;
    std::size_t again = 0;
    for (const auto& grant : published) {
        now.emplace(grant.user, grant.epoch);
        const auto before = before_.find(grant.user);
        if (before == before_.end() || before->second != grant.epoch) continue;
        if (++again <= named_at_most) users += (users.empty() ? "" : ", ") + grant.user.text();
    }
    before_ = std::move(now);
    if (again == 0) return;
    journal_.error(std::to_string(again) + (again == 1 ? " claim was" : " claims were") +
                   " published again in the gate's own epoch and still without a coupon: user " + users +
                   (again > named_at_most ? ", ..." : "") + "; run coupon-audit, it names what is wrong");
}

} // namespace coupon
