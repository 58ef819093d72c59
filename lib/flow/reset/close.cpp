#include "flow/reset/close.hpp"

#include "core/wording.hpp"

namespace coupon {

namespace {

constexpr Milliseconds pause_before_repeating{50};

std::string round_text(Round round, std::int64_t granted, Limit limit) {
    return "round " + round.text() + ", " + grouped(granted) + " of " + grouped(limit.value()) + " granted";
}

std::string gate_text(const ShutGate& gate) {
    if (!gate.round || !gate.granted || !gate.limit) return "its fields are broken";
    return round_text(*gate.round, *gate.granted, *gate.limit);
}

Status finish(const ResetSettings& settings, const Closing& way, const std::optional<ShutGate>& gate, ResetReport& report) {
    report.close = way.end();
    if (way.fault()) return *way.fault();
    report.outcome =
        "event " + settings.event + " is closed: " + (gate ? gate_text(*gate) : "round " + report.round->text() + ", without a gate");
    return Done{};
}

/// One walk through the stages of core/close_steps.hpp.
class CloseWalk {
public:
    CloseWalk(const ResetSettings& settings, const ClosePorts& ports, ResetReport& report)
        : settings_(settings), ports_(ports), report_(report), way_(settings.event) {}

    Status run() {
        while (true) {
            switch (way_.stage()) {
            case CloseStage::shut_gate: shut("close gate"); break;
            case CloseStage::read_round: read_round(); break;
            case CloseStage::close_round: close_round(); break;
            case CloseStage::shut_again: shut("look again"); break;
            case CloseStage::done: return finish(settings_, way_, gate_, report_);
            }
        }
    }

private:
    [[nodiscard]] Deadline soon() const { return ports_.world.now() + settings_.timeout; }

    void note(const char* name, const char* status, std::string detail) { report_.steps.push_back({name, status, std::move(detail)}); }

    /// A connection that broke in the middle says nothing about the server: the call may be repeated, and is, once.
    Result<ShutGate> call_shut(const std::string& token) {
        const auto deadline = soon();
        auto left = ports_.keeper.shut(way_.mine(), token, deadline);
        const bool was_lost = !left && (left.fault().kind == FaultKind::unknown || left.fault().kind == FaultKind::unreachable);
        if (was_lost && ports_.world.now() < deadline) left = ports_.keeper.shut(way_.mine(), token, deadline);
        return left;
    }

    void shut(const char* step) {
        const auto token = ports_.world.random_word();
        const auto left = call_shut(token);
        if (!left) {
            note(step, "failed", left.fault().message);
        } else if (left->left == Shut::missing) {
            note(step, "skipped", "there is no gate");
        } else {
            const bool was_changed = way_.stage() == CloseStage::shut_again && left->left == Shut::untold;
            note(step, "done", was_changed ? "somebody else had changed the gate" : gate_text(*left) + ", at " + settings_.servers.gate);
            gate_ = *left;
            report_.round = left->round;
        }
        way_.on_shut(left ? Result<Shut>(left->left) : left.fault(), token);
    }

    /// The ledger, opened at its first use, and whatever it then says within the time that is left.
    template <class T>
    Result<T> ask_ledger(const std::function<Result<T>(Ledger&, Deadline)>& call) {
        if (!until_) until_ = soon();
        // A lost reply is asked for again, but not beyond the time the ledger has.
        if (why_not_ && ports_.world.now() >= *until_) return Fault{FaultKind::unreachable, why_not_->message, why_not_->hint};
        while (true) {
            if (!ledger_) {
                auto opened = ports_.open_ledger();
                if (!opened) return opened.fault();
                ledger_ = std::move(*opened);
            }
            auto answer = call(*ledger_, *until_);
            if (!answer) why_not_ = answer.fault();
            // "Not now", without effect: somebody else holds the row.
            const bool is_for_now = !answer && answer.fault().kind == FaultKind::refused;
            if (!is_for_now || ports_.world.now() + pause_before_repeating >= *until_) return answer;
            ports_.world.pause(pause_before_repeating);
        }
    }

    void read_round() {
        const auto highest =
            told(ask_ledger<std::optional<RoundRow>>([](Ledger& ledger, Deadline deadline) -> Result<std::optional<RoundRow>> {
                const auto rounds = ledger.rounds(deadline);
                if (!rounds) return rounds.fault();
                return rounds->empty() ? std::nullopt : std::optional(rounds->back());
            }));
        const bool is_compared = ports_.look && highest && *highest;
        way_.on_round_read(highest, is_compared ? std::optional(ports_.look()) : std::nullopt);
    }

    void close_round() {
        const auto token = *way_.mine();
        const auto row = told(
            ask_ledger<RoundRow>([&](Ledger& ledger, Deadline deadline) { return ledger.close_round(way_.round(), token, deadline); }));
        if (row) {
            note("close round", "done", "round " + row->round.text() + " is " + name_of(row->state) + ", in " + settings_.servers.ledger);
            report_.round = row->round;
        }
        way_.on_round_closed(row);
    }

    template <class T>
    Result<T> told(Result<T> answer) {
        if (!answer) note("close round", "failed", answer.fault().message);
        return answer;
    }

    const ResetSettings& settings_;
    const ClosePorts& ports_;
    ResetReport& report_;
    Closing way_;
    std::optional<ShutGate> gate_; ///< as it said last
    std::unique_ptr<Ledger> ledger_;
    std::optional<Deadline> until_; ///< the time the ledger has
    std::optional<Fault> why_not_;  ///< what it said last instead of an answer
};

} // namespace

Status close_event(const ResetSettings& settings, const ClosePorts& ports, ResetReport& report) {
    return CloseWalk(settings, ports, report).run();
}

Status close_event_without_gate(const ResetSettings& settings, const Fault& why, ResetReport& report) {
    Closing way(settings.event);
    way.on_shut(why, {});
    report.steps.push_back({"close gate", "failed", why.message});
    return finish(settings, way, {}, report);
}

Status plan_close(const ResetSettings& settings, GateReader& reader, World& world, ResetReport& report) {
    const auto summary = reader.summary(world.now() + settings.timeout);
    if (!summary && summary.fault().kind != FaultKind::missing) return summary.fault();
    if (summary) {
        const auto& fields = summary->fields;
        report.steps.push_back(
            {"close gate", "planned", round_text(fields.round, fields.granted, fields.limit) + ", at " + settings.servers.gate});
        report.round = fields.round;
    } else {
        report.steps.push_back(
            {"close gate", "planned", "there is no gate at " + settings.servers.gate + "; one that is made again will be closed"});
    }
    report.steps.push_back({"close round", "planned", "in " + settings.servers.ledger});
    return Done{};
}

} // namespace coupon
