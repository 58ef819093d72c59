#pragma once

#include "model/act.hpp"
#include "model/scene.hpp"

namespace coupon::model {

/// One call of one reset: what flow/reset/reset.cpp and flow/reset/reset_settle.cpp do between two answers of a server. Arming is left to
/// the armers beside it, and the wait for a quiescent round to whoever is scheduled.
class ResetCall {
public:
    ResetCall(const Scene& scene, std::size_t who, const Take& take)
        : before_(scene), after_(scene), who_(who), take_(take), reset_(scene.resetter(who)) {}

    void make();

private:
    void read();
    void close_round();
    void close_gate();
    void settle();
    void look();
    void take_over_gate();
    void compare_with_rows();
    void not_settled();
    void abandon_round();
    void list_claims();
    void insert_round();
    void purge();
    void create_gate();
    void finish_opening();
    void open_gate();

    [[nodiscard]] bool has_bug(Bug bug) const { return before_.has_bug(bug); }
    [[nodiscard]] const std::string& token() const { return reset_.way.token(); }
    [[nodiscard]] bool is_highest_mine() const;
    [[nodiscard]] bool is_misjudged() const;
    [[nodiscard]] Result<RoundRow> close_round_in_ledger();
    [[nodiscard]] Status finish_round_in_ledger();
    void answer(const Status& status) { reset_.way.on(status); }
    void take_with(const Resetter& reset, const Scene& scene);

    const Scene& before_;
    Scene after_;
    std::size_t who_;
    const Take& take_;
    Resetter reset_;
};

/// Locks the highest round, changes it by the rule, writes it back.
template <class Rule>
Result<RoundRow> change_round(Scene& scene, const std::string& token, const Rule& rule) {
    auto ledger = scene.ledger();
    auto highest = ledger.highest();
    if (highest && scene.has_bug(Bug::ledger_ignores_owner)) highest->owner = token;
    auto row = rule(highest);
    if (!row) return row;
    ledger.rows.rounds[row->round] = *row;
    scene.set(ledger);
    return row;
}

[[nodiscard]] inline Status status_of(const Result<RoundRow>& row) {
    return row ? Status(Done{}) : Status(row.fault());
}

} // namespace coupon::model
