#include "flow/reset/rebuild_gate.hpp"

#include "audit/gate_contradiction.hpp"
#include "core/escape.hpp"
#include "core/gate_standing.hpp"
#include "core/round_change.hpp"
#include "core/wording.hpp"
#include "flow/patience.hpp"
#include "flow/worker/arming.hpp"
#include "flow/worker/topic_claims.hpp"

#include <set>

namespace coupon {

namespace {

constexpr Milliseconds pause_between_tries{50};
constexpr int most_tries = 10;

/// The gate that is to be made again.
struct RebuildLook {
    RoundRow row;
    std::vector<Coupon> rows;         ///< read before the claims
    std::vector<OffsetRange> records; ///< on the topic before the claims were read
    std::optional<GateMark> seen;     ///< absent: its round cannot be read, or there is no gate
    std::string why;                  ///< it contradicts itself, or the ledger
    HeldClaims held;
};

/// Of a gate whose round cannot be read its key tells that it is the round's.
bool is_of_round(const GateFields& fields, const RoundRow& row) {
    return fields.round == row.round || (fields.round == Round(0) && fields.key && fields.key == row.key);
}

Result<RoundRow> row_to_rebuild(const ResetSettings& settings, const ResetPorts& ports) {
    const auto rounds = ports.ledger.rounds(ports.world.now() + settings.timeout);
    if (!rounds) return rounds.fault();
    if (rounds->empty()) return Fault{FaultKind::missing, "event " + settings.event + " has no round", "run coupon-reset"};
    const auto& row = rounds->back();
    if (row.state != RoundState::open && row.state != RoundState::closed) {
        return Fault{FaultKind::refused, "round " + row.round.text() + " is " + name_of(row.state) + "; nothing was changed",
                     "run coupon-reset"};
    }
    if (!row.home.addresses.empty() && !row.home.lists(ports.reader.address())) return not_the_gate(row, ports.reader.address());
    return row;
}

/// What keeps a gate from being discarded, although it contradicts itself.
Status may_discard(const GateSummary& gate, const RoundRow& row, const std::string& address) {
    const GateSight sight{address, gate.fields, gate.server};
    if (gate.fields.round > row.round) return refusal_of(GateStanding::ahead, sight, row);
    const bool is_of_another = gate.fields.round == row.round && gate.fields.key && row.key && gate.fields.key != row.key;
    if (is_of_another) return refusal_of(GateStanding::other_seal, sight, row);
    if (!gate.fields.untold) return Done{};
    return Fault{FaultKind::refused, "the gate was closed by coupon-reset --close, and the ledger was not told; nothing was changed",
                 "run coupon-reset --close, then this again"};
}

/// Reads what the gate holds, as far as it can be read.
Status read_claims(const ResetSettings& settings, const ResetPorts& ports, const GateSummary& gate, RebuildLook& look,
                   std::vector<std::string>& unreadable) {
    std::set<std::pair<UserId, Slot>> held;
    std::vector<Slot> taken;
    const auto claims = ports.reader.claims(ports.world.now() + time_for(gate.claims, settings.timeout));
    if (!claims) return claims.fault();
    for (const auto& claim : claims->entries) {
        held.emplace(claim.user, claim.slot);
        taken.push_back(claim.slot);
    }
    const auto outbox = ports.reader.outbox(ports.world.now() + time_for(gate.outbox, settings.timeout));
    if (!outbox) return outbox.fault();
    for (const auto& claim : outbox->entries)
        held.emplace(claim.user, claim.slot);
    unreadable = claims->defects;
    unreadable.insert(unreadable.end(), outbox->defects.begin(), outbox->defects.end());
    for (const auto& [user, slot] : held)
        look.held.all.push_back({user, slot});
    // No claim ever goes, so as many as before are the same ones.
    if (static_cast<std::int64_t>(taken.size()) == gate.claims) look.held.holes = SlotRanges::holes_in(std::move(taken));
    return Done{};
}

std::string contradiction_in(const GateSummary& gate, const std::vector<std::string>& unreadable, const RebuildLook& look) {
    if (!gate.defects.empty()) return gate.defects.front();
    if (!unreadable.empty()) return unreadable.front();
    if (gate.fields.round != look.row.round) return {};
    return coupon::contradiction_in(gate.fields, look.row, look.held, look.rows);
}

/// The last thing to look at, for it takes the longest.
Status compare_records(const ResetSettings& settings, const ResetPorts& ports, RebuildLook& look) {
    const auto soon = [&] { return ports.world.now() + settings.timeout; };
    const auto fences = ports.ledger.fences(look.row.round, soon());
    if (!fences) return fences.fault();
    const auto failed = ports.ledger.failed_identities(soon());
    if (!failed) return failed.fault();
    std::int64_t count = 0;
    for (const auto& range : look.records)
        count += range.to - range.from;
    const auto on_topic =
        claims_on_topic(ports.topic, look.records, look.row, *fences, *failed, ports.world.now() + time_for(count, settings.timeout));
    if (!on_topic) return on_topic.fault();
    look.why = forgotten_by(look.held, on_topic->claims);
    return Done{};
}

Status look_at_gate(const ResetSettings& settings, const ResetPorts& ports, RebuildLook& look) {
    const auto summary = ports.reader.summary(ports.world.now() + settings.timeout);
    if (!summary && summary.fault().kind == FaultKind::missing) {
        look.why = "there is none";
        return Done{};
    }
    if (!summary && summary.fault().kind == FaultKind::corrupt) {
        look.why = summary.fault().message;
        return Done{};
    }
    if (!summary) return summary.fault();
    if (auto allowed = may_discard(*summary, look.row, ports.reader.address()); !allowed) return allowed;
    if (summary->fields.round > Round(0)) look.seen = GateMark{summary->fields.round, summary->fields.token};
    std::vector<std::string> unreadable;
    if (auto read = read_claims(settings, ports, *summary, look, unreadable); !read) return read;
    look.why = contradiction_in(*summary, unreadable, look);
    if (!is_of_round(summary->fields, look.row)) look.held = {};
    if (look.why.empty() && summary->fields.round == look.row.round) {
        if (auto compared = compare_records(settings, ports, look); !compared) return compared;
    }
    if (!look.why.empty()) return Done{};
    return Fault{FaultKind::refused, "the gate does not contradict itself; nothing was changed",
                 "a gate that is not armed is armed by a running coupon-consume"};
}

Result<RebuildLook> look_before_rebuild(const ResetSettings& settings, const ResetPorts& ports) {
    const auto row = row_to_rebuild(settings, ports);
    if (!row) return row.fault();
    const auto count = ports.ledger.coupon_count(row->round, ports.world.now() + settings.timeout);
    if (!count) return count.fault();
    auto rows = ports.ledger.coupons(row->round, ports.world.now() + time_for(*count, settings.timeout));
    if (!rows) return rows.fault();
    const auto partitions = ports.topic.partitions(ports.world.now() + settings.timeout);
    if (!partitions) return partitions.fault();
    RebuildLook look{*row, std::move(*rows), {}, {}, {}, {}};
    for (const auto& one : *partitions)
        look.records.push_back({one.partition, one.low, one.high});
    if (auto seen = look_at_gate(settings, ports, look); !seen) return seen.fault();
    return look;
}

std::string discarded_text(const ResetSettings& settings, const RebuildLook& look) {
    return "at " + settings.servers.gate + ": " + escape(look.why);
}

std::string sources_text(const RebuildLook& look) {
    return "from " + counted(look.rows.size(), "row") + ", the records and " + counted(look.held.all.size(), "claim") + " that it holds";
}

/// A worker may find the gate missing and arm it before this does, without the claims that were held: then its arms are taken away again.
Result<Armed> arm_with_claims(const ResetSettings& settings, const ResetPorts& ports, const RebuildLook& look) {
    const auto token = ports.world.random_word();
    for (int tries = 1;; ++tries) {
        auto armed = arm_again(ports.reader, ports.keeper, ports.topic, ports.ledger, ports.world, token, settings.timeout,
                               {GateMove::refused, {}, look.held.all});
        if (armed || armed.fault().kind != FaultKind::conflict || tries == most_tries) return armed;
        const auto summary = ports.reader.summary(ports.world.now() + settings.timeout);
        if (summary && summary->armed()) {
            const auto& fields = summary->fields;
            const auto disarmed =
                ports.keeper.disarm(fields.round, fields.epoch, seal_of(fields.key), ports.world.now() + settings.timeout);
            if (!disarmed && disarmed.fault().kind != FaultKind::conflict) return disarmed.fault();
        }
        if (ports.world.stopping()) return armed;
        ports.world.pause(pause_between_tries);
    }
}

} // namespace

Status rebuild_gate(const ResetSettings& settings, const ResetPorts& ports, ResetReport& report) {
    const auto soon = [&] { return ports.world.now() + settings.timeout; };
    if (auto locked = ports.ledger.lock_resets(soon()); !locked) return locked;
    const auto look = look_before_rebuild(settings, ports);
    if (!look) return look.fault();
    report.round = look->row.round;
    const auto note = [&](const char* step, const Status& status, const std::string& detail) {
        report.steps.push_back({step, status ? "done" : "failed", status ? detail : status.fault().message});
    };
    const auto discarded = ports.keeper.discard(look->seen, soon());
    note("discard gate", discarded, discarded_text(settings, *look));
    if (!discarded) return discarded;
    const auto armed = arm_with_claims(settings, ports, *look);
    note("arm gate", armed ? Status(Done{}) : armed.fault(), sources_text(*look));
    if (!armed) return armed.fault();
    for (const auto& claim : armed->voided)
        report.warnings.push_back(text_of(claim));
    report.warnings.insert(report.warnings.end(), armed->lost_logs.begin(), armed->lost_logs.end());
    const auto summary = ports.reader.summary(soon());
    if (!summary) return summary.fault();
    report.outcome = "the gate of round " + look->row.round.text() + " of event " + settings.event +
                     " is made again: " + grouped(summary->fields.granted) + " of " + grouped(look->row.limit.value()) +
                     " granted, epoch " + armed->epoch.text();
    return Done{};
}

Status plan_rebuild_gate(const ResetSettings& settings, const ResetPorts& ports, ResetReport& report) {
    const auto look = look_before_rebuild(settings, ports);
    if (!look) return look.fault();
    report.round = look->row.round;
    report.steps.push_back({"discard gate", "planned", discarded_text(settings, *look)});
    report.steps.push_back({"arm gate", "planned", sources_text(*look)});
    return Done{};
}

} // namespace coupon
