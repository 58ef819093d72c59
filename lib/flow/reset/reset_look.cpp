#include "flow/reset/reset_look.hpp"

#include "core/escape.hpp"
#include "core/gate_standing.hpp"
#include "core/topic_binding.hpp"
#include "core/wording.hpp"
#include "flow/patience.hpp"
#include "flow/quiescent.hpp"
#include "flow/reset/reset_texts.hpp"
#include "flow/reset/round_in_gate.hpp"
#include "flow/unsettled.hpp"

#include <numeric>
#include <utility>

namespace coupon {

namespace {

/// Only a round that is not over is worth its count of rows, and one whose gate says that it is sold out is over.
Status add_what_running_needs(const ResetSettings& settings, const ResetPorts& ports, ResetScene& scene) {
    const auto row = scene.highest();
    if (!row || (row->state != RoundState::open && row->state != RoundState::closed)) return Done{};
    const bool is_sold_out = scene.gate && scene.gate->round == row->round && scene.gate->granted >= row->limit.value();
    if (is_sold_out && row->state == RoundState::open) return Done{};
    const auto rows = ports.ledger.coupon_count(row->round, ports.world.now() + settings.timeout);
    if (!rows) return rows.fault();
    scene.rows = *rows;
    return Done{};
}

/// What keeps the event from being quiescent, on its own topic and by its own group.
Result<std::vector<std::string>> not_quiescent(const RoundRow& row, const ResetSettings& settings, const ResetPorts& ports) {
    const auto look =
        look_for_quiescence(ports.reader, {settings.event, row.topic}, ports.topic, ports.ledger, ports.world, settings.timeout);
    if (!look && look.fault().kind == FaultKind::missing) return std::vector{look.fault().message};
    if (!look) return look.fault();
    return not_quiescent_because(*look);
}

/// Why round `row` is not settled; empty where it is. The topic of another cluster cannot be asked: there every claim must have its row,
/// and then no record on it matters any more.
Result<std::vector<std::string>> unsettled_because(const RoundRow& row, bool is_elsewhere, const ResetSettings& settings,
                                                   const ResetPorts& ports) {
    using Reasons = std::vector<std::string>;
    if (row.state == RoundState::opening) return Reasons{"an interrupted reset left it opening"};
    if (row.state != RoundState::open && row.state != RoundState::closed) return Reasons{};
    const auto summary = ports.reader.summary(ports.world.now() + settings.timeout);
    if (!summary && summary.fault().kind == FaultKind::missing) return Reasons{summary.fault().message};
    if (!summary) return summary.fault();
    if (!is_the_armed_gate({ports.reader.address(), summary->fields, summary->server}, row)) return Reasons{"the gate is not armed"};
    if (summary->outbox > 0) return Reasons{counted(static_cast<std::size_t>(summary->outbox), "pending claim")};
    if (!is_elsewhere) {
        auto reasons = not_quiescent(row, settings, ports);
        if (!reasons || !reasons->empty()) return reasons;
    }
    const auto deadline = ports.world.now() + time_for(2 * summary->claims, settings.timeout);
    return claims_without_row(ports.reader, ports.ledger, row.round, deadline);
}

/// What every other program is told where topic, group or cluster are not those of the last round.
Status uses_the_same(const ResetSettings& settings, const RoundRow& row) {
    const auto who = "round " + row.round.text() + " of event " + settings.event;
    const auto names = names_for(settings.event, {row.topic, row.group, row.cluster_id}, {settings.topic, settings.group}, who);
    if (!names) return names.fault();
    if (row.cluster_id.empty() || row.cluster_id == settings.cluster_id) return Done{};
    return Fault{FaultKind::usage,
                 settings.servers.topic + " is cluster " + escape(settings.cluster_id) + ": " + who + " uses cluster " +
                     escape(row.cluster_id),
                 "check --brokers"};
}

/// A mistyped name would settle the last round by the records and offsets of another event.
Status may_move(const ResetSettings& settings, const ResetPorts& ports, const ResetScene& scene) {
    const auto row = scene.highest();
    if (!row) return Done{};
    const auto same = uses_the_same(settings, *row);
    if (same) return Done{};
    const bool is_elsewhere = !row->cluster_id.empty() && row->cluster_id != settings.cluster_id;
    const auto reasons = running_round(scene) ? Result<std::vector<std::string>>({"users can still apply"})
                                              : unsettled_because(*row, is_elsewhere, settings, ports);
    if (!reasons) return reasons.fault();
    if (reasons->empty()) return Done{};
    return Fault{FaultKind::usage, same.fault().message + ", and is not settled: " + reasons->front() + "; nothing was changed",
                 same.fault().hint + "; to move the event, close it and let coupon-consume finish first"};
}

} // namespace

Result<ResetLook> look_before_reset(const ResetSettings& settings, const ResetPorts& ports, ReadingFor what_for) {
    const auto soon = [&] { return ports.world.now() + settings.timeout; };
    ResetLook look;
    look.scene.address = ports.reader.address();
    const auto summary = summary_with_round(ports.reader, soon());
    if (!summary && summary.fault().kind == FaultKind::corrupt)
        return Fault{FaultKind::corrupt, summary.fault().message + "; nothing was changed", summary.fault().hint};
    if (!summary && summary.fault().kind != FaultKind::missing) return summary.fault();
    if (summary) {
        look.scene.gate = summary->fields;
        look.scene.now = summary->now;
        look.scene.server = summary->server;
    } else {
        const auto told = ports.reader.settings(soon());
        if (!told) return told.fault();
        look.scene.now = told->now;
    }
    const auto topic = ports.admin.exists(soon());
    if (!topic) return topic.fault();
    look.has_topic = *topic;
    if (look.has_topic) {
        auto partitions = ports.new_topic().partitions(soon());
        if (!partitions) return partitions.fault();
        look.partitions = std::move(*partitions);
    }
    auto rounds = ports.ledger.rounds(soon());
    if (!rounds && rounds.fault().kind != FaultKind::missing) return rounds.fault();
    look.has_tables = static_cast<bool>(rounds);
    if (rounds) look.scene.rounds = std::move(*rounds);
    if (auto added = add_what_running_needs(settings, ports, look.scene); !added) return added.fault();
    if (auto allowed = may_move(settings, ports, look.scene); !allowed) return allowed.fault();
    ForeignRecordScope scope{settings.event, look.partitions, look.scene.rounds, {}};
    // Positions are kept by the topic's name; another topic, or another cluster, is read as a whole.
    if (!settings.moves_topic) {
        auto settled = settled_by_workers(ports.ledger, soon());
        if (!settled) return settled.fault();
        scope.settled = std::move(*settled);
    }
    auto ahead = read_ahead(scope, look.scene, settings, ports, what_for);
    if (!ahead) return ahead.fault();
    look.ahead = std::move(*ahead);
    return look;
}

std::int64_t record_count(const std::vector<PartitionLag>& partitions) {
    return std::accumulate(partitions.begin(), partitions.end(), std::int64_t{0},
                           [](std::int64_t sum, const PartitionLag& one) { return sum + one.high - one.low; });
}

Status may_begin(const ResetSettings& settings, const ResetLook& look) {
    if (auto allowed = may_begin(look.scene, settings.may_end); !allowed) return allowed;
    if (look.ahead.survey.foreign.count == 0) return Done{};
    return Fault{
        FaultKind::usage,
        "topic " + settings.topic + " holds " + foreign_records_text(look.ahead.survey.foreign) + " of event " + settings.event +
            " that no round of this ledger signed; nothing was changed",
        "another environment uses the topic: name another one (--topic), or check --brokers and --mysql. Where another program in the "
        "workers' group read them, coupon-consume --recover --yes keeps them as failed events"};
}

Result<bool> was_opened_once(const ResetSettings& settings, LedgerReader& ledger, Deadline deadline, ResetReport& report) {
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

void tell_creation(const ResetSettings& settings, const ResetLook& look, const char* status, ResetReport& report) {
    if (!look.has_tables) report.steps.push_back({"create tables", status, created_tables_text(settings)});
    if (!look.has_topic) {
        report.steps.push_back({"create topic", status, created_topic_text(settings)});
    } else if (settings.partitions && std::cmp_not_equal(look.partitions.size(), *settings.partitions)) {
        report.steps.push_back({"create topic", "skipped", kept_topic_text(settings, look.partitions.size())});
    }
}

Result<ResetLook> prepare_reset(const ResetSettings& settings, const ResetPorts& ports, ResetReport& report) {
    const auto soon = [&] { return ports.world.now() + settings.timeout; };
    if (auto locked = ports.ledger.lock_resets(soon()); !locked) return locked.fault();
    auto look = look_before_reset(settings, ports, ReadingFor::reset);
    if (!look) return look.fault();
    if (settings.once_key && opened_once(look->scene.rounds, *settings.once_key) != nullptr) return look;
    if (auto allowed = may_begin(settings, *look); !allowed) return allowed.fault();
    if (auto tables = ports.ledger.create_schema(soon()); !tables) return tables.fault();
    const auto owner = ports.ledger.event_of_topic(soon());
    if (!owner) return owner.fault();
    if (*owner && **owner != settings.event) {
        return Fault{FaultKind::usage, "topic " + settings.topic + " belongs to event " + **owner,
                     "give event " + settings.event + " a topic of its own (--topic)"};
    }
    if (auto created = ports.admin.create(settings.partitions.value_or(default_partitions), soon()); !created) return created.fault();
    tell_creation(settings, *look, "done", report);
    return look;
}

} // namespace coupon
