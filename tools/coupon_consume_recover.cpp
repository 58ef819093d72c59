#include "tools/coupon_consume_recover.hpp"

#include "cli/confirmation.hpp"
#include "cli/interruptible.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace coupon {

namespace {

AuditPorts look_of(const ConsumeOptions& options, Log& log) {
    AuditPorts look;
    look.open_ledger = [&] { return open_mysql_ledger_reader(options.mysql, options.event, options.kafka.topic); };
    look.open_topic = [&] { return open_kafka_topic_log(options.kafka); };
    look.open_gate = [&] { return open_redis_gate_reader(options.redis, options.event); };
    look.waiting = [&log](const std::vector<std::string>& reasons) { log.progress(fmt::format("waiting: {}", fmt::join(reasons, ", "))); };
    return look;
}

/// Prints plan and work, says what went wrong, and returns the exit code.
ExitCode finish(const ConsumeOptions& options, Session& session, const RecoverReport& report, const Status& status) {
    session.log.progress("");
    auto code = status ? exit_code_of(report) : exit_code_of(status.fault().kind);
    if (!status && stop_signal() != 0) code = exit_code_of_signal(stop_signal());
    const auto fault = status ? std::nullopt : std::optional(status.fault());
    const auto heading = session.heading(recover_schema, options.event, report.round, name_of(code));
    session.print(options.output.json ? recover_json(heading, report, fault) : recover_text(report));
    if (fault) session.log.error(fault->text());
    return code;
}

/// --yes, or somebody at the terminal who read the plan and typed the event's name.
bool is_agreed(const ConsumeOptions& options, Session& session, const RecoverReport& report) {
    if (options.consent.dry_run || !report.plan.has_work()) return false;
    if (options.consent.yes) return true;
    if (!can_ask()) {
        session.log.info("nothing was changed: pass --yes to carry out this plan");
        return false;
    }
    session.log.progress("");
    if (confirm(options.event, recover_text(report))) return true;
    session.log.info(other_name_typed(options.event));
    return false;
}

} // namespace

ExitCode recover(const ConsumeOptions& options, Session& session, Gate& gate, Publisher& publisher, Ledger& ledger) {
    const RecoverPorts ports{look_of(options, session.log), gate, publisher, ledger, session.world};
    session.take_work_in_hand("finishing the step");
    RecoverReport report;
    auto status = interruptible(session, [&] { return plan_recovery(options.recovery, ports, report); });
    if (status && is_agreed(options, session, report)) status = carry_out(options.recovery, ports, report);
    return finish(options, session, report, status);
}

} // namespace coupon
