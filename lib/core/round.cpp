#include "core/round.hpp"

namespace coupon {

const char* name_of(RoundState state) {
    switch (state) {
    case RoundState::opening: return "opening";
    case RoundState::open: return "open";
    case RoundState::closed: return "closed";
    case RoundState::abandoned: return "abandoned";
    case RoundState::purged: return "purged";
    }
    return "closed";
}

std::optional<RoundState> parse_round_state(std::string_view text) {
    for (const auto state : {RoundState::opening, RoundState::open, RoundState::closed, RoundState::abandoned, RoundState::purged}) {
        if (text == name_of(state)) return state;
    }
    return std::nullopt;
}

} // namespace coupon
