#include "cli/history_file.hpp"
#include "cli/options/apply_options.hpp"
#include "cli/run.hpp"
#include "cli/stop_signal.hpp"
#include "cli/usage_error.hpp"
#include "cli/user_lines.hpp"
#include "flow/apply/apply.hpp"
#include "flow/reset/round_in_gate.hpp"
#include "report/apply.hpp"
#include "report/dry_run.hpp"
#include "tools/gate_alarm.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace {

using namespace coupon;

/// What stands on stdout when nobody could be asked for: one user is told so, of many there is nothing but the head.
std::string result_of_fault(const ApplyOptions& options, const Session& session, ExitCode code, const Fault& fault) {
    if (options.is_for_one()) {
        const Told told{options.users.front(), Answer::error, {}, {}, fault.text()};
        return options.output.json ? apply_line_json(told) : apply_line_text(told);
    }
    return options.output.json ? apply_fault_json(session.heading(apply_schema, options.event, {}, name_of(code)), fault) : "";
}

std::function<NextUser()> users_of(const ApplyOptions& options, Session& session) {
    if (options.from_stdin) {
        const auto lines = std::make_shared<UserLines>(STDIN_FILENO, [&session] { session.out.flush(); });
        return [lines] { return lines->next(); };
    }
    return [&users = options.users, next = std::size_t{0}]() mutable -> NextUser {
        if (next == users.size()) return NoMoreUsers{};
        return users[next++];
    };
}

/// Reads what a real run reads, in its order, and writes nothing.
ExitCode rehearse(const ApplyOptions& options, Session& session, GateReader& reader) {
    const auto timeout = options.timeout.timeout();
    const auto run = or_leave(dry_run(reader, options.users, session.deadline(timeout)));
    const auto kafka =
        or_leave(bound(options.kafka, options.topic_wish, {run.gate.topic, {}, run.gate.cluster_id, run.gate.door == GateDoor::open},
                       options.event, run.gate.round));
    session.log.detail(fmt::format("asking kafka at {} for topic {}", kafka.brokers, kafka.topic));
    const auto topic = or_leave(open_kafka_topic_log(kafka));
    or_leave(check_topic(*topic, {kafka.topic, kafka.has_open_round}, session.deadline(timeout)));
    for (const auto& one : run.users)
        session.print(options.output.json ? would_be_line_json(apply_schema, run, one) : would_be_text(run, one));
    return options.is_for_one() ? exit_code_for_one(run) : exit_code_for_many(run);
}

std::string ended_early(const ApplyReport& report) {
    if (report.silent) return fmt::format("stopped early ({} stopped answering)", name_of(*report.silent));
    if (report.refused) return "refused";
    return report.history_fault ? "stopped early" : "interrupted";
}

ExitCode work(const ApplyOptions& options, Session& session) {
    session.result_of_fault = [&](ExitCode code, const Fault& fault) { return result_of_fault(options, session, code, fault); };
    const auto timeout = options.timeout.timeout();
    if (options.from_stdin) {
        if (const auto why = unreadable_because(STDIN_FILENO); !why.empty()) throw UsageError("--stdin: cannot read stdin: " + why);
    }

    auto kafka = options.kafka;
    kafka.linger = Milliseconds(options.from_stdin ? 5 : 0);
    // A producer connects while Redis is asked. Both are asked before anything is claimed.
    auto start = options.consent.dry_run ? std::nullopt : std::optional(or_leave(PublisherStart::begin(kafka)));
    session.log.detail(fmt::format("asking {} for the round", options.redis.address()));
    // A dry run only reads: an account that may do no more is enough.
    const auto rights_of = options.consent.dry_run ? std::nullopt : std::optional(Account::apply);
    const auto reader = or_leave(open_redis_gate_reader(options.redis, options.event, rights_of));
    if (options.consent.dry_run) return rehearse(options, session, *reader);
    const auto fields = or_leave(summary_with_round(*reader, session.deadline(timeout))).fields;
    const auto round = fields.round;
    kafka = or_leave(
        bound(kafka, options.topic_wish, {fields.topic, {}, fields.cluster_id, fields.door == GateDoor::open}, options.event, round));
    session.log.detail(fmt::format("asking kafka at {} for topic {}", kafka.brokers, kafka.topic));
    const auto publisher = or_leave(session.failpoints.around(Result<std::unique_ptr<Publisher>>(std::move(*start).finish(kafka))));
    const auto in_flight = options.from_stdin ? static_cast<std::size_t>(options.in_flight) : 1;
    const auto connections = static_cast<int>(std::min<std::size_t>(in_flight, 16));
    const auto gate = or_leave(session.failpoints.around(open_redis_gate(options.redis, options.event, connections)));
    or_leave(publisher->check(session.deadline(timeout)));

    session.take_work_in_hand("finishing what is in flight");
    const auto history = options.history.empty() ? nullptr : or_leave(HistoryFile::create(options.history, options.event, round, 0));
    ApplyEngine engine(*gate, *publisher, session.world, options.event.text(), round, fields.key, timeout);
    engine.on_went_back(gate_alarm(session, options.redis, options.event, seal_of(fields.key)));
    BadLines bad_lines(session.log);
    auto report = apply(
        engine, session.world, in_flight, users_of(options, session),
        [&](const Told& told) { session.print(options.output.json ? apply_line_json(told) : apply_line_text(told)); },
        [&](const BadLine& bad) { bad_lines.note(bad); }, history.get());
    bad_lines.tell_the_rest();
    // A history is closed only when what it holds was told.
    session.out.flush();
    if (history && !report.history_fault && !session.out.has_failed()) {
        if (const auto closed = history->close(); !closed) report.history_fault = closed.fault();
    }
    for (const auto& fault : {report.input_fault, report.history_fault}) {
        if (fault) session.log.error(fault->text());
    }

    const auto code = options.is_for_one() ? exit_code_for_one(report, stop_signal()) : exit_code_for_many(report, stop_signal());
    if (report.refused && !options.is_for_one()) session.log.error(report.refused->text_with("nothing more was claimed"));
    if (report.has_read_nobody() && !report.input_fault) session.log.error("stdin held no user id");
    if (options.from_stdin) {
        const auto heading = session.heading(apply_schema, options.event, round, name_of(code));
        session.print(options.output.json ? apply_counts_json(heading, report) : apply_counts_text(report));
    } else if (report.counts.total() < static_cast<std::int64_t>(options.users.size())) {
        session.log.warn(fmt::format("{} after {} of {} users", ended_early(report), report.counts.total(), options.users.size()));
    }
    session.end(code);
}

} // namespace

int main(int argc, char** argv) {
    return run<ApplyOptions>(argc, argv, fmt::format("{}, {}, {}", redis_client_version(), kafka_client_version(), json_library_version()),
                             work);
}
