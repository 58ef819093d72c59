#pragma once

#include "core/record_classes.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace coupon {

/// One place where a user was seen.
struct Sighting {
    /// In the order in which an application travels.
    enum class Where : std::uint8_t { told, claim, outbox, record, failed_event, abandoned, row };

    UserId user;
    Where where = Where::told;
    std::uint32_t history = 0; ///< which one, with told
    std::uint32_t index = 0;   ///< within that place

    friend auto operator<=>(const Sighting&, const Sighting&) = default;
};

/// What became of one user, over all stores and everything told.
struct Fate {
    UserId user;
    std::span<const Sighting> sightings; ///< by place
    bool applied = false;                ///< seen in a history
    bool told_granted = false;
    bool told_sold_out = false;
    bool told_only_no = false; ///< applied, and every answer was a definite no
    std::optional<Slot> claim; ///< with several, which only a defect makes, the first
    std::optional<Slot> row;
    bool is_on_topic = false;            ///< a record that may be issued, or was
    const FailedEvent* failed = nullptr; ///< an unresolved one
    bool was_abandoned = false;

    /// The sightings in one place.
    [[nodiscard]] std::span<const Sighting> seen(Sighting::Where where) const;
};

/// Everybody seen anywhere in the round. Owns the sightings that its fates point to.
class Fates {
public:
    /// What the fates are made of; an absent store has none of its kind.
    struct Sources {
        std::vector<const History*> histories;
        const GateSnapshot* gate = nullptr;
        const std::vector<ClassedRecord>& records;
        const LedgerSnapshot* ledger = nullptr;
    };

    Fates(const AuditInput& input, const Sources& sources);
    Fates(const Fates&) = delete;
    Fates& operator=(const Fates&) = delete;

    [[nodiscard]] const std::vector<Fate>& all() const { return fates_; } ///< by user
    /// nullptr for somebody never seen.
    [[nodiscard]] const Fate* find(UserId user) const;

private:
    std::vector<Sighting> sightings_;
    std::vector<Fate> fates_;
};

} // namespace coupon
