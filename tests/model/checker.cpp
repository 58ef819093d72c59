#include "model/checker.hpp"

#include "model/close_checks.hpp"
#include "model/moves.hpp"

#include <algorithm>
#include <set>

namespace coupon::model {

namespace {

bool is_no(Answer answer) {
    return answer == Answer::sold_out || answer == Answer::closed || answer == Answer::error;
}

std::optional<Slot> row_of(const LedgerSide& ledger, Round round, UserId user) {
    const auto row = ledger.rows.slot_of.find({round, user});
    return row == ledger.rows.slot_of.end() ? std::nullopt : std::optional(row->second);
}

std::int64_t rows_in(const LedgerSide& ledger, Round round) {
    return std::count_if(ledger.rows.slot_of.begin(), ledger.rows.slot_of.end(), [&](const auto& row) { return row.first.first == round; });
}

/// I1, I2, I3: the tables could not even hold it otherwise, and the model's must not either.
std::string check_rows(const LedgerSide& ledger) {
    for (const auto& [round, row] : ledger.rows.rounds) {
        if (rows_in(ledger, round) > row.limit.value()) return "I1: more rows than the limit in round " + round.text();
    }
    for (const auto& [key, slot] : ledger.rows.slot_of) {
        const auto row = ledger.rows.user_of.find({key.first, slot});
        if (row == ledger.rows.user_of.end() || row->second != key.second) return "I3: two rows with slot " + slot.text();
    }
    for (const auto& [key, user] : ledger.rows.user_of) {
        const auto row = ledger.rows.rounds.find(key.first);
        if (row == ledger.rows.rounds.end() || key.second.value() < 1 || key.second.value() > row->second.limit.value())
            return "I3: a row with slot " + key.second.text();
        if (row_of(ledger, key.first, user) != key.second) return "I2: user " + user.text() + " has two rows";
    }
    return {};
}

/// I6, I10: nobody owns anything in a round he did not apply to, in the ledger or at the gate.
std::string check_owners(const Scene& scene, const LedgerSide& ledger, const GateSide& gate) {
    std::set<std::pair<Round, UserId>> applied;
    for (std::size_t i = 0; i < scene.applicants(); ++i) {
        if (scene.applicant(i).round) applied.emplace(*scene.applicant(i).round, scene.applicant(i).user);
    }
    for (const auto& [key, slot] : ledger.rows.slot_of) {
        if (!applied.contains(key))
            return "I6: user " + key.second.text() + " has a row in round " + key.first.text() + " without applying";
    }
    if (!gate.memory) return {};
    for (const auto& [user, claim] : gate.memory->claims) {
        if (!applied.contains({gate.memory->fields.round, user})) return "I10: user " + user.text() + " has a claim without applying";
    }
    return {};
}

bool is_abandoned(const LedgerSide& ledger, Round round) {
    const auto row = ledger.rows.rounds.find(round);
    return row != ledger.rows.rounds.end() && row->second.state == RoundState::abandoned;
}

/// A round abandoned by force keeps no promise; but once the next round is there, everybody who was told granted is on its list.
bool is_given_up(const LedgerSide& ledger, const Applicant& applicant) {
    if (!is_abandoned(ledger, *applicant.round)) return false;
    if (ledger.highest()->round == *applicant.round) return true;
    const auto list = ledger.given_up.find(*applicant.round);
    return list != ledger.given_up.end() && list->second.contains({*applicant.way.told().slot, applicant.user});
}

/// Who was answered by a gate that no worker may arm has no promise.
bool is_stray(const Scene& scene, std::size_t applicant) {
    return applicant + static_cast<std::size_t>(scene.bounds().strays) >= scene.applicants();
}

/// I4, I5 once everything has come to rest.
std::string check_promises(const Scene& scene, const LedgerSide& ledger) {
    std::map<std::pair<Round, UserId>, bool> has_only_no;
    for (std::size_t i = 0; i < scene.applicants(); ++i) {
        const auto& one = scene.applicant(i);
        if (!one.round || is_stray(scene, i)) continue;
        // Back across an arming, the gate has claims again that the arming dropped, and may say sold out because of them.
        if (one.in_doubt && scene.used(Left::losses, scene.bounds().losses) > 1) continue;
        auto& only_no = has_only_no.emplace(std::pair(*one.round, one.user), true).first->second;
        // The slot of a claim that the gate forgot is free again, and a late request may get it.
        only_no = only_no && one.is_told() && is_no(one.way.told().answer) && !one.late_in_doubt;
        if (!one.is_told() || one.way.told().answer != Answer::granted || one.in_doubt || is_given_up(ledger, one)) continue;
        if (row_of(ledger, *one.round, one.user) != one.way.told().slot) {
            return "I4: user " + one.user.text() + " was told granted, slot " + one.way.told().slot->text() + ", and has no such row";
        }
    }
    for (const auto& [who, only_no] : has_only_no) {
        if (only_no && row_of(ledger, who.first, who.second)) return "I5: user " + who.second.text() + " was told no and has a row";
    }
    return {};
}

/// I7: within one epoch, that is, unless the gate was armed again since.
std::string check_counts(const Scene& scene, const LedgerSide& ledger, const GateSide& gate) {
    // A gate that goes back forgets a claim that nothing else tells of: its slot is free again, although users were told sold out.
    for (std::size_t i = 0; i < scene.applicants() && !scene.bounds().goes_back; ++i) {
        const auto& one = scene.applicant(i);
        if (!one.is_told() || one.way.told().answer != Answer::sold_out || is_abandoned(ledger, *one.round) || is_stray(scene, i)) continue;
        const auto& row = ledger.rows.rounds.at(*one.round);
        const auto rows = rows_in(ledger, *one.round);
        if (row.epoch == one.sold_out_in && rows != row.limit.value())
            return "I7: user " + one.user.text() + " was told sold out, and there are " + std::to_string(rows) + " rows";
    }
    if (!gate.memory || !is_armed(gate.memory->fields, gate.identity()) || is_abandoned(ledger, gate.memory->fields.round)) return {};
    if (rows_in(ledger, gate.memory->fields.round) != gate.memory->fields.granted) return "I7: claims and rows differ once quiescent";
    return {};
}

/// I8: where nothing was lost and one round is all there is (told_before is empty otherwise).
std::string check_order(const Scene& scene) {
    for (std::size_t later = 0; later < scene.applicants(); ++later) {
        const auto& b = scene.applicant(later);
        if (!b.is_told() || b.way.told().answer != Answer::granted) continue;
        for (std::size_t earlier = 0; earlier < scene.applicants(); ++earlier) {
            if ((b.told_before >> earlier & 1) == 0) continue;
            const auto& told = scene.applicant(earlier).way.told();
            if (told.answer == Answer::sold_out) return "I8: user " + b.user.text() + " is granted after somebody was told sold out";
            if (told.answer == Answer::granted && *told.slot > *b.way.told().slot)
                return "I8: user " + b.user.text() + " came later and has a lower slot";
        }
    }
    return {};
}

std::string check_gate(const GateSide& gate) {
    if (!gate.memory) return {};
    // One that goes back while it is being armed gets claims back that were dropped, or is armed as if it had not.
    if (gate.went_back && (!gate.is_armed_again || !is_armed(gate.memory->fields, gate.identity()))) return {};
    const auto why = counters_disagree(gate.memory->fields, static_cast<std::int64_t>(gate.memory->claims.size()),
                                       static_cast<std::int64_t>(gate.memory->outbox.size()));
    if (!why.empty()) return "gate: " + why;
    std::set<Slot> slots;
    for (const auto& [user, claim] : gate.memory->claims) {
        if (!slots.insert(claim.slot).second) return "gate: slot " + claim.slot.text() + " is claimed twice";
    }
    return {};
}

/// I7 at the moment a reset found the round quiescent.
std::string check_resets(const Scene& scene) {
    for (std::size_t i = 0; i < most_resetters; ++i) {
        if (scene.resetter(i).misjudged) return "I7: a reset found the round quiescent, and a claim has no row";
    }
    return {};
}

} // namespace

std::string Checker::violation_at_once(const Scene& scene) {
    const auto& state = scene.state();
    if (is_new(fingerprint(component::ledger, state[component::ledger]))) {
        if (auto wrong = check_rows(scene.ledger()); !wrong.empty()) return wrong;
    }
    if (scene.bounds().losses_go_unnoticed) return {};
    if (is_new(fingerprint(component::gate, state[component::gate]))) {
        if (auto wrong = check_gate(scene.gate()); !wrong.empty()) return wrong;
    }
    if (auto wrong = check_resets(scene); !wrong.empty()) return wrong;
    if (auto wrong = check_close_at_once(scene); !wrong.empty()) return wrong;
    if (scene.does_order_count()) {
        if (auto wrong = check_order(scene); !wrong.empty()) return wrong;
    }
    return {};
}

std::string Checker::violation_in(const Scene& scene, Parts& parts) {
    const auto& state = scene.state();
    if (auto wrong = violation_at_once(scene); !wrong.empty() || scene.bounds().losses_go_unnoticed) return wrong;
    const auto& end = aftermaths_.of(scene);
    if (!end.trouble.empty()) return end.trouble;
    auto told = fingerprint(component::air, end.gate) + fingerprint(component::topic, end.ledger);
    for (std::size_t i = 0; i < scene.applicants(); ++i)
        told += fingerprint(component::first_applicant + i, state[component::first_applicant + i]);
    for (const auto one : {component::closer, component::reopener, component::left})
        told += fingerprint(one, state[one]);
    if (!is_new(told)) return {};
    const auto& ledger = parts.ledgers[end.ledger];
    const auto& gate = parts.gates[end.gate];
    // Rows are never taken away, so those of this state are among those it comes to.
    if (auto wrong = check_rows(ledger); !wrong.empty()) return wrong;
    if (auto wrong = check_owners(scene, ledger, gate); !wrong.empty()) return wrong;
    if (auto wrong = check_promises(scene, ledger); !wrong.empty()) return wrong;
    if (auto wrong = check_counts(scene, ledger, gate); !wrong.empty()) return wrong;
    return check_close_at_rest(scene, ledger, gate);
}

} // namespace coupon::model
