#pragma once

#include "audit/record_classes.hpp"
#include "audit/slot_holders.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace coupon {

/// Where users are seen, in the order in which an application travels.
enum class Where : std::uint8_t { told, claim, outbox, record, failed_event, abandoned, row };

inline constexpr std::size_t places = 7;

/// What became of one user, over all stores and everything told. Points into the Fates it comes from.
struct Fate {
    UserId user;
    bool applied = false; ///< seen in a history
    bool told_granted = false;
    bool told_sold_out = false;
    bool told_only_no = false; ///< applied, and every answer was a definite no
    std::optional<Slot> claim; ///< with several, which only a defect makes, the first
    std::optional<Slot> row;
    bool is_on_topic = false;            ///< a record that may be issued, or was
    const FailedEvent* failed = nullptr; ///< an unresolved one
    bool was_abandoned = false;
    std::array<std::span<const Index>, places> sightings; ///< by place

    /// The places within the list of what was seen there, ascending.
    [[nodiscard]] std::span<const Index> seen(Where where) const { return sightings[static_cast<std::size_t>(where)]; }
};

/// The applications of several histories, counted through.
class Applications {
public:
    explicit Applications(const std::vector<const History*>& histories);

    [[nodiscard]] bool has_histories() const { return !ends_.empty(); }
    [[nodiscard]] std::size_t size() const { return ends_.empty() ? 0 : ends_.back(); }
    [[nodiscard]] const History& history_of(Index told) const { return *histories_[history(told)]; }
    [[nodiscard]] HistoryEntry operator[](Index told) const {
        const auto which = history(told);
        return histories_[which]->entries[within(which, told)];
    }
    [[nodiscard]] UserId user(Index told) const {
        const auto which = history(told);
        return histories_[which]->entries.user(within(which, told));
    }
    [[nodiscard]] std::int64_t invoke_ns(Index told) const {
        const auto which = history(told);
        return histories_[which]->entries.invoke_ns(within(which, told));
    }
    /// REQUIRES: it was answered.
    [[nodiscard]] std::int64_t answer_ns(Index told) const {
        const auto which = history(told);
        return histories_[which]->entries.answer_ns(within(which, told));
    }
    [[nodiscard]] Answer answer(Index told) const {
        const auto which = history(told);
        return histories_[which]->entries.answer(within(which, told));
    }

private:
    [[nodiscard]] std::size_t within(std::size_t which, Index told) const { return told - (which == 0 ? 0 : ends_[which - 1]); }
    [[nodiscard]] std::size_t history(Index told) const {
        std::size_t which = 0;
        while (told >= ends_[which])
            ++which;
        return which;
    }

    std::vector<const History*> histories_;
    std::vector<std::size_t> ends_; ///< of each history, counted through
};

/// Everybody seen anywhere in the round. Keeps for each list only its order by user, four bytes an entry, and walks the lists side by
/// side, which is dear where they are long. So everybody is looked at once, and counted; those whom no check could object to are not
/// looked at again.
class Fates {
public:
    /// Distinct users.
    struct Counts {
        std::size_t applied = 0;
        std::size_t told_granted = 0;
        std::size_t told_sold_out = 0;
        std::size_t told_only_no = 0;
        std::size_t claimed = 0;
        std::size_t published = 0; ///< on the topic with a record that may be issued, or was, or with a row
        std::size_t issued = 0;
        std::size_t on_topic = 0;
        std::size_t abandoned = 0;
        std::size_t holding = 0; ///< with a row or a claim, or told granted
    };

    /// What the fates are made of; an absent store has none of its kind.
    struct Sources {
        const Applications& applications;
        const GateSnapshot* gate = nullptr;
        const ClassedRecords& records;
        const LedgerSnapshot* ledger = nullptr;
    };

    Fates(const AuditInput& input, const Sources& sources);
    Fates(const Fates&) = delete;
    Fates& operator=(const Fates&) = delete;

    /// Of everybody.
    [[nodiscard]] const Counts& counts() const { return counts_; }
    /// Hands everybody to `take` (const Fate&) who is neither of these, by user. A usual winner has one claim, one row and one issued
    /// record, all of one slot, and was told of nothing but this slot, "granted", or asked by nobody where no history tells. A usual loser
    /// has nothing and was never told "granted".
    template <class Take>
    void for_each_unusual(const Take& take) const {
        for (const auto& landmark : unusual_)
            take(at(landmark));
    }
    /// The users told "sold out", ascending.
    [[nodiscard]] std::vector<UserId> told_sold_out() const;
    /// nullopt for somebody never seen.
    [[nodiscard]] std::optional<Fate> find(UserId user) const;

private:
    /// Where a user begins in each list.
    struct Landmark {
        UserId user;
        std::array<Index, places> first{};
    };
    class Walk;

    [[nodiscard]] UserId user_at(std::size_t place, Index index) const;
    [[nodiscard]] Fate at(const Landmark& landmark) const;
    void judge(Fate& fate) const;
    [[nodiscard]] bool is_usual(const Fate& fate) const;
    [[nodiscard]] bool is_usual_winner(const Fate& fate) const;
    void count(const Fate& fate);

    Sources sources_;
    std::array<std::vector<Index>, places> by_user_;
    std::vector<Landmark> unusual_;
    Counts counts_;
};

} // namespace coupon
