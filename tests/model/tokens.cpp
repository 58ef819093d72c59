#include "model/tokens.hpp"

#include <set>

namespace coupon::model {

namespace {

void add_gate(std::set<std::string>& used, const GateSide& gate) {
    if (gate.memory) used.insert(gate.memory->fields.token);
}

/// Those that --close, --reopen and the worker drew and somebody remembers; a reset's are words of their own.
std::set<std::string> used_tokens(const Scene& scene) {
    std::set<std::string> used;
    add_gate(used, scene.gate());
    if (scene.saved() != nullptr) add_gate(used, *scene.saved());
    for (const auto& [round, row] : scene.ledger().rows.rounds)
        used.insert(row.owner);
    if (const auto& mine = scene.closer().way.mine()) used.insert(*mine);
    const auto& reopener = scene.reopener();
    if (reopener.row) used.insert(reopener.row->owner);
    used.insert(reopener.way.owner());
    if (reopener.knows_gate()) used.insert(reopener.way.seen().token);
    for (std::size_t i = 0; i < most_resetters; ++i) {
        const auto& reset = scene.resetter(i);
        if (reset.gate) used.insert(reset.gate->token);
        if (reset.way.seen()) used.insert(reset.way.seen()->token);
        if (reset.way.highest_row()) used.insert(reset.way.highest_row()->owner);
    }
    const auto& watcher = scene.watcher();
    for (const auto& token : {watcher.token, watcher.row.owner, watcher.seen.token})
        used.insert(token);
    return used;
}

} // namespace

std::string fresh_token(const Scene& scene) {
    const auto used = used_tokens(scene);
    int number = 1;
    while (used.contains("word-" + std::to_string(number)))
        ++number;
    return "word-" + std::to_string(number);
}

} // namespace coupon::model
