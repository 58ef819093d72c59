#include "core/escape.hpp"
#include "core/gate_standing.hpp"
#include "core/reopen_steps.hpp"
#include "core/wording.hpp"
#include "flow/reset/reset.hpp"
#include "flow/worker/arming.hpp"

#include <algorithm>

namespace coupon {

namespace {

constexpr Milliseconds pause_between_looks{50};

/// What --reopen starts from.
struct ReopenLook {
    RoundRow highest;
    std::optional<GateSummary> gate;
    Instant now; ///< by the gate's clock
    GateStanding standing = GateStanding::to_be_armed;
    std::string address; ///< as the ledger lists it
    bool lacks_topic = false;

    [[nodiscard]] GateSight sight() const { return gate ? GateSight{address, gate->fields, gate->server} : GateSight{address, {}, {}}; }
    /// The ledger's gate is not here.
    [[nodiscard]] bool moves() const { return standing == GateStanding::stray || standing == GateStanding::promotable; }
};

/// The row before the gate: a program that acts on both in between is noticed by the comparison of the row's owner.
Result<ReopenLook> look(const ResetSettings& settings, const ResetPorts& ports) {
    const auto rounds = ports.ledger.rounds(ports.world.now() + settings.timeout);
    if (!rounds) return rounds.fault();
    if (rounds->empty()) return Fault{FaultKind::missing, "event " + settings.event + " has no round", "run coupon-reset"};
    const auto topic = ports.admin.exists(ports.world.now() + settings.timeout);
    if (!topic) return topic.fault();
    ReopenLook look{rounds->back(), {}, {}, {}, ports.reader.address(), !*topic};
    auto summary = ports.reader.summary(ports.world.now() + settings.timeout);
    if (!summary && summary.fault().kind != FaultKind::missing) return summary.fault();
    if (summary) {
        look.now = summary->now;
        look.gate = std::move(*summary);
        look.standing = standing_of(look.sight(), look.highest);
        return look;
    }
    const auto told = ports.reader.settings(ports.world.now() + settings.timeout);
    if (!told) return told.fault();
    look.now = told->now;
    look.standing = standing_of(look.sight(), look.highest);
    return look;
}

Result<ReopenReading> reading_of(const Result<ReopenLook>& look) {
    if (!look) return look.fault();
    ReopenReading reading;
    reading.highest = look->highest;
    reading.now = look->now;
    reading.moves = look->moves();
    reading.lacks_topic = look->lacks_topic;
    if (look->standing == GateStanding::other_seal) reading.refusal = refusal_of(look->standing, look->sight(), look->highest);
    if (!look->gate) return reading;
    reading.gate = GateMark{look->gate->fields.round, look->gate->fields.token};
    reading.is_armed = is_the_armed_gate(look->sight(), look->highest);
    reading.untold = look->gate->fields.untold;
    return reading;
}

/// When users are let in, where that is bounded.
std::string window_suffix(const ResetSettings& settings, const Window& window, Instant now) {
    return window == Window{} ? "" : ", " + window_text(window, settings.utc_offset, now);
}

/// What the round has granted, by its gate.
std::string granted_text(const ReopenLook& look) {
    const auto round = "round " + look.highest.round.text();
    if (!look.gate || look.gate->fields.round != look.highest.round) return round;
    return round + ", " + grouped(look.gate->fields.granted) + " of " + grouped(look.highest.limit.value()) + " granted";
}

/// As many partitions as the topic is known to have had: by the operator, or by what the ledger stored of it. No coupon depends on the
/// number: the slot is the order.
Result<int> partitions_to_make(const ResetSettings& settings, const ResetPorts& ports, Round round) {
    if (settings.partitions) return *settings.partitions;
    const auto purged = ports.ledger.purge_offsets(round, ports.world.now() + settings.timeout);
    if (!purged) return purged.fault();
    const auto fences = ports.ledger.fences(round, ports.world.now() + settings.timeout);
    if (!fences) return fences.fault();
    const auto failed = ports.ledger.failed_identities(ports.world.now() + settings.timeout);
    if (!failed) return failed.fault();
    // Of a round that an earlier release opened the ledger may have no partitions.
    std::int32_t highest = purged->empty() ? default_partitions - 1 : purged->rbegin()->first;
    for (const auto& fence : *fences)
        highest = std::max(highest, fence.partition);
    for (const auto& record : *failed)
        highest = std::max(highest, record.at.partition);
    return highest + 1;
}

std::string made_topic_text(const ResetSettings& settings, int partitions) {
    return escape(settings.topic) + " with " + counted(static_cast<std::size_t>(partitions), "partition") + ", at " +
           settings.servers.topic;
}

/// One walk through the stages of core/reopen_steps.hpp.
class ReopenWalk {
public:
    ReopenWalk(const ResetSettings& settings, const ResetPorts& ports, ResetReport& report)
        : settings_(settings), ports_(ports), report_(report), way_(ports.world.random_word(), settings.window.closes_at) {}

    Status run() {
        while (true) {
            switch (way_.stage()) {
            case ReopenStage::read: read(); break;
            case ReopenStage::make_topic: make_topic(); break;
            case ReopenStage::close_round: close_round(); break;
            case ReopenStage::mark_told:
                answer("tell ledger", ports_.keeper.mark_told(way_.seen(), way_.token(), soon()), "of the close");
                break;
            case ReopenStage::close_old:
                close_old();
                way_.on(Done{});
                break;
            case ReopenStage::arm: arm(); break;
            case ReopenStage::reopen_round: reopen_round(); break;
            case ReopenStage::open_gate:
                answer("open gate", ports_.keeper.reopen(way_.seen(), way_.token(), way_.row().window.closes_at, soon()),
                       "at " + settings_.servers.gate + window_suffix(settings_, way_.row().window, now_));
                break;
            case ReopenStage::done:
                report_.outcome = "event " + settings_.event + " is open: " + granted_ + window_suffix(settings_, way_.row().window, now_);
                return Done{};
            case ReopenStage::refused: return way_.fault();
            }
        }
    }

private:
    [[nodiscard]] Deadline soon() const { return ports_.world.now() + settings_.timeout; }

    void note(const char* step, bool is_done, std::string detail) {
        report_.steps.push_back({step, is_done ? "done" : "failed", std::move(detail)});
    }

    void answer(const char* step, const Status& status, const std::string& detail) {
        note(step, static_cast<bool>(status), status ? detail : status.fault().message);
        way_.on(status);
    }

    void read() {
        const auto seen = look(settings_, ports_);
        if (seen) {
            report_.round = seen->highest.round;
            granted_ = granted_text(*seen);
            addresses_ = seen->highest.home.addresses;
            now_ = seen->now;
        }
        way_.on_read(reading_of(seen));
    }

    void make_topic() {
        const auto partitions = partitions_to_make(settings_, ports_, way_.round());
        const auto made = partitions ? ports_.admin.create(*partitions, soon()) : Status(partitions.fault());
        answer("make topic", made, partitions ? made_topic_text(settings_, *partitions) : "");
    }

    void close_round() {
        const auto row = ports_.ledger.close_owned_round(way_.round(), way_.owner(), way_.token(), soon());
        if (!row) note("tell ledger", false, row.fault().message);
        way_.on_round(row);
    }

    void arm() {
        const auto armed = arm_again(ports_.reader, ports_.keeper, ports_.topic, ports_.ledger, ports_.world, way_.token(),
                                     settings_.timeout, {GateMove::allowed, {}});
        if (armed) report_.warnings.insert(report_.warnings.end(), armed->lost_logs.begin(), armed->lost_logs.end());
        answer("arm gate", armed ? Status(Done{}) : armed.fault(), armed ? "epoch " + armed->epoch.text() : "");
    }

    /// Closes the gates that counted until now, and waits until every claim there is published: what was promised there is on the topic
    /// then, from which the gate here is armed. What cannot be reached is told, for its users may lose.
    void close_old() {
        for (const auto& address : addresses_) {
            if (address == ports_.reader.address()) continue;
            const auto closed = close_old_gate(address);
            note("close old gate", static_cast<bool>(closed), "at " + escape(address) + (closed ? "" : ": " + closed.fault().message));
            if (closed) continue;
            report_.warnings.push_back("the gate at " + escape(address) + " could not be closed and settled: " + closed.fault().message +
                                       "; users who are told there that they are granted may lose their coupon");
        }
    }

    Status close_old_gate(const std::string& address) {
        if (!ports_.open_elsewhere) return Fault{FaultKind::usage, "it cannot be asked from here", {}};
        const auto old = ports_.open_elsewhere(address);
        if (!old) return old.fault();
        const auto until = soon();
        // Without the kill switch's mark: a worker that still runs there would tell the ledger of a close.
        for (bool is_closed = false;; ports_.world.pause(pause_between_looks)) {
            const auto summary = old->reader->summary(until);
            if (!summary && summary.fault().kind == FaultKind::missing) return Done{};
            if (!summary) return summary.fault();
            if (is_closed && summary->outbox == 0) return Done{};
            const bool is_late = ports_.world.stopping() || ports_.world.now() >= until;
            if (is_closed && is_late)
                return Fault{FaultKind::not_quiescent, grouped(summary->outbox) + " of its claims are not published", {}};
            if (is_closed) continue;
            const auto closed = old->keeper->close({summary->fields.round, summary->fields.token}, way_.token(), until);
            is_closed = static_cast<bool>(closed);
            if (!closed && (is_late || closed.fault().kind != FaultKind::conflict)) return closed;
        }
    }

    /// The addresses that the operator named beforehand.
    Status list_addresses(const RoundRow& row) {
        for (const auto& address : settings_.gate_addresses) {
            const ArmingPlace place{row.home.run_id, row.home.database, address};
            if (auto listed = ports_.ledger.list_address(row.round, row.epoch, place, soon()); !listed) return listed;
        }
        return Done{};
    }

    void reopen_round() {
        auto row = ports_.ledger.reopen_round(way_.round(), way_.owner(), way_.token(), way_.closes_at(), soon());
        if (row) {
            if (auto listed = list_addresses(*row); !listed) row = listed.fault();
        }
        note("reopen round", static_cast<bool>(row), row ? granted_ + ", in " + settings_.servers.ledger : row.fault().message);
        way_.on_round(row);
    }

    const ResetSettings& settings_;
    const ResetPorts& ports_;
    ResetReport& report_;
    Reopening way_;
    std::string granted_;
    std::vector<std::string> addresses_; ///< that the ledger lists
    Instant now_;                        ///< by the gate's clock
};

} // namespace

Status reopen_event(const ResetSettings& settings, const ResetPorts& ports, ResetReport& report) {
    if (auto locked = ports.ledger.lock_resets(ports.world.now() + settings.timeout); !locked) return locked;
    return ReopenWalk(settings, ports, report).run();
}

Status plan_reopen(const ResetSettings& settings, const ResetPorts& ports, ResetReport& report) {
    const auto seen = look(settings, ports);
    Reopening way({}, settings.window.closes_at);
    way.on_read(reading_of(seen));
    if (way.stage() == ReopenStage::refused) return way.fault();
    const auto plan = [&](const char* step, std::string detail) { report.steps.push_back({step, "planned", std::move(detail)}); };
    if (seen->lacks_topic) {
        const auto partitions = partitions_to_make(settings, ports, seen->highest.round);
        if (!partitions) return partitions.fault();
        plan("make topic", made_topic_text(settings, *partitions));
    }
    for (const auto& address : seen->highest.home.addresses)
        if (seen->moves() && address != seen->address) plan("close old gate", "at " + escape(address));
    const bool is_its_gate = seen->gate && seen->gate->fields.round == seen->highest.round;
    if (is_its_gate && seen->gate->fields.untold) plan("tell ledger", "of the close");
    if (!is_its_gate || !reading_of(seen)->is_armed) plan("arm gate", "");
    plan("reopen round", granted_text(*seen) + ", in " + settings.servers.ledger);
    auto window = seen->highest.window;
    if (settings.window.closes_at) window.closes_at = settings.window.closes_at;
    plan("open gate", "at " + settings.servers.gate + window_suffix(settings, window, seen->now));
    report.round = seen->highest.round;
    return Done{};
}

} // namespace coupon
