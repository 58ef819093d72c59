#pragma once

#include "core/batch_rule.hpp"
#include "core/foreign_records.hpp"
#include "core/ledger_snapshot.hpp"
#include "fakes/fake_settings.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace coupon {

/// The tables of a fake ledger, in memory. Several ledgers may share them: other workers, other events.
struct FakeTables {
    using Key = std::pair<std::string, Round>; ///< event and round

    std::map<Key, RoundRow> rounds;
    std::map<Key, std::vector<Fence>> fences;
    std::map<Key, std::map<Slot, DatedCoupon>> coupons;
    std::map<Key, std::set<std::pair<Slot, UserId>>> abandoned;
    std::map<Key, std::vector<VoidClaim>> voided;
    std::map<Key, std::map<std::int32_t, std::int64_t>> purge_offsets;
    std::map<std::pair<std::string, std::string>, Positions> positions;    ///< by event and topic
    std::map<std::pair<std::string, RecordIdentity>, FailedRecord> failed; ///< by topic and record
    std::map<std::string, const void*> reset_locks;                        ///< by event, who has it
    std::function<std::optional<std::string>(UserId)> refuses;             ///< the words with which a user's row is refused; empty: none is
    Instant now{Milliseconds{1'700'000'000'000}};                          ///< the server's clock
    LedgerSettings told = good_ledger_settings();                          ///< what the server tells of itself, but for its clock
    bool exist = true;                                                     ///< false: nobody ran coupon-reset yet

    [[nodiscard]] std::vector<RoundRow> rounds_of(const std::string& event) const {
        std::vector<RoundRow> rows;
        for (const auto& [where, row] : rounds) {
            if (where.first == event) rows.push_back(row);
        }
        return rows;
    }

    [[nodiscard]] std::optional<RoundRow> highest_of(const std::string& event) const {
        const auto rows = rounds_of(event);
        return rows.empty() ? std::nullopt : std::optional(rows.back());
    }

    [[nodiscard]] std::vector<std::string> events() const {
        std::set<std::string> names;
        for (const auto& [where, row] : rounds)
            names.insert(where.first);
        return {names.begin(), names.end()};
    }

    /// An event that has rounds on the topic, `but` left out.
    [[nodiscard]] std::optional<std::string> event_of_topic(const std::string& topic, const std::string& but = {}) const {
        for (const auto& [where, row] : rounds) {
            if (row.topic == topic && row.event != but) return row.event;
        }
        return std::nullopt;
    }

    [[nodiscard]] std::vector<Coupon> coupons_of(const Key& where) const {
        std::vector<Coupon> all;
        if (const auto found = coupons.find(where); found != coupons.end()) {
            for (const auto& [slot, coupon] : found->second)
                all.push_back(coupon);
        }
        return all;
    }

    [[nodiscard]] std::vector<DatedCoupon> coupons_of(const Key& where, UserId user) const {
        std::vector<DatedCoupon> own;
        if (const auto found = coupons.find(where); found != coupons.end()) {
            for (const auto& [slot, coupon] : found->second)
                if (coupon.user == user) own.push_back(coupon);
        }
        return own;
    }

    [[nodiscard]] std::vector<Fence> fences_of(const Key& where) const {
        const auto found = fences.find(where);
        return found == fences.end() ? std::vector<Fence>{} : found->second;
    }

    [[nodiscard]] std::map<std::int32_t, std::int64_t> purge_offsets_of(const Key& where) const {
        const auto found = purge_offsets.find(where);
        return found == purge_offsets.end() ? std::map<std::int32_t, std::int64_t>{} : found->second;
    }

    [[nodiscard]] std::vector<FailedEvent> failed_of(const std::string& topic) const {
        std::vector<FailedEvent> all;
        for (const auto& [where, one] : failed) {
            if (where.first == topic) all.push_back(one.event);
        }
        return all;
    }
    /// Neither issued nor dismissed.
    [[nodiscard]] static bool is_open(const FailedEvent& event) { return !event.resolved && !event.dismissed_why; }
    [[nodiscard]] static bool is_selected(const FailedEvent& event, const std::optional<FailedSelection>& which) {
        if (!which) return true;
        if (const auto* kind = std::get_if<FailedKind>(&*which)) return event.kind == *kind;
        return std::get<PlaceRange>(*which).contains(event.identity());
    }
    [[nodiscard]] std::vector<FailedRecord> open_of(const std::string& topic, const std::optional<RecordIdentity>& after,
                                                    std::int64_t most) const {
        std::vector<FailedRecord> some;
        for (const auto& [where, one] : failed) {
            if (where.first != topic || !is_open(one.event) || (after && where.second <= *after)) continue;
            if (static_cast<std::int64_t>(some.size()) < most) some.push_back(one);
        }
        return some;
    }
    [[nodiscard]] FailedCounts counts_of(const std::string& topic, const std::string& event,
                                         const std::optional<FailedSelection>& which = {}) const {
        FailedCounts counts;
        for (const auto& one : failed_of(topic)) {
            if (!is_selected(one, which)) continue;
            if (one.resolved) ++counts.issued;
            if (!one.resolved && one.dismissed_why) ++counts.dismissed;
            if (!is_open(one)) continue;
            ++counts.open[one.kind];
            if (one.user && (one.event.empty() || one.event == event)) ++counts.open_of_users;
        }
        return counts;
    }

    /// Everything an audit of a round reads.
    [[nodiscard]] LedgerSnapshot snapshot_of(const std::string& event, const std::string& topic, Round round) const {
        LedgerSnapshot seen;
        seen.rounds = rounds_of(event);
        seen.coupons = coupons_of({event, round});
        seen.failed = failed_of(topic);
        for (const auto& row : seen.rounds) {
            if (const auto of_round = fences_of({event, row.round}); !of_round.empty()) seen.fences[row.round] = of_round;
            if (row.topic != topic) continue;
            for (const auto& [partition, offset] : purge_offsets_of({event, row.round}))
                seen.purged_to[partition] = std::max(seen.purged_to[partition], offset);
        }
        if (const auto found = abandoned.find({event, round}); found != abandoned.end()) {
            for (const auto& [slot, user] : found->second)
                seen.abandoned.push_back({user, slot});
        }
        if (const auto found = voided.find({event, round}); found != voided.end()) seen.void_claims = found->second;
        if (const auto found = positions.find({event, topic}); found != positions.end()) seen.positions = found->second;
        return seen;
    }

    [[nodiscard]] SettledTopic settled_topic_of(const std::string& event, const std::string& topic) const {
        SettledTopic seen;
        if (const auto found = positions.find({event, topic}); found != positions.end()) seen.positions = found->second;
        for (const auto& one : failed_of(topic)) {
            if (one.event == event && one.round) seen.highest_failed = higher_round(seen.highest_failed, *one.round);
        }
        return seen;
    }

    /// All that a batch of the event is judged by.
    [[nodiscard]] KnownRows known_of(const std::string& event) const {
        KnownRows known;
        for (const auto& row : rounds_of(event)) {
            known.rounds[row.round] = row;
            known.fences[row.round] = fences_of({event, row.round});
            for (const auto& coupon : coupons_of({event, row.round}))
                known.add(row.round, coupon.slot, coupon.user);
        }
        return known;
    }
};

} // namespace coupon
