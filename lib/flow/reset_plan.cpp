#include "flow/reset.hpp"

#include <algorithm>
#include <utility>

namespace coupon {

Status plan_reset(const ResetSettings& settings, const ResetPorts& ports, ResetReport& report) {
    const auto soon = [&] { return ports.world.now() + settings.timeout; };
    const auto plan = [&](const char* name, std::string detail) { report.steps.push_back({name, "planned", std::move(detail)}); };
    const auto summary = ports.reader.summary(soon());
    if (!summary && summary.fault().kind != FaultKind::missing) return summary.fault();
    const auto topic = ports.admin.exists(soon());
    if (!topic) return topic.fault();
    const auto rounds = ports.ledger.rounds(soon());
    if (!rounds && rounds.fault().kind != FaultKind::missing) return rounds.fault();

    if (!rounds) plan("create tables", "they do not exist yet");
    if (!*topic) plan("create topic", settings.topic + ", " + std::to_string(settings.partitions) + " partitions");
    Round old(0);
    if (rounds && !rounds->empty()) {
        old = rounds->back().round;
        const auto& row = rounds->back();
        if (row.state == RoundState::opening) {
            plan("finish", "the interrupted reset of round " + row.round.text());
        } else {
            plan("close round", "round " + row.round.text() + ", which is " + name_of(row.state));
        }
    }
    if (summary) {
        old = std::max(old, summary->fields.round);
        plan("close gate", std::to_string(summary->fields.granted) + " of " + summary->fields.limit.text() + " granted in round " +
                               summary->fields.round.text());
        plan("settle", "wait at most " + std::to_string(settings.wait.count() / 1000) + " s until every claim has its row" +
                           (settings.force ? ", then give up what is missing (--force)" : ""));
    }
    if (old > Round(0)) report.previous_round = old;
    plan("open round", "a new round of event " + settings.event + ", limit " + settings.limit.text());
    return Done{};
}

} // namespace coupon
