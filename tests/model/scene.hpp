#pragma once

#include "model/bounds.hpp"
#include "model/parts.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

namespace coupon::model {

inline constexpr std::size_t most_applicants = 4;
inline constexpr std::size_t most_armers = 2;
inline constexpr std::size_t most_resetters = 2;

/// What is left of the bounds.
enum class Left : std::size_t { losses, armings, delayed_requests, redrives, missing_redrives, redeliveries, resets };
inline constexpr std::size_t kinds_left = 7;

/// One state of the world as numbers of its parts: equal states have equal numbers.
struct State {
    std::uint32_t gate = 0;
    std::uint32_t saved = 0;
    std::uint32_t ledger = 0;
    std::uint32_t topic = 0;
    std::uint32_t air = 0;
    std::uint32_t redriver = 0;
    std::array<std::uint32_t, most_applicants> applicants{};
    std::array<std::uint32_t, most_armers> armers{};
    std::array<std::uint32_t, most_resetters> resetters{};
    std::array<std::uint8_t, kinds_left> left{};

    friend bool operator==(const State&, const State&) = default;
};

/// Every part any state ever had.
struct Parts {
    Interned<GateSide> gates;
    Interned<SavedGate> saved;
    Interned<LedgerSide> ledgers;
    Interned<TopicSide> topics;
    Interned<Air> airs;
    Interned<Redriver> redrivers;
    Interned<Applicant> applicants;
    Interned<Armer> armers;
    Interned<Resetter> resetters;
};

/// A state that can be read and changed part by part. Copying is cheap.
class Scene {
public:
    Scene(Parts& parts, const Bounds& bounds, const State& state) : parts_(&parts), bounds_(&bounds), state_(state) {}
    /// Round 1 is open and armed, nobody has applied.
    [[nodiscard]] static Scene first(Parts& parts, const Bounds& bounds);

    [[nodiscard]] const State& state() const { return state_; }
    [[nodiscard]] const Bounds& bounds() const { return *bounds_; }
    [[nodiscard]] bool is_mutated(Mutation mutation) const { return bounds_->mutation == mutation; }

    [[nodiscard]] const GateSide& gate() const { return parts_->gates[state_.gate]; }
    [[nodiscard]] const SavedGate& saved() const { return parts_->saved[state_.saved]; }
    [[nodiscard]] const LedgerSide& ledger() const { return parts_->ledgers[state_.ledger]; }
    [[nodiscard]] const TopicSide& topic() const { return parts_->topics[state_.topic]; }
    [[nodiscard]] const Air& air() const { return parts_->airs[state_.air]; }
    [[nodiscard]] const Redriver& redriver() const { return parts_->redrivers[state_.redriver]; }
    [[nodiscard]] const Applicant& applicant(std::size_t i) const { return parts_->applicants[state_.applicants[i]]; }
    [[nodiscard]] const Armer& armer(std::size_t i) const { return parts_->armers[state_.armers[i]]; }
    [[nodiscard]] const Resetter& resetter(std::size_t i) const { return parts_->resetters[state_.resetters[i]]; }
    [[nodiscard]] std::size_t applicants() const { return bounds_->users.size(); }

    void set(const GateSide& part) { state_.gate = parts_->gates.number_of(part); }
    void set(const SavedGate& part) { state_.saved = parts_->saved.number_of(part); }
    void set(const LedgerSide& part) { state_.ledger = parts_->ledgers.number_of(part); }
    void set(const TopicSide& part) { state_.topic = parts_->topics.number_of(part); }
    void set(const Air& part) { state_.air = parts_->airs.number_of(part); }
    void set(const Redriver& part) { state_.redriver = parts_->redrivers.number_of(part); }
    void set(std::size_t i, const Applicant& part) { state_.applicants[i] = parts_->applicants.number_of(part); }
    void set(std::size_t i, const Armer& part) { state_.armers[i] = parts_->armers.number_of(part); }
    void set(std::size_t i, const Resetter& part) { state_.resetters[i] = parts_->resetters.number_of(part); }

    [[nodiscard]] bool has_left(Left kind) const { return state_.left[static_cast<std::size_t>(kind)] > 0; }
    /// How many of a kind have been used up, of so many there were.
    [[nodiscard]] int used(Left kind, int at_first) const { return at_first - state_.left[static_cast<std::size_t>(kind)]; }
    void use(Left kind) { --state_.left[static_cast<std::size_t>(kind)]; }
    /// Two armers are alike, so which is which makes no state of its own.
    void sort_armers() { std::sort(state_.armers.begin(), state_.armers.end()); }

    /// The state in a few lines, for a person who reads a trace.
    [[nodiscard]] std::string describe() const;

private:
    Parts* parts_;
    const Bounds* bounds_;
    State state_;
};

} // namespace coupon::model
