#pragma once

#include "model/bounds.hpp"
#include "model/parts.hpp"
#include "model/situation.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace coupon::model {

inline constexpr std::size_t most_applicants = 5;
inline constexpr std::size_t most_armers = 2;
inline constexpr std::size_t most_resetters = 2;

// Where a gate may be.
inline constexpr std::size_t home = 0;
inline constexpr std::size_t elsewhere = 1;

/// What is left of the bounds. The first three are faults: each of them also takes one of `faults`.
enum class Left : std::uint32_t { losses, delayed_requests, redeliveries, faults, armings, redrives, resets, ledger_losses };

/// What a state is made of, each a number of its own.
namespace component {
inline constexpr std::size_t gate = 0;
inline constexpr std::size_t saved = 1; ///< the gate as a loss will bring it back, its number plus one; 0: none
inline constexpr std::size_t ledger = 2;
inline constexpr std::size_t topic = 3;
inline constexpr std::size_t air = 4;
inline constexpr std::size_t redriver = 5;
inline constexpr std::size_t left = 6; ///< four bits for each kind
inline constexpr std::size_t first_applicant = 7;
inline constexpr std::size_t first_armer = first_applicant + most_applicants;
inline constexpr std::size_t first_resetter = first_armer + most_armers;
inline constexpr std::size_t closer = first_resetter + most_resetters;
inline constexpr std::size_t reopener = closer + 1;
inline constexpr std::size_t watcher = reopener + 1;
inline constexpr std::size_t other_gate = watcher + 1;
inline constexpr std::size_t saved_ledger = other_gate + 1; ///< as `saved`
inline constexpr std::size_t workers = saved_ledger + 1;
inline constexpr std::size_t roll_back_watcher = workers + 1;
inline constexpr std::size_t apply_program = roll_back_watcher + 1;
inline constexpr std::size_t count = apply_program + 1;
} // namespace component

/// One state of the world as numbers of its parts: equal states have equal numbers.
using State = std::array<std::uint32_t, component::count>;

/// A set of components, as bits.
using Components = std::uint32_t;
[[nodiscard]] constexpr Components bit_of(std::size_t component) {
    return Components{1} << component;
}

/// The first epoch of each round that a part, or a state, knows.
class FirstEpochs {
public:
    void add(Round round, Epoch epoch) {
        auto& own = of_.at(static_cast<std::size_t>(round.value()));
        own = std::min(own, static_cast<std::uint8_t>(epoch.value()));
    }
    void add(const FirstEpochs& other) {
        for (std::size_t i = 0; i < of_.size(); ++i)
            of_[i] = std::min(of_[i], other.of_[i]);
    }
    [[nodiscard]] Epoch of(Round round) const { return Epoch(of_.at(static_cast<std::size_t>(round.value()))); }
    /// True where each is 1, or nothing of the round is known.
    [[nodiscard]] bool are_all_one() const {
        return std::all_of(of_.begin(), of_.end(), [](std::uint8_t first) { return first == 1 || first == none; });
    }

private:
    static constexpr std::uint8_t none = 255;
    static constexpr std::size_t most_rounds = 7;
    std::array<std::uint8_t, most_rounds> of_ = {none, none, none, none, none, none, none};
};

/// Every part any state ever had.
struct Parts {
    std::array<std::vector<std::optional<FirstEpochs>>, component::count> first_epochs; ///< by component and number, once worked out
    Interned<GateSide> gates;
    Interned<LedgerSide> ledgers;
    Interned<TopicSide> topics;
    Interned<Air> airs;
    Interned<Redriver> redrivers;
    Interned<Applicant> applicants;
    Interned<Armer> armers;
    Interned<Resetter> resetters;
    Interned<Closer> closers;
    Interned<Reopener> reopeners;
    Interned<Watcher> watchers;
    Interned<Workers> workers;
    Interned<RollBackWatcher> roll_back_watchers;
    Interned<ApplyProgram> apply_programs;
    Components touched = 0; ///< components that were read or written since somebody cleared it
};

/// A state that can be read and changed part by part. Copying is cheap.
class Scene {
public:
    Scene(Parts& parts, const Bounds& bounds, const State& state) : parts_(&parts), bounds_(&bounds), state_(state) {}
    /// Round 1 is open and armed, nobody has applied.
    [[nodiscard]] static Scene first(Parts& parts, const Bounds& bounds);

    [[nodiscard]] const State& state() const { return state_; }
    [[nodiscard]] Parts& parts() const { return *parts_; }
    [[nodiscard]] const Bounds& bounds() const { return *bounds_; }
    [[nodiscard]] bool has_bug(Bug bug) const { return bounds_->bug == bug; }
    /// I8 speaks of one epoch of one round.
    [[nodiscard]] bool does_order_count() const { return bounds_->losses == 0 && bounds_->resets == 0; }
    /// What the steps since `first` brought about that is worth counting.
    [[nodiscard]] Situations reached() const { return reached_; }
    void note(Situation situation) { reached_ |= bit_of(situation); }
    void note_all(Situations situations) { reached_ |= situations; }

    /// The same state as somebody at another gate sees it: gate() is that one.
    [[nodiscard]] Scene seen_from(std::size_t place) const {
        Scene seen = *this;
        seen.place_ = place;
        return seen;
    }
    [[nodiscard]] std::size_t place() const { return place_; }

    [[nodiscard]] const GateSide& gate() const { return parts_->gates[at(gate_component())]; }
    [[nodiscard]] const LedgerSide& ledger() const { return parts_->ledgers[at(component::ledger)]; }
    [[nodiscard]] const TopicSide& topic() const { return parts_->topics[at(component::topic)]; }
    [[nodiscard]] const Air& air() const { return parts_->airs[at(component::air)]; }
    /// The first air of all is the empty one.
    [[nodiscard]] bool has_empty_air() const { return at(component::air) == 0; }
    [[nodiscard]] const Redriver& redriver() const { return parts_->redrivers[at(component::redriver)]; }
    [[nodiscard]] const Applicant& applicant(std::size_t i) const { return parts_->applicants[at(component::first_applicant + i)]; }
    [[nodiscard]] const Armer& armer(std::size_t i) const { return parts_->armers[at(component::first_armer + i)]; }
    [[nodiscard]] const Resetter& resetter(std::size_t i) const { return parts_->resetters[at(component::first_resetter + i)]; }
    [[nodiscard]] const Closer& closer() const { return parts_->closers[at(component::closer)]; }
    [[nodiscard]] const Reopener& reopener() const { return parts_->reopeners[at(component::reopener)]; }
    [[nodiscard]] const Watcher& watcher() const { return parts_->watchers[at(component::watcher)]; }
    [[nodiscard]] std::size_t applicants() const { return bounds_->users.size(); }

    [[nodiscard]] const Workers& workers() const { return parts_->workers[at(component::workers)]; }
    [[nodiscard]] const RollBackWatcher& roll_back_watcher() const { return parts_->roll_back_watchers[at(component::roll_back_watcher)]; }
    [[nodiscard]] const ApplyProgram& apply_program() const { return parts_->apply_programs[at(component::apply_program)]; }
    void set(const Workers& part) { at(component::workers) = parts_->workers.number_of(part); }
    void set(const RollBackWatcher& part) { at(component::roll_back_watcher) = parts_->roll_back_watchers.number_of(part); }
    void set(const ApplyProgram& part) { at(component::apply_program) = parts_->apply_programs.number_of(part); }
    void set(const GateSide& part) { at(gate_component()) = parts_->gates.number_of(part); }
    void set(const LedgerSide& part) { at(component::ledger) = parts_->ledgers.number_of(part); }
    void set(const TopicSide& part) { at(component::topic) = parts_->topics.number_of(part); }
    void set(const Air& part) { at(component::air) = parts_->airs.number_of(part); }
    void set(const Redriver& part) { at(component::redriver) = parts_->redrivers.number_of(part); }
    void set(std::size_t i, const Applicant& part) { at(component::first_applicant + i) = parts_->applicants.number_of(part); }
    void set(std::size_t i, const Armer& part) { at(component::first_armer + i) = parts_->armers.number_of(part); }
    void set(std::size_t i, const Resetter& part) { at(component::first_resetter + i) = parts_->resetters.number_of(part); }
    void set(const Closer& part) { at(component::closer) = parts_->closers.number_of(part); }
    void set(const Reopener& part) { at(component::reopener) = parts_->reopeners.number_of(part); }
    void set(const Watcher& part) { at(component::watcher) = parts_->watchers.number_of(part); }

    /// The moment that a loss will bring back; nullptr where none was kept.
    [[nodiscard]] const GateSide* saved() const { return at(component::saved) == 0 ? nullptr : &parts_->gates[at(component::saved) - 1]; }
    /// Keeps the gate as it is in `moment`.
    void save(const Scene& moment) { at(component::saved) = moment.at(component::gate) + 1; }
    [[nodiscard]] bool has_another_gate(const Scene& other) const { return at(component::gate) != other.at(component::gate); }
    void save(const GateSide& gate) { at(component::saved) = parts_->gates.number_of(gate) + 1; }
    [[nodiscard]] bool has_another_ledger(const Scene& other) const { return at(component::ledger) != other.at(component::ledger); }
    void forget_saved() { at(component::saved) = 0; }
    [[nodiscard]] const LedgerSide* saved_ledger() const {
        return at(component::saved_ledger) == 0 ? nullptr : &parts_->ledgers[at(component::saved_ledger) - 1];
    }
    void save_ledger(const Scene& moment) { at(component::saved_ledger) = moment.at(component::ledger) + 1; }
    void forget_saved_ledger() { at(component::saved_ledger) = 0; }

    [[nodiscard]] bool has_left(Left kind) const { return left_of(kind) > 0 && (!is_fault(kind) || left_of(Left::faults) > 0); }
    /// How many of a kind have been used up, of so many there were.
    [[nodiscard]] int used(Left kind, int at_first) const { return at_first - static_cast<int>(left_of(kind)); }
    void use(Left kind);
    /// Undoes use() of what is no fault.
    void give_back(Left kind) { set_left(kind, left_of(kind) + 1); }
    /// None of the kind is left, for none would be of use.
    void forget(Left kind) { set_left(kind, 0); }

    /// The state in a few lines, for a person who reads a trace.
    [[nodiscard]] std::string describe() const;

private:
    [[nodiscard]] std::size_t gate_component() const { return place_ == home ? component::gate : component::other_gate; }
    [[nodiscard]] static bool is_fault(Left kind) { return kind < Left::faults; }
    [[nodiscard]] static std::uint32_t shift_of(Left kind) { return static_cast<std::uint32_t>(kind) * 4; }
    [[nodiscard]] std::uint32_t left_of(Left kind) const { return at(component::left) >> shift_of(kind) & 15U; }
    void set_left(Left kind, std::uint32_t count);

    [[nodiscard]] std::uint32_t at(std::size_t component) const {
        parts_->touched |= bit_of(component);
        return state_[component];
    }
    [[nodiscard]] std::uint32_t& at(std::size_t component) {
        parts_->touched |= bit_of(component);
        return state_[component];
    }

    Parts* parts_;
    const Bounds* bounds_;
    State state_;
    Situations reached_ = 0;
    std::size_t place_ = home;
};

} // namespace coupon::model
