#include "flow/reset_look.hpp"

#include "core/escape.hpp"

namespace coupon {

namespace {

/// Only a round that is not over is worth its count of rows, and the clock of a server without a gate.
Status add_what_running_needs(const ResetSettings& settings, const ResetPorts& ports, ResetScene& scene) {
    const auto row = scene.highest();
    if (!row || (row->state != RoundState::open && row->state != RoundState::closed)) return Done{};
    if (!scene.gate) {
        const auto told = ports.reader.settings(ports.world.now() + settings.timeout);
        if (!told) return told.fault();
        scene.now = told->now;
    }
    const auto rows = ports.ledger.coupon_count(row->round, ports.world.now() + settings.timeout);
    if (!rows) return rows.fault();
    scene.rows = *rows;
    return Done{};
}

} // namespace

Result<ResetLook> look_before_reset(const ResetSettings& settings, const ResetPorts& ports) {
    const auto soon = [&] { return ports.world.now() + settings.timeout; };
    ResetLook look;
    look.scene.address = ports.reader.address();
    const auto summary = ports.reader.summary(soon());
    if (!summary && summary.fault().kind != FaultKind::missing) return summary.fault();
    if (summary) {
        if (summary->fields.round == Round(0)) {
            return Fault{FaultKind::corrupt, "the gate contradicts itself: " + summary->defects.front() + "; nothing was changed",
                         "coupon-audit names what is wrong"};
        }
        look.scene.gate = summary->fields;
        look.scene.now = summary->now;
        look.scene.server = summary->server;
    }
    const auto topic = ports.admin.exists(soon());
    if (!topic) return topic.fault();
    look.has_topic = *topic;
    auto rounds = ports.ledger.rounds(soon());
    if (!rounds && rounds.fault().kind != FaultKind::missing) return rounds.fault();
    look.has_tables = static_cast<bool>(rounds);
    if (rounds) look.scene.rounds = std::move(*rounds);
    if (auto added = add_what_running_needs(settings, ports, look.scene); !added) return added.fault();
    return look;
}

Result<bool> was_opened_once(const ResetSettings& settings, Ledger& ledger, Deadline deadline, ResetReport& report) {
    if (!settings.once_key) return false;
    const auto rounds = ledger.rounds(deadline);
    if (!rounds && rounds.fault().kind == FaultKind::missing) return false;
    if (!rounds) return rounds.fault();
    const auto* row = opened_once(*rounds, *settings.once_key);
    if (row == nullptr) return false;
    report.round = row->round;
    report.outcome = "round " + row->round.text() + " of event " + settings.event + " was opened with --once " +
                     escape(*settings.once_key) + " already; nothing was changed";
    return true;
}

Result<ResetLook> prepare_reset(const ResetSettings& settings, const ResetPorts& ports) {
    const auto soon = [&] { return ports.world.now() + settings.timeout; };
    if (auto locked = ports.ledger.lock_resets(soon()); !locked) return locked.fault();
    auto look = look_before_reset(settings, ports);
    if (!look) return look.fault();
    if (settings.once_key && opened_once(look->scene.rounds, *settings.once_key) != nullptr) return look;
    if (auto allowed = may_begin(look->scene, settings.may_end); !allowed) return allowed.fault();
    if (auto tables = ports.ledger.create_schema(soon()); !tables) return tables.fault();
    const auto owner = ports.ledger.event_of_topic(soon());
    if (!owner) return owner.fault();
    if (*owner && **owner != settings.event) {
        return Fault{FaultKind::usage, "topic " + settings.topic + " belongs to event " + **owner,
                     "give event " + settings.event + " a topic of its own (--topic)"};
    }
    if (auto created = ports.admin.create(settings.partitions, soon()); !created) return created.fault();
    return look;
}

} // namespace coupon
