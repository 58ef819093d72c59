#include "audit/epochs.hpp"

#include <algorithm>

namespace coupon {

Epochs::Epochs(const Evidence& evidence) : evidence_(evidence) {
    if (const auto* row = evidence.round_row(); row != nullptr) last_ = row->epoch;
    // Where records were deleted or lost, the oldest one left may be a later repetition.
    if (is_single() || !evidence.topic_is_whole() || has_lost_records()) return;
    for (const auto* history : evidence.histories()) {
        auto& began_by = began_by_[history->head.boot_id];
        for (std::size_t i = 0; i < history->entries.size(); ++i) {
            if (history->entries.answer(i) != Answer::granted) continue;
            const auto entry = history->entries[i];
            const auto epoch = oldest_record(entry);
            if (!epoch) continue;
            const auto [known, is_new] = began_by.emplace(*epoch, *entry.answer_ns);
            if (!is_new) known->second = std::min(known->second, *entry.answer_ns);
        }
    }
}

bool Epochs::has_lost_records() const {
    const auto& fences = evidence_.input().ledger->fences;
    const auto own = fences.find(evidence_.round_row()->round);
    if (own != fences.end() && std::ranges::any_of(own->second, [](const Fence& fence) { return fence.end_offset == 0; })) return true;
    bool is_missing = false;
    evidence_.fates().for_each_unusual(
        [&](const Fate& fate) { is_missing = is_missing || (fate.row && !evidence_.has_record(fate, *fate.row)); });
    return is_missing;
}

std::optional<Epoch> Epochs::oldest_record(const HistoryEntry& entry) const {
    std::optional<Epoch> oldest;
    for (const auto seen : evidence_.known_fate_of(entry.user).seen(Where::record)) {
        const auto record = evidence_.records()[seen];
        if (!speaks_for_its_user(record) || record.issue()->grant.slot != entry.slot) continue;
        const Epoch epoch = record.issue()->grant.epoch;
        oldest = oldest ? std::min(*oldest, epoch) : epoch;
    }
    return oldest;
}

bool Epochs::had_begun(Epoch epoch, const History& history, std::int64_t invoke_ns) const {
    if (epoch == Epoch(1)) return true;
    const auto boot = began_by_.find(history.head.boot_id);
    if (boot == began_by_.end()) return false;
    return std::any_of(boot->second.lower_bound(epoch), boot->second.end(), [&](const auto& one) { return one.second < invoke_ns; });
}

std::optional<Epoch> Epochs::of_grant(const History& history, const HistoryEntry& entry) const {
    if (is_single()) return last_;
    const auto epoch = oldest_record(entry);
    return epoch && had_begun(*epoch, history, entry.invoke_ns) ? epoch : std::nullopt;
}

} // namespace coupon
