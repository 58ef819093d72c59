#include "model/simulator.hpp"

#include "model/actors.hpp"
#include "model/checker.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>

namespace coupon::model {

namespace {

/// xorshift64*, Vigna 2016, seeded through splitmix64's constants, so that a seed means the same everywhere.
class Chance {
public:
    explicit Chance(std::uint64_t seed) : state_((seed + 1) * 0x9e3779b97f4a7c15U) {
        for (int i = 0; i < 8; ++i)
            next();
    }
    /// From 0 to `below` - 1.
    std::uint64_t draw(std::uint64_t below) { return (next() >> 33U) % below; }
    int draw_up_to(int most) { return static_cast<int>(draw(static_cast<std::uint64_t>(most) + 1)); }
    bool one_in(std::uint64_t many) { return draw(many) == 0; }

private:
    std::uint64_t next() {
        state_ ^= state_ >> 12U;
        state_ ^= state_ << 25U;
        state_ ^= state_ >> 27U;
        return state_ * 0x2545f4914f6cdd1dU;
    }

    std::uint64_t state_;
};

constexpr int most_steps = 160;

/// What there is at a second address. Where an application uses it, each user applies once.
void draw_other_gate(Chance& chance, Bounds& bounds) {
    static constexpr std::array kinds{OtherGate::empty, OtherGate::copy, OtherGate::database, OtherGate::foreign, OtherGate::old_master};
    bounds.other = kinds.at(chance.draw(kinds.size()));
    bounds.both_listed = bounds.other == OtherGate::foreign;
    // Of two losses the second would be of a replica that nobody named: an operator's case.
    if (bounds.other == OtherGate::old_master) bounds.losses = std::min(bounds.losses, 1);
    const bool is_used = bounds.other != OtherGate::empty && bounds.other != OtherGate::foreign;
    if (!is_used || bounds.users.size() == 1 || chance.one_in(2)) return;
    bounds.strays = 1;
    std::iota(bounds.users.begin(), bounds.users.end(), 1);
}

/// The ledger names the gate, and the round has a key: a second gate, a gate that goes back, or a ledger that falls back; strangers who
/// publish, and fresh workers.
void bind(Chance& chance, Bounds& bounds) {
    bounds.bound = true;
    bounds.losses_go_unnoticed = bounds.forced_resets = false;
    bounds.resets = bounds.closes = bounds.reopens = 0;
    bounds.forgeries = chance.draw_up_to(2);
    bounds.fresh_workers = chance.draw_up_to(2);
    switch (chance.draw(4)) {
    case 0: return draw_other_gate(chance, bounds);
    case 1:
        bounds.goes_back = true;
        bounds.losses = 1 + chance.draw_up_to(1);
        bounds.armings = bounds.losses + chance.draw_up_to(1);
        return;
    case 2:
        bounds.ledger_losses = 1;
        bounds.losses = 1;
        // Where rows and claims are lost together, one arming: tests/README.md says what a second one breaks that overlaps it.
        bounds.restarts_only = chance.one_in(2);
        bounds.armings = bounds.restarts_only ? 1 + chance.draw_up_to(2) : 1;
        return;
    default: return;
    }
}

Bounds drawn(Chance& chance, Bug bug) {
    Bounds bounds;
    const int users = 1 + chance.draw_up_to(static_cast<int>(most_applicants) - 1);
    for (int i = 0; i < users; ++i) {
        // One in four applies a second time.
        const bool is_again = i > 0 && chance.one_in(4);
        bounds.users.push_back(is_again ? bounds.users[chance.draw(static_cast<std::uint64_t>(i))] : i + 1);
    }
    bounds.limit = 1 + chance.draw_up_to(2);
    bounds.partitions = 1 + chance.draw_up_to(1);
    bounds.losses = chance.draw_up_to(2);
    bounds.delayed_requests = chance.draw_up_to(3);
    bounds.redeliveries = chance.draw_up_to(2);
    bounds.armings = bounds.losses == 0 ? 0 : bounds.losses + chance.draw_up_to(2);
    bounds.redrives = chance.draw_up_to(3);
    bounds.resets = chance.draw_up_to(2);
    bounds.forced_resets = chance.one_in(3);
    // A gate that lies is one in which only the ledger can be trusted.
    bounds.losses_go_unnoticed = bounds.losses > 0 && chance.one_in(10);
    bounds.closes = chance.draw_up_to(3) == 0 ? 1 : 0;
    bounds.reopens = chance.draw_up_to(3) == 0 ? 1 : 0;
    bounds.bug = bug;
    if (chance.one_in(4)) bind(chance, bounds);
    return bounds;
}

class Walk {
public:
    Walk(std::uint64_t seed, Bug bug, Trace trace) : chance_(seed), trace_(trace) {
        found_.bounds = drawn(chance_, bug);
        found_.bounds.together = seed % 2 == 0;
        actors_ = actors_of(found_.bounds);
    }

    Simulation run() {
        Scene scene = Scene::first(parts_, found_.bounds);
        for (const auto steps = 1 + chance_.draw(most_steps); found_.steps < steps; ++found_.steps) {
            const auto next = step_from(scene);
            if (!next) break;
            scene = *next;
            found_.violation = checker_.violation_at_once(scene);
            if (!found_.violation.empty()) return found_;
        }
        found_.violation = checker_.violation_in(scene, parts_);
        return found_;
    }

private:
    /// Somebody's next step; nothing where nobody has one.
    std::optional<Scene> step_from(const Scene& scene) {
        auto waiting = actors_;
        while (!waiting.empty()) {
            const auto at = chance_.draw(waiting.size());
            const auto actor = waiting[at];
            waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(at));
            // Faults are rare, or nothing else would happen.
            if (actor.kind == Actor::Kind::losses && !waiting.empty() && !chance_.one_in(3)) continue;
            choices_.clear();
            step(actor, scene, [&](Act act, std::size_t who, const Scene& after) {
                if (after.state() == scene.state()) return;
                choices_.push_back({act, who, after});
                if (const auto kept = with_saved_gate(scene, after); kept && chance_.one_in(8)) choices_.push_back({act, who, *kept});
                if (const auto kept = with_saved_ledger(scene, after); kept && chance_.one_in(8)) choices_.push_back({act, who, *kept});
            });
            if (choices_.empty()) continue;
            return taken(choices_[chance_.draw(choices_.size())]);
        }
        return std::nullopt;
    }

    struct Choice {
        Act act;
        std::size_t who;
        Scene after;
    };

    Scene taken(const Choice& choice) {
        count(found_.reached, choice.after.reached());
        if (trace_ == Trace::yes)
            found_.trace += std::string(name_of(choice.act)) + " (" + std::to_string(choice.who) + ")\n" + choice.after.describe();
        return Scene(parts_, found_.bounds, choice.after.state());
    }

    Chance chance_;
    Trace trace_;
    Simulation found_;
    Parts parts_;
    Checker checker_;
    std::vector<Actor> actors_;
    std::vector<Choice> choices_;
};

} // namespace

Simulation simulate(std::uint64_t seed, Bug bug, Trace trace) {
    return Walk(seed, bug, trace).run();
}

} // namespace coupon::model
