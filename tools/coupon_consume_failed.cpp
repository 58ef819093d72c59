#include "tools/coupon_consume_failed.hpp"

#include "cli/confirmation.hpp"
#include "cli/stop_signal.hpp"
#include "report/consume.hpp"

namespace coupon {

namespace {

/// --yes, or somebody at the terminal who read the plan and typed the event's name.
bool is_agreed(const ConsumeOptions& options, Session& session, const DismissReport& report) {
    if (options.consent.dry_run || report.found.open_total() == 0) return false;
    if (options.consent.yes) return true;
    if (!can_ask()) {
        session.log.info("nothing was changed: pass --yes to dismiss them");
        return false;
    }
    if (confirm(options.event, dismissal_plan_text(report.found))) return true;
    session.log.info(other_name_typed(options.event));
    return false;
}

} // namespace

ExitCode retry_failed(const ConsumeOptions& options, Session& session, Ledger& ledger) {
    session.take_work_in_hand("finishing the statement");
    const auto report = or_leave(retry_failed_events(ledger, session.world, options.timeout.timeout()));
    const auto code = report.interrupted ? exit_code_of_signal(stop_signal()) : exit_code_of(report);
    const auto heading = session.heading(consume_schema, options.event, {}, name_of(code));
    session.print(options.output.json ? retry_json(heading, report) : retry_text(report));
    return code;
}

ExitCode dismiss(const ConsumeOptions& options, Session& session, Ledger& ledger) {
    session.take_work_in_hand("finishing the statement");
    const auto timeout = options.timeout.timeout();
    DismissReport report;
    or_leave(plan_dismissal(ledger, *options.dismiss, session.world, timeout, report));
    Status status = Done{};
    const bool agreed = is_agreed(options, session, report);
    if (agreed) status = coupon::dismiss(ledger, *options.dismiss, options.why, session.world, timeout, report);
    auto code = status ? exit_code_of(report) : exit_code_of(status.fault().kind);
    if (report.interrupted) code = exit_code_of_signal(stop_signal());
    const auto heading = session.heading(consume_schema, options.event, {}, name_of(code));
    const auto text = agreed || report.found.open_total() == 0 ? dismiss_text(report) : dismissal_plan_text(report.found);
    session.print(options.output.json ? dismiss_json(heading, report) : text);
    if (!status) session.log.error(status.fault().text());
    return code;
}

} // namespace coupon
