#include "flow/rebuild_gate.hpp"

#include "core/checking.hpp"
#include "core/escape.hpp"
#include "core/gate_standing.hpp"
#include "core/round_change.hpp"
#include "core/wording.hpp"
#include "flow/arming.hpp"
#include "flow/patience.hpp"

#include <map>
#include <set>

namespace coupon {

namespace {

constexpr Milliseconds pause_between_tries{50};
constexpr int most_tries = 10;

/// The gate that is to be made again.
struct RebuildLook {
    RoundRow row;
    std::int64_t rows = 0;
    std::optional<GateMark> seen;    ///< absent: its round cannot be read, or there is no gate
    std::string why;                 ///< it contradicts itself
    std::vector<RestoredClaim> held; ///< its claims and pending claims, a user once for each slot
};

/// Why the gate cannot go on as it is; empty where it can.
std::string contradiction_in(const GateSummary& gate, const RoundRow& row, const std::vector<RestoredClaim>& held,
                             const std::vector<std::string>& unreadable) {
    if (!gate.defects.empty()) return gate.defects.front();
    if (!unreadable.empty()) return unreadable.front();
    if (gate.fields.round != row.round) return {};
    if (gate.fields.limit != row.limit) return "its limit is " + gate.fields.limit.text() + " but the ledger's is " + row.limit.text();
    if (gate.fields.window != row.window) return "its window is not the ledger's";
    std::map<Slot, UserId> holders;
    for (const auto& claim : held) {
        const auto holder = holders.emplace(claim.slot, claim.user).first->second;
        if (holder != claim.user)
            return "slot " + claim.slot.text() + " belongs to user " + holder.text() + " and to user " + claim.user.text();
    }
    return {};
}

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
    const auto claims = ports.reader.claims(ports.world.now() + time_for(gate.claims, settings.timeout));
    if (!claims) return claims.fault();
    for (const auto& claim : claims->entries)
        held.emplace(claim.user, claim.slot);
    const auto outbox = ports.reader.outbox(ports.world.now() + time_for(gate.outbox, settings.timeout));
    if (!outbox) return outbox.fault();
    for (const auto& claim : outbox->entries)
        held.emplace(claim.user, claim.slot);
    unreadable = claims->defects;
    unreadable.insert(unreadable.end(), outbox->defects.begin(), outbox->defects.end());
    for (const auto& [user, slot] : held)
        look.held.push_back({user, slot});
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
    look.why = contradiction_in(*summary, look.row, look.held, unreadable);
    if (!is_of_round(summary->fields, look.row)) look.held.clear();
    if (!look.why.empty()) return Done{};
    return Fault{FaultKind::refused, "the gate does not contradict itself; nothing was changed",
                 "a gate that is not armed is armed by a running coupon-consume"};
}

Result<RebuildLook> look_before_rebuild(const ResetSettings& settings, const ResetPorts& ports) {
    const auto row = row_to_rebuild(settings, ports);
    if (!row) return row.fault();
    RebuildLook look{*row, 0, {}, {}, {}};
    if (auto seen = look_at_gate(settings, ports, look); !seen) return seen.fault();
    const auto rows = ports.ledger.coupon_count(row->round, ports.world.now() + settings.timeout);
    if (!rows) return rows.fault();
    look.rows = *rows;
    return look;
}

std::string discarded_text(const ResetSettings& settings, const RebuildLook& look) {
    return "at " + settings.servers.gate + ": " + escape(look.why);
}

std::string sources_text(const RebuildLook& look) {
    return "from " + counted(static_cast<std::size_t>(look.rows), "row") + ", the records and " + counted(look.held.size(), "claim") +
           " that it holds";
}

/// A worker may find the gate missing and arm it before this does, without the claims that were held: then its arms are taken away again.
Result<Armed> arm_with_claims(const ResetSettings& settings, const ResetPorts& ports, const RebuildLook& look) {
    const auto token = ports.world.random_word();
    for (int tries = 1;; ++tries) {
        auto armed = arm_again(ports.reader, ports.keeper, ports.topic, ports.ledger, ports.world, token, settings.timeout,
                               {GateMove::refused, {}, look.held});
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
