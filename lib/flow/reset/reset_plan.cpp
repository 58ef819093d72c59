#include "core/reset_steps.hpp"
#include "flow/reset/ledger_purge.hpp"
#include "flow/reset/reset_look.hpp"
#include "flow/reset/reset_texts.hpp"

#include <algorithm>
#include <utility>

namespace coupon {

namespace {

/// The effects of one reset, in the order in which they are reported.
class ResetPlan {
public:
    ResetPlan(const ResetSettings& settings, const ResetLook& look, ResetReport& report)
        : settings_(settings), look_(look), report_(report) {}

    /// Returns the round that will be the newest.
    Round plan() {
        tell_creation(settings_, look_, "planned", report_);
        const auto row = look_.scene.highest();
        auto old = row ? row->round : Round(0);
        if (look_.scene.gate) old = std::max(old, look_.scene.gate->round);
        if (old > Round(0)) report_.previous_round = old;
        if (row) plan_end(*row);
        const bool is_resumed = row && row->state == RoundState::opening;
        if (is_resumed) {
            plan_opening();
            if (is_as_wanted(*row, settings_)) return row->round;
            add(name_of(ResetStage::close_round), closed_round_text(settings_, *row) + ", for it is not the round wanted now");
        }
        add(name_of(ResetStage::insert_round), inserted_round_text(settings_, old.next(), look_.scene.now));
        plan_opening();
        return old.next();
    }

private:
    void add(const char* name, std::string detail) { report_.steps.push_back({name, "planned", std::move(detail)}); }

    void plan_end(const RoundRow& row) {
        add(name_of(ResetStage::close_round), closed_round_text(settings_, row));
        if (look_.scene.gate) add(name_of(ResetStage::close_gate), closed_gate_text(settings_, *look_.scene.gate));
        if (row.state == RoundState::opening) return;
        add(name_of(ResetStage::settle), settled_text(row.round) + " within " + std::to_string(settings_.wait.count() / 1000) + " s" +
                                             (settings_.force ? ", or else the round is given up (--force)" : ""));
    }

    void plan_opening() {
        add(name_of(ResetStage::purge), purged_topic_text(settings_, settings_.moves_topic ? 0 : record_count(look_.partitions)));
        add(name_of(ResetStage::create_gate), opened_gate_text(settings_));
        add(name_of(ResetStage::open_gate), opened_gate_text(settings_));
    }

    const ResetSettings& settings_;
    const ResetLook& look_;
    ResetReport& report_;
};

} // namespace

bool is_as_wanted(const RoundRow& row, const ResetSettings& settings) {
    // The one round that may be opened with the key, whatever its limit is.
    if (settings.once_key) return row.once_key == settings.once_key;
    return row.limit == settings.limit && row.window == settings.window;
}

Status plan_reset(const ResetSettings& settings, const ResetPorts& ports, ResetReport& report) {
    const auto look = look_before_reset(settings, ports, ReadingFor::plan);
    if (!look) return look.fault();
    report.running = running_round(look->scene);
    const auto newest = ResetPlan(settings, *look, report).plan();
    if (settings.purge) {
        auto rounds = look->scene.rounds;
        RoundRow fresh;
        fresh.round = newest;
        if (rounds.empty() || rounds.back().round < newest) rounds.push_back(std::move(fresh));
        if (auto planned = plan_purge_rounds(settings, rounds, ports.ledger, ports.world, report); !planned) return planned;
    }
    return may_begin(settings, *look);
}

} // namespace coupon
