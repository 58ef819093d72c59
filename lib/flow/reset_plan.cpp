#include "flow/reset_look.hpp"

#include <algorithm>
#include <utility>

namespace coupon {

Status plan_reset(const ResetSettings& settings, const ResetPorts& ports, ResetReport& report) {
    const auto plan = [&](const char* name, std::string detail) { report.steps.push_back({name, "planned", std::move(detail)}); };
    const auto look = look_before_reset(settings, ports);
    if (!look) return look.fault();
    const auto& scene = look->scene;
    report.running = running_round(scene);
    if (!look->has_tables) plan("create tables", "they do not exist yet");
    if (!look->has_topic) plan("create topic", settings.topic + ", " + std::to_string(settings.partitions) + " partitions");
    Round old(0);
    if (const auto row = scene.highest()) {
        old = row->round;
        if (row->state == RoundState::opening) {
            plan("finish", "the interrupted reset of round " + row->round.text());
        } else {
            plan("close round", "round " + row->round.text() + ", which is " + name_of(row->state));
        }
    }
    if (scene.gate) {
        old = std::max(old, scene.gate->round);
        plan("close gate",
             std::to_string(scene.gate->granted) + " of " + scene.gate->limit.text() + " granted in round " + scene.gate->round.text());
        plan("settle", "wait at most " + std::to_string(settings.wait.count() / 1000) + " s until every claim has its row" +
                           (settings.force ? ", then give up what is missing (--force)" : ""));
    }
    if (old > Round(0)) report.previous_round = old;
    plan("open round", "a new round of event " + settings.event + ", limit " + settings.limit.text());
    return may_begin(scene, settings.may_end);
}

} // namespace coupon
