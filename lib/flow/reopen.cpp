#include "core/reopen_steps.hpp"
#include "core/wording.hpp"
#include "flow/arming.hpp"
#include "flow/reset.hpp"

namespace coupon {

namespace {

/// What --reopen starts from.
struct ReopenLook {
    RoundRow highest;
    std::optional<GateSummary> gate;
    Instant now; ///< by the gate's clock
};

/// The row before the gate: whoever acts on both in between is noticed by the comparison of the row's owner.
Result<ReopenLook> look(const ResetSettings& settings, const ResetPorts& ports) {
    const auto rounds = ports.ledger.rounds(ports.world.now() + settings.timeout);
    if (!rounds) return rounds.fault();
    if (rounds->empty()) return Fault{FaultKind::missing, "event " + settings.event + " has no round", "run coupon-reset"};
    ReopenLook look{rounds->back(), {}, {}};
    auto summary = ports.reader.summary(ports.world.now() + settings.timeout);
    if (!summary && summary.fault().kind != FaultKind::missing) return summary.fault();
    if (summary) {
        look.now = summary->now;
        look.gate = std::move(*summary);
        return look;
    }
    const auto told = ports.reader.settings(ports.world.now() + settings.timeout);
    if (!told) return told.fault();
    look.now = told->now;
    return look;
}

Result<ReopenReading> reading_of(const Result<ReopenLook>& look) {
    if (!look) return look.fault();
    ReopenReading reading;
    reading.highest = look->highest;
    reading.now = look->now;
    if (!look->gate) return reading;
    reading.gate = GateMark{look->gate->fields.round, look->gate->fields.token};
    reading.is_armed = look->gate->armed();
    reading.untold = look->gate->fields.untold;
    return reading;
}

/// What the round has granted, by its gate.
std::string granted_text(const ReopenLook& look) {
    const auto round = "round " + look.highest.round.text();
    if (!look.gate || look.gate->fields.round != look.highest.round) return round;
    return round + ", " + grouped(look.gate->fields.granted) + " of " + grouped(look.highest.limit.value()) + " granted";
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
            case ReopenStage::close_round: close_round(); break;
            case ReopenStage::mark_told:
                answer("tell ledger", ports_.keeper.mark_told(way_.seen(), way_.token(), soon()), "of the close");
                break;
            case ReopenStage::arm: arm(); break;
            case ReopenStage::reopen_round: reopen_round(); break;
            case ReopenStage::open_gate:
                answer("open gate", ports_.keeper.reopen(way_.seen(), way_.token(), way_.window().closes_at, soon()),
                       "at " + settings_.servers.gate);
                break;
            case ReopenStage::done: report_.outcome = "event " + settings_.event + " is open: " + granted_; return Done{};
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
        }
        way_.on_read(reading_of(seen));
    }

    void close_round() {
        const auto row = ports_.ledger.close_owned_round(way_.round(), way_.owner(), way_.token(), soon());
        if (!row) note("tell ledger", false, row.fault().message);
        way_.on_round(row);
    }

    void arm() {
        const auto armed = arm_again(ports_.reader, ports_.keeper, ports_.topic, ports_.ledger, ports_.world, way_.token(),
                                     settings_.timeout, {GateMove::allowed, {}});
        answer("arm gate", armed ? Status(Done{}) : armed.fault(), armed ? "epoch " + armed->epoch.text() : "");
    }

    void reopen_round() {
        const auto row = ports_.ledger.reopen_round(way_.round(), way_.owner(), way_.token(), way_.closes_at(), soon());
        note("reopen round", static_cast<bool>(row), row ? granted_ + ", in " + settings_.servers.ledger : row.fault().message);
        way_.on_round(row);
    }

    const ResetSettings& settings_;
    const ResetPorts& ports_;
    ResetReport& report_;
    Reopening way_;
    std::string granted_;
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
    if (way.stage() == ReopenStage::close_round) plan("tell ledger", "of the close");
    if (!seen->gate || !seen->gate->armed() || seen->gate->fields.round != seen->highest.round) plan("arm gate", "");
    plan("reopen round", granted_text(*seen) + ", in " + settings.servers.ledger);
    plan("open gate", "at " + settings.servers.gate);
    report.round = seen->highest.round;
    return Done{};
}

} // namespace coupon
