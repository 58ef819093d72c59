#include "flow/arming.hpp"
#include "flow/reset.hpp"

namespace coupon {

namespace {

Deadline soon(const ResetSettings& settings, const ResetPorts& ports) {
    return ports.world.now() + settings.timeout;
}

/// The highest round, which alone can be closed or opened.
Result<RoundRow> current_round(const ResetSettings& settings, const ResetPorts& ports) {
    const auto rounds = ports.ledger.rounds(soon(settings, ports));
    if (!rounds) return rounds.fault();
    if (rounds->empty()) return Fault{FaultKind::missing, "event " + settings.event + " has no round", "run coupon-reset"};
    const auto& row = rounds->back();
    if (row.state != RoundState::open && row.state != RoundState::closed) {
        return Fault{FaultKind::refused, "round " + row.round.text() + " is " + name_of(row.state) + ", nothing was changed",
                     "run coupon-reset"};
    }
    return row;
}

} // namespace

Status close_event(const ResetSettings& settings, const ResetPorts& ports, ResetReport& report) {
    const auto row = current_round(settings, ports);
    if (!row) return row.fault();
    report.round = row->round;
    const std::string token = ports.world.random_word();
    const auto summary = ports.reader.summary(soon(settings, ports));
    if (!summary && summary.fault().kind != FaultKind::missing) return summary.fault();
    const auto closed = ports.ledger.close_round(row->round, token, soon(settings, ports));
    report.steps.push_back({"close round", closed ? "done" : "failed", closed ? "" : closed.fault().message});
    if (!closed) return closed.fault();
    if (!summary) {
        report.steps.push_back({"close gate", "skipped", "there is no gate; once made anew it will be closed"});
        return Done{};
    }
    const auto shut = ports.keeper.close({summary->fields.round, summary->fields.token}, token, soon(settings, ports));
    report.steps.push_back({"close gate", shut ? "done" : "failed", shut ? "" : shut.fault().message});
    return shut;
}

Status reopen_event(const ResetSettings& settings, const ResetPorts& ports, ResetReport& report) {
    if (auto locked = ports.ledger.lock_resets(soon(settings, ports)); !locked) return locked;
    const auto row = current_round(settings, ports);
    if (!row) return row.fault();
    report.round = row->round;
    const std::string token = ports.world.random_word();
    auto summary = ports.reader.summary(soon(settings, ports));
    if (!summary && summary.fault().kind != FaultKind::missing) return summary.fault();
    if (!summary || !summary->armed() || summary->fields.round != row->round) {
        const auto armed =
            arm_again(ports.reader, ports.keeper, ports.topic, ports.ledger, ports.world, token, settings.timeout, GateMove::allowed);
        report.steps.push_back({"arm gate", armed ? "done" : "failed", armed ? "epoch " + armed->epoch.text() : armed.fault().message});
        // Somebody else may be arming it at this moment; an open gate that is not armed yet grants nothing.
        if (!armed && armed.fault().kind != FaultKind::conflict) return armed.fault();
        summary = ports.reader.summary(soon(settings, ports));
        if (!summary) return summary.fault();
    }
    const auto reopened = ports.ledger.reopen_round(row->round, token, soon(settings, ports));
    report.steps.push_back({"reopen round", reopened ? "done" : "failed", reopened ? "" : reopened.fault().message});
    if (!reopened) return reopened;
    const auto open = ports.keeper.reopen({row->round, summary->fields.token}, token, soon(settings, ports));
    report.steps.push_back({"open gate", open ? "done" : "failed", open ? "" : open.fault().message});
    return open;
}

} // namespace coupon
