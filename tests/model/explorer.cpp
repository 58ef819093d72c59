#include "model/explorer.hpp"

#include "model/checker.hpp"
#include "model/merging.hpp"
#include "model/moves.hpp"
#include "model/seen.hpp"

#include <algorithm>
#include <deque>
#include <vector>

namespace coupon::model {

namespace {

class Explorer {
public:
    Explorer(const Bounds& bounds, const See& see) : bounds_(bounds), moves_(parts_, bounds_), see_(see) {}

    Exploration run(std::size_t most_states) {
        discover(canonical(Scene::first(parts_, bounds_)), 0, 0);
        for (std::uint32_t first = 0; !discovered_.empty(); first += static_cast<std::uint32_t>(level_.size())) {
            level_.swap(discovered_);
            discovered_.clear();
            for (std::uint32_t i = 0; i < level_.size(); ++i) {
                const Scene scene(parts_, bounds_, level_[i]);
                found_.violation = checker_.violation_in(scene, parts_);
                if (see_) see_(scene, checker_.end_of(scene));
                const bool is_over = !found_.violation.empty() || seen_.size() > most_states;
                if (!found_.violation.empty()) found_.trace = trace_to(first + i);
                if (is_over) return counted(false);
                expand(level_[i], first + i);
            }
        }
        return counted(true);
    }

private:
    Exploration counted(bool completed) {
        found_.completed = completed;
        found_.states = seen_.size();
        found_.aftermaths = checker_.aftermaths();
        return found_;
    }

    void expand(const State& state, std::uint32_t number) {
        std::uint16_t ordinal = 0;
        each_successor(state, [&](const Move& move, const State& after) {
            ++found_.transitions;
            count(found_.reached, move.reached);
            discover(after, number, ordinal++);
        });
    }

    /// Always in the same order, so that a successor can be named by its ordinal.
    template <class Visit>
    void each_successor(const State& state, const Visit& visit) {
        const Scene before(parts_, bounds_, state);
        for (const auto& actor : moves_.actors()) {
            for (const auto& move : moves_.of(actor, state)) {
                Scene after(parts_, bounds_, moves_.after(state, move));
                visit(move, canonical(after));
                if (const auto kept = with_saved_gate(before, after)) visit(move, canonical(*kept));
                if (const auto kept = with_saved_ledger(before, after)) visit(move, canonical(*kept));
            }
        }
    }

    /// Remembers a state that is new, and how it was reached first.
    void discover(const State& state, std::uint32_t from, std::uint16_t ordinal) {
        if (!seen_.insert(fingerprint(state))) return;
        discovered_.push_back(state);
        from_.push_back(from);
        ordinals_.push_back(ordinal);
    }

    [[nodiscard]] std::string trace_to(std::uint32_t at) {
        std::vector<std::uint16_t> path;
        for (; at != 0; at = from_[at])
            path.push_back(ordinals_[at]);
        std::reverse(path.begin(), path.end());
        std::string text;
        State state = canonical(Scene::first(parts_, bounds_));
        for (const auto wanted : path) {
            std::uint16_t ordinal = 0;
            State next{};
            each_successor(state, [&](const Move& move, const State& after) {
                if (ordinal++ != wanted) return;
                next = after;
                text += std::string(name_of(move.act)) + " (" + std::to_string(move.who) + ")\n";
            });
            state = next;
            text += Scene(parts_, bounds_, state).describe();
        }
        return text;
    }

    Bounds bounds_;
    Parts parts_;
    Moves moves_;
    Checker checker_;
    See see_;
    Seen seen_;
    std::vector<State> level_;
    std::vector<State> discovered_;
    std::deque<std::uint32_t> from_; // deques, for they grow without a second copy of themselves
    std::deque<std::uint16_t> ordinals_;
    Exploration found_;
};

} // namespace

Exploration explore(const Bounds& bounds, std::size_t most_states, const See& see) {
    return Explorer(bounds, see).run(most_states);
}

} // namespace coupon::model
