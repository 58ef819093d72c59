#include "cli/history_reading.hpp"
#include "cli/interruptible.hpp"
#include "cli/options/audit_options.hpp"
#include "cli/run.hpp"
#include "flow/audit/preflight.hpp"
#include "report/audit.hpp"
#include "report/preflight.hpp"
#include "report/story.hpp"
#include "tools/bound_topic.hpp"

#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

namespace {

using namespace coupon;

AuditPorts ports_of(const AuditOptions& options, Log& log) {
    AuditPorts ports;
    ports.open_ledger = [&] {
        return open_mysql_ledger_reader(options.mysql, options.event, options.kafka.topic, ledger_rights(Account::audit));
    };
    ports.open_topic = [&] { return open_kafka_topic_log(options.kafka, Account::audit); };
    ports.open_gate = [&] { return open_redis_gate_reader(options.redis, options.event, Account::audit); };
    if (!options.histories.empty()) {
        ports.open_histories = [&]() -> Result<std::unique_ptr<HistorySource>> {
            auto histories = HistoryReading::open(options.histories);
            if (!histories) return histories.fault();
            return std::unique_ptr<HistorySource>(std::move(*histories));
        };
    }
    ports.waiting = [&](const std::vector<std::string>& reasons) { log.progress(fmt::format("waiting: {}", fmt::join(reasons, ", "))); };
    return ports;
}

/// What was asked for, or the end of the program.
template <class T>
T or_end(Result<T> result) {
    if (result) return std::move(*result);
    const auto code = stop_signal() != 0 ? exit_code_of_signal(stop_signal()) : exit_code_of_fault_of_audit(result.fault().kind);
    throw Leaving{code, result.fault()};
}

ExitCode tell_story(const AuditOptions& options, Session& session) {
    const auto story = or_end(
        interruptible(session, [&] { return story_now(options.settings, ports_of(options, session.log), session.world, *options.user); }));
    const auto code = exit_code_of(story);
    session.print(options.output.json ? story_json(session.heading(story_schema, options.event, story.round, name_of(code)), story)
                                      : story_text(story));
    return code;
}

/// What is not ok is said with -q, too.
ExitCode look_before(const AuditOptions& options, Session& session) {
    PreflightSettings settings;
    settings.event = options.settings.event;
    settings.topic = options.settings.topic;
    settings.group = options.kafka.group;
    settings.plan = options.plan;
    settings.accepted = options.accepted;
    settings.timeout = options.settings.timeout;
    settings.started_at = session.started_at;
    settings.start = session.start;
    const auto report = interruptible(session, [&] { return preflight(settings, ports_of(options, session.log), session.world); });
    const auto code = stop_signal() != 0 ? exit_code_of_signal(stop_signal()) : exit_code_of(report);
    for (const auto& fault : report.away) {
        if (fault.kind == FaultKind::usage) throw Leaving{ExitCode::usage, fault};
    }
    const auto colour = wants_colour(STDOUT_FILENO) ? Colour::on : Colour::off;
    session.print(options.output.json ? preflight_json(session.heading(preflight_schema, options.event, {}, verdict_of(report)), report)
                                      : preflight_text(report, colour));
    for (const auto& line : report.lines) {
        const bool is_grave = line.status == PreflightStatus::dangerous || line.status == PreflightStatus::cannot_tell;
        if (options.output.quiet && is_grave) session.log.error(preflight_sentence(line));
        if (options.output.quiet && line.status == PreflightStatus::warning) session.log.warn(preflight_sentence(line));
    }
    return code;
}

/// Topic, group and cluster as the ledger names them. A ledger that cannot be asked is told of later, as a store that could not be read.
AuditOptions bound_options(const AuditOptions& given) {
    auto options = given;
    auto kafka = bound_by_ledger(given.kafka, given.topic_wish, given.mysql, given.event);
    if (!kafka && kafka.fault().kind == FaultKind::usage) throw Leaving{ExitCode::usage, kafka.fault()};
    if (kafka) options.kafka = std::move(*kafka);
    options.settings.topic = options.kafka.topic;
    return options;
}

ExitCode work(const AuditOptions& given, Session& session) {
    const auto* const schema = given.preflight ? preflight_schema : given.user ? story_schema : audit_schema;
    session.result_of_fault = [&given, &session, schema](ExitCode code, const Fault& fault) {
        return given.output.json ? fault_json(session.heading(schema, given.event, {}, name_of(code)), fault) : std::string();
    };
    if (given.consent.dry_run) {
        const auto histories = or_leave(or_leave(HistoryReading::open(given.histories))->take());
        session.log.info(
            fmt::format("{} {} can be read; no server was asked", histories.size(), histories.size() == 1 ? "history" : "histories"));
        return ExitCode::yes;
    }
    session.take_work_in_hand("finishing");
    const auto options = interruptible(session, [&given] { return bound_options(given); });
    session.log.detail(
        fmt::format("reading {}, kafka at {} and {}", options.mysql.address(), options.kafka.brokers, options.redis.address()));
    if (options.user) return tell_story(options, session);
    if (options.preflight) return look_before(options, session);
    auto result = interruptible(session, [&] { return audit(options.settings, ports_of(options, session.log), session.world); });
    session.log.progress("");
    const auto report = or_end(std::move(result));
    const auto heading = session.heading(audit_schema, options.event, report.round, name_of(report.verdict));
    const auto colour = wants_colour(STDOUT_FILENO) ? Colour::on : Colour::off;
    session.print(options.output.json ? audit_json(heading, report) : audit_text(report, colour));
    // From cron, silence is success: whatever else it is needs a line.
    if (options.output.quiet && report.verdict != Verdict::exact) session.log.error(audit_verdict_text(report));
    return exit_code_of(report);
}

} // namespace

int main(int argc, char** argv) {
    // What it reads lies in few large lists. By default glibc keeps those it was given back, up to 32 MiB each.
    mallopt(M_MMAP_THRESHOLD, 256 * 1024);
    return run<AuditOptions>(
        argc, argv,
        fmt::format("{}, {}, {}, {}", redis_client_version(), kafka_client_version(), mysql_client_version(), json_library_version()),
        work);
}
