#include "model/explorer.hpp"

#include "model/actors.hpp"
#include "model/checker.hpp"

#include <algorithm>
#include <vector>

namespace coupon::model {

namespace {

std::size_t hash_of(const State& state) {
    std::size_t hash = 0;
    const auto mix = [&](std::size_t value) {
        hash = (hash ^ value) * 0x9e3779b97f4a7c15U;
        hash ^= hash >> 29U;
    };
    mix((std::size_t{state.gate} << 32U) | state.ledger);
    mix((std::size_t{state.topic} << 32U) | state.air);
    mix((std::size_t{state.saved} << 32U) | state.redriver);
    for (const auto number : state.applicants)
        mix(number);
    for (const auto number : state.armers)
        mix(number);
    for (const auto number : state.resetters)
        mix(number);
    std::size_t left = 0;
    for (const auto one : state.left)
        left = left << 8U | one;
    mix(left);
    return hash;
}

/// How a state was reached first.
struct Origin {
    std::uint32_t from = 0;
    Act act = Act::none;
    std::uint8_t who = 0;
};

class Explorer {
public:
    explicit Explorer(const Bounds& bounds) : bounds_(bounds), slots_(std::size_t{1} << 16U) {}

    Exploration run(std::size_t most_states) {
        Exploration found;
        discover(Scene::first(parts_, bounds_).state(), {});
        for (std::uint32_t at = 0; at < states_.size(); ++at) {
            const Scene scene(parts_, bounds_, states_[at]);
            found.violation = violation_in(scene, parts_, aftermaths_);
            if (!found.violation.empty()) {
                found.trace = trace_to(at);
                break;
            }
            if (states_.size() > most_states) break;
            const Take take = [&](Act act, std::size_t who, const Scene& after) {
                ++found.transitions;
                discover(after.state(), {at, act, static_cast<std::uint8_t>(who)});
            };
            step_applicants(scene, take);
            step_air(scene, take);
            step_worker(scene, take);
            step_redriver(scene, take);
            step_losses(scene, take);
            step_armers(scene, take);
            step_resetters(scene, take);
            found.completed = at + 1 == states_.size();
        }
        found.states = states_.size();
        found.aftermaths = aftermaths_.size();
        return found;
    }

private:
    /// Remembers a state that is new.
    void discover(const State& state, const Origin& origin) {
        if (states_.size() * 2 > slots_.size()) grow();
        auto& slot = slots_[slot_of(state)];
        if (slot != 0) return;
        states_.push_back(state);
        origins_.push_back(origin);
        slot = static_cast<std::uint32_t>(states_.size());
    }

    /// Where the state stands in the open-addressed table, or where it belongs. A slot holds the state's number plus one.
    [[nodiscard]] std::size_t slot_of(const State& state) const {
        std::size_t at = hash_of(state) & (slots_.size() - 1);
        while (slots_[at] != 0 && states_[slots_[at] - 1] != state)
            at = (at + 1) & (slots_.size() - 1);
        return at;
    }

    void grow() {
        slots_.assign(slots_.size() * 2, 0);
        for (std::uint32_t i = 0; i < states_.size(); ++i)
            slots_[slot_of(states_[i])] = i + 1;
    }

    [[nodiscard]] std::string trace_to(std::uint32_t at) {
        std::vector<std::uint32_t> path;
        for (; at != 0; at = origins_[at].from)
            path.push_back(at);
        std::reverse(path.begin(), path.end());
        std::string text;
        for (const auto step : path) {
            text += std::string(name_of(origins_[step].act)) + " (" + std::to_string(origins_[step].who) + ")\n";
            text += Scene(parts_, bounds_, states_[step]).describe();
        }
        return text;
    }

    Bounds bounds_;
    Parts parts_;
    Aftermaths aftermaths_;
    std::vector<State> states_;
    std::vector<Origin> origins_;
    std::vector<std::uint32_t> slots_;
};

} // namespace

Exploration explore(const Bounds& bounds, std::size_t most_states) {
    return Explorer(bounds).run(most_states);
}

} // namespace coupon::model
