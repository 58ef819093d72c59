#include "flow/worker/redrive_journal.hpp"

#include "core/wording.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace coupon {

namespace {

constexpr std::size_t named_at_most = 10;

void tell(const Failures& failures, const std::string& what, SayOnce& trouble, std::string& sentence) {
    const auto text = text_of(failures, what);
    if (text.empty()) {
        trouble.over("claims can " + what);
        return;
    }
    sentence += (sentence.empty() ? "" : ", ") + text;
    const Fault told{failures.first->kind, text, failures.first->hint};
    trouble.trouble(failures.first->message, told.text_with("republishing will be retried"));
}

std::string seconds_text(Milliseconds time) {
    return std::to_string(std::chrono::ceil<std::chrono::seconds>(time).count()) + " s";
}

} // namespace

void RedriveJournal::tell_redriven(std::int64_t pending, std::int64_t missing) {
    if (pending > 0) journal_.info("republished " + counted(static_cast<std::size_t>(pending), "pending claim"));
    if (missing > 0) journal_.info("republished " + counted(static_cast<std::size_t>(missing), "claim") + " without a coupon");
}

void RedriveJournal::tell_failures(const Failures& unpublished, const Failures& unconfirmed) {
    last_failures_.clear();
    tell(unpublished, "be republished", unpublished_, last_failures_);
    tell(unconfirmed, "be confirmed", unconfirmed_, last_failures_);
}

void RedriveJournal::tell_void(const std::vector<VoidClaim>& voided) {
    if (voided.empty()) return;
    journal_.error(std::to_string(voided.size()) + (voided.size() == 1 ? " claim is" : " claims are") +
                   " void, because the gate had gone back in time; the ledger's table void_claim lists them");
    for (std::size_t i = 0; i < std::min(voided.size(), named_at_most); ++i)
        journal_.error("void: " + text_of(voided[i]));
}

void RedriveJournal::tell_lost_logs(const std::vector<std::string>& sentences) {
    for (const auto& sentence : sentences)
        journal_.warn(sentence);
}

void RedriveJournal::tell_published(const std::vector<Grant>& published, RedrivePace& pace, Tick now) {
    std::map<UserId, Epoch> epochs;
    std::string users;
    std::size_t again = 0;
    for (const auto& grant : published) {
        epochs.emplace(grant.user, grant.epoch);
        const auto before = before_.find(grant.user);
        if (before == before_.end() || before->second != grant.epoch) continue;
        if (++again <= named_at_most) users += (users.empty() ? "" : ", ") + grant.user.text();
    }
    before_ = std::move(epochs);
    pace.compared(again, now);
    if (again == 0) return;
    journal_.error(std::to_string(again) + (again == 1 ? " claim was" : " claims were") +
                   " republished in the gate's own epoch and still without a coupon: user " + users +
                   (again > named_at_most ? ", ..." : "") + "; the next try is in " + seconds_text(pace.pause()) +
                   "; run coupon-audit, it names what is wrong");
}

} // namespace coupon
