#pragma once

#include "model/actors.hpp"

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace coupon::model {

/// One component's new number.
struct Change {
    std::uint8_t component = 0;
    std::uint32_t number = 0;
};

/// One step an actor can take, as what it changes.
struct Move {
    Act act = Act::none;
    std::uint8_t who = 0;
    std::uint8_t changes = 0; ///< how many, from `first_change` on
    std::uint32_t first_change = 0;
    Situations reached = 0;
};

/// Works out moves. What an actor can do depends on few components; for the same numbers of these it is worked out once.
class Moves {
public:
    Moves(Parts& parts, const Bounds& bounds) : parts_(&parts), bounds_(&bounds), actors_(actors_of(bounds)) {}

    [[nodiscard]] std::span<const Actor> actors() const { return actors_; }
    /// The moves of one actor. Valid until the next call.
    [[nodiscard]] std::span<const Move> of(const Actor& actor, const State& state);
    [[nodiscard]] State after(State state, const Move& move) const;

private:
    struct Known {
        std::uint32_t first_move = 0;
        std::uint32_t moves = 0;
    };
    [[nodiscard]] Known work_out(const Actor& actor, const State& state, Components allowed);

    Parts* parts_;
    const Bounds* bounds_;
    std::vector<Actor> actors_;
    std::vector<Move> moves_;
    std::vector<Change> changes_;
    std::unordered_map<std::uint64_t, Known> known_;
};

/// A number for some components of a state: the states' own fingerprint when it is of all of them. Each component's part is added by
/// itself, so that a changed component changes the sum alone.
[[nodiscard]] std::uint64_t fingerprint(std::size_t component, std::uint32_t number);
[[nodiscard]] std::uint64_t fingerprint(const State& state);

} // namespace coupon::model
