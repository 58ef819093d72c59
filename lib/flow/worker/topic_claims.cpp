#include "flow/worker/topic_claims.hpp"

#include <algorithm>
#include <utility>

namespace coupon {

Result<TopicClaims> claims_on_topic(TopicLog& topic, const std::vector<OffsetRange>& up_to_end, const RoundRow& round,
                                    const std::vector<Fence>& fences, const std::vector<RecordIdentity>& failed, Deadline deadline) {
    // Sorted before they become a map: a million insertions in no order would each search the whole of it.
    std::vector<std::pair<UserId, Slot>> claims;
    const auto read = topic.read(
        up_to_end,
        [&](const SourceRecord& record) {
            const auto decoded = decode(record.raw);
            const auto* issue = std::get_if<IssueRecord>(&decoded);
            if (issue == nullptr || issue->event != round.event || issue->grant.round != round.round) return;
            if (is_among(failed, record)) return;
            if (admit(*issue, record.at, &round, fences).admission != Admission::issue) return;
            claims.emplace_back(issue->grant.user, issue->grant.slot);
        },
        deadline);
    if (!read) return read.fault();
    std::sort(claims.begin(), claims.end());
    const auto other = std::adjacent_find(claims.begin(), claims.end(),
                                          [](const auto& a, const auto& b) { return a.first == b.first && a.second != b.second; });
    TopicClaims seen{std::map<UserId, Slot>(claims.begin(), claims.end()), {}, {}};
    for (std::size_t i = 1; i < claims.size(); ++i) {
        if (claims[i].first == claims[i - 1].first && claims[i].second != claims[i - 1].second) seen.doubled.insert(claims[i].first);
    }
    if (other != claims.end()) {
        seen.contradiction = "the topic gives user " + other->first.text() + " slot " + other->second.text() + " and slot " +
                             std::next(other)->second.text();
    }
    return seen;
}

} // namespace coupon
