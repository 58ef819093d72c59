#include "cli/confirmation.hpp"
#include "cli/options/reset_options.hpp"
#include "cli/run.hpp"
#include "cli/stop_signal.hpp"
#include "core/wording.hpp"
#include "flow/reset/close.hpp"
#include "flow/reset/ledger_purge.hpp"
#include "flow/reset/rebuild_gate.hpp"
#include "flow/reset/reset_look.hpp"
#include "flow/reset/reset_preflight.hpp"
#include "report/preflight.hpp"
#include "report/reset.hpp"
#include "tools/bound_topic.hpp"

#include <fmt/format.h>

namespace {

using namespace coupon;

/// The gate at another address that the ledger lists.
Result<OtherGate> open_elsewhere(const ResetOptions& options, const std::string& address) {
    const auto there = at_listed_address(options.redis, address);
    if (!there) return there.fault();
    auto reader = open_redis_gate_reader(*there, options.event);
    if (!reader) return reader.fault();
    auto keeper = open_redis_gate_keeper(*there, options.event);
    if (!keeper) return keeper.fault();
    return OtherGate{std::move(*reader), std::move(*keeper)};
}

/// The connections of a reset. All are made before anything is touched.
struct Places {
    std::unique_ptr<GateReader> reader;
    std::unique_ptr<GateKeeper> keeper;
    std::unique_ptr<TopicAdmin> admin;
    std::unique_ptr<TopicLog> topic;       ///< of the last round, which the reset settles
    std::unique_ptr<TopicLog> other_topic; ///< of the new round, where it is another one
    std::unique_ptr<Ledger> ledger;
    std::string cluster_id;   ///< that the brokers named belong to
    bool moves_topic = false; ///< the last round used another topic, or another cluster

    [[nodiscard]] ResetPorts ports(const ResetOptions& options, Session& session) const {
        return {*reader,
                *keeper,
                *admin,
                *topic,
                *ledger,
                session.world,
                [&log = session.log](const std::vector<std::string>& reasons) {
                    log.progress(fmt::format("waiting: {}", fmt::join(reasons, ", ")));
                },
                other_topic.get(),
                [&options](const std::string& address) { return open_elsewhere(options, address); }};
    }
};

std::vector<LedgerRight> ledger_rights_for(const ResetOptions& options) {
    const auto all = ledger_rights(Account::reset);
    std::vector<LedgerRight> rights(all.begin(), all.end());
    if (options.settings.purge) rights.push_back(right_to_purge_ledger);
    return rights;
}

/// `last` is where the last round's records are, which this reset settles; `options.kafka` where those of the round that it opens will be.
/// The topic of another cluster cannot be asked: the new one stands for it then.
Places open_places(const ResetOptions& options, const KafkaOptions& last, const Session& session) {
    session.log.detail(
        fmt::format("connecting to {}, to kafka at {} and to {}", options.redis.address(), options.kafka.brokers, options.mysql.address()));
    const auto around = [&session](auto port) { return session.failpoints.around(std::move(port)); };
    Places places;
    places.reader = or_leave(open_redis_gate_reader(options.redis, options.event, Account::reset));
    places.keeper = or_leave(around(open_redis_gate_keeper(options.redis, options.event)));
    places.admin = or_leave(around(open_kafka_topic_admin(options.kafka)));
    places.cluster_id = or_leave(places.admin->cluster_id(session.deadline(options.timeout.timeout())));
    const bool is_elsewhere = !last.cluster_id.empty() && last.cluster_id != places.cluster_id;
    auto old = options.kafka;
    if (!is_elsewhere) {
        old.topic = last.topic;
        old.group = last.group;
    }
    places.moves_topic = is_elsewhere || options.kafka.topic != last.topic;
    places.topic = or_leave(open_kafka_topic_log(old, Account::reset));
    if (options.kafka.topic != old.topic) places.other_topic = or_leave(open_kafka_topic_log(options.kafka, Account::reset));
    places.ledger = or_leave(around(open_mysql_ledger(options.mysql, options.event, options.kafka.topic)));
    return places;
}

ResetSettings settings_of(const ResetOptions& options, const Session& session) {
    auto settings = options.settings;
    settings.utc_offset = options.utc_offset(session.started_at);
    if (!options.opens_at && !options.closes_at) return settings;
    const auto gate_time = or_leave(read_redis_clock(options.redis));
    settings.window = options.window({gate_time, session.world.now()}, session.start);
    return settings;
}

PreflightSettings preflight_settings(const ResetOptions& options, const ResetSettings& settings, const Session& session) {
    PreflightSettings look;
    look.opening = options.reopen ? Opening::same_round : Opening::new_round;
    look.event = settings.event;
    look.topic = settings.topic;
    look.group = options.kafka.group;
    if (!options.reopen) look.limit = settings.limit;
    if (!options.reopen) look.window = settings.window;
    look.accepted = options.accepted;
    look.timeout = settings.timeout;
    look.started_at = session.started_at;
    look.start = session.start;
    return look;
}

/// Says what is not ok, as loud as it is grave.
void tell(const std::vector<PreflightLine>& lines, Log& log) {
    std::vector<std::string> warnings;
    for (const auto& line : lines) {
        switch (line.status) {
        case PreflightStatus::ok: break;
        case PreflightStatus::warning: warnings.push_back(line.name); break;
        case PreflightStatus::dangerous: log.error(preflight_sentence(line)); break;
        case PreflightStatus::cannot_tell:
        case PreflightStatus::accepted: log.warn(preflight_sentence(line)); break;
        }
    }
    if (warnings.empty()) return;
    log.info(fmt::format("{} ({}); details: coupon-audit --preflight", counted(warnings.size(), "preflight warning"),
                         fmt::join(warnings, ", ")));
}

/// Prints what was done or planned, says what went wrong, and returns the exit code.
ExitCode finish(const ResetOptions& options, Session& session, const ResetReport& report, const Status& status, ExitCode code) {
    const auto fault = status ? std::nullopt : std::optional(status.fault());
    const auto heading = session.heading(reset_schema, options.event, report.round, name_of(code));
    session.print(options.output.json ? reset_json(heading, report, fault) : reset_text(report));
    if (fault) session.log.error(fault->text());
    return code;
}

ExitCode finish(const ResetOptions& options, Session& session, const ResetReport& report, const Status& status) {
    auto code = status ? ExitCode::yes : exit_code_of_fault_of_reset(status.fault().kind);
    if (!status && stop_signal() != 0) code = exit_code_of_signal(stop_signal());
    return finish(options, session, report, status, code);
}

/// Leaves unless the operator types the event's name under the plan.
void ask(const ResetOptions& options, const ResetReport& planned) {
    if (confirm(options.event, reset_text(planned))) return;
    throw Leaving{ExitCode::no, {FaultKind::refused, other_name_typed(options.event), ""}};
}

ExitCode finish_close(const ResetOptions& options, Session& session, const ResetReport& report, const Status& status) {
    return finish(options, session, report, status, exit_code_of(*report.close, status ? std::nullopt : std::optional(status.fault())));
}

/// --close. Kafka is not opened at all, and the ledger only once the gate is closed.
ExitCode close(const ResetOptions& options, Session& session) {
    const auto& settings = options.settings;
    ResetReport report;
    const auto without_gate = [&](const Fault& why) {
        const auto status = close_event_without_gate(settings, why, report);
        return finish_close(options, session, report, status);
    };
    session.log.detail(fmt::format("connecting to {}", options.redis.address()));
    if (options.consent.dry_run || !options.consent.yes) {
        ResetReport planned;
        const auto reader = open_redis_gate_reader(options.redis, options.event);
        if (!reader) return without_gate(reader.fault());
        const auto status = plan_close(settings, **reader, session.world, planned);
        if (!status) return without_gate(status.fault());
        if (options.consent.dry_run) return finish(options, session, planned, status);
        ask(options, planned);
    }
    session.take_work_in_hand("finishing the step");
    const auto keeper = session.failpoints.around(open_redis_gate_keeper(options.redis, options.event));
    if (!keeper) return without_gate(keeper.fault());
    const auto open_ledger = [&]() -> Result<std::unique_ptr<Ledger>> {
        if (options.ledger_unusable) return Fault{FaultKind::usage, *options.ledger_unusable, ""};
        session.log.detail(fmt::format("the gate is closed; connecting to {}", options.mysql.address()));
        return session.failpoints.around(open_mysql_ledger(options.mysql, options.event, options.kafka.topic));
    };
    const auto look = [&] {
        GateSight sight{options.redis.listed_address(), {}, {}};
        const auto reader = open_redis_gate_reader(options.redis, options.event);
        const auto summary = reader ? (*reader)->summary(session.deadline(settings.timeout)) : Result<GateSummary>(reader.fault());
        if (!summary) return sight;
        sight.fields = summary->fields;
        sight.server = summary->server;
        return sight;
    };
    const auto status = close_event(settings, {**keeper, open_ledger, session.world, look}, report);
    return finish_close(options, session, report, status);
}

Status plan(const ResetOptions& options, const ResetSettings& settings, const ResetPorts& ports, ResetReport& report) {
    if (options.rebuild_gate) return plan_rebuild_gate(settings, ports, report);
    return options.reopen ? plan_reopen(settings, ports, report) : plan_reset(settings, ports, report);
}

Status change(const ResetOptions& options, const ResetSettings& settings, const ResetPorts& ports, ResetReport& report) {
    if (options.rebuild_gate) return rebuild_gate(settings, ports, report);
    return options.reopen ? reopen_event(settings, ports, report) : reset(settings, ports, report);
}

/// --purge-ledger --no-round. Neither Redis nor Kafka is opened.
ExitCode purge(const ResetOptions& options, Session& session) {
    session.log.detail(fmt::format("connecting to {}", options.mysql.address()));
    const auto rights = ledger_rights_for(options);
    const auto ledger = or_leave(session.failpoints.around(open_mysql_ledger(options.mysql, options.event, options.kafka.topic, rights)));
    if (options.consent.dry_run || !options.consent.yes) {
        ResetReport planned;
        const auto status = plan_purge_ledger(options.settings, *ledger, session.world, planned);
        if (!status || options.consent.dry_run) return finish(options, session, planned, status);
        ask(options, planned);
    }
    session.take_work_in_hand("finishing the step");
    ResetReport report;
    const auto status = purge_ledger(options.settings, *ledger, session.world, report);
    return finish(options, session, report, status);
}

/// --once, before anything but the ledger is asked.
bool was_opened_once(const ResetOptions& options, Session& session, ResetReport& report) {
    if (!options.settings.once_key) return false;
    const auto reader = or_leave(open_mysql_ledger_reader(options.mysql, options.event, options.kafka.topic));
    return or_leave(coupon::was_opened_once(options.settings, *reader, session.deadline(options.timeout.timeout()), report));
}

/// A reset, --reopen or --rebuild-gate.
ExitCode open(const ResetOptions& given, Session& session) {
    if (ResetReport report; was_opened_once(given, session, report)) return finish(given, session, report, Done{});
    // Only a reset may name another topic or group, for the round that it opens.
    const bool opens_round = !given.reopen && !given.rebuild_gate;
    const auto wish = opens_round ? TopicWish{} : given.topic_wish;
    const auto last = or_leave(bound_by_ledger(given.kafka, wish, given.mysql, given.event, ledger_rights_for(given)));
    auto options = given;
    options.kafka.topic = given.topic_wish.topic.value_or(last.topic);
    options.kafka.group = given.topic_wish.group.value_or(last.group);
    // A reset compares the cluster itself, for it alone may move the event to another one.
    options.kafka.cluster_id = opens_round ? std::string() : last.cluster_id;
    options.kafka.has_open_round = !opens_round && last.has_open_round;
    const auto places = open_places(options, last, session);
    auto settings = settings_of(options, session);
    settings.topic = options.kafka.topic;
    settings.group = options.kafka.group;
    settings.moves_topic = places.moves_topic;
    settings.cluster_id = places.cluster_id;
    const auto ports = places.ports(options, session);
    // A mistyped address is told before anything there is judged.
    const bool is_moved = places.moves_topic || options.kafka.group != last.group;
    if (is_moved && opens_round) or_leave(look_before_reset(settings, ports, ReadingFor::plan));
    ResetReport looked;
    // What the preflight says of a gate that contradicts itself is what is repaired here.
    if (!options.rebuild_gate) {
        const auto fit = preflight_reset(preflight_settings(options, settings, session), ports, looked);
        tell(looked.preflight, session.log);
        if (!fit) return finish(options, session, looked, fit);
    }
    if (options.consent.dry_run || !options.consent.yes) {
        auto planned = looked;
        auto wishes = settings;
        // Whoever is asked below may end the running round that the plan names.
        if (!options.consent.dry_run) wishes.may_end.any = true;
        const auto status = plan(options, wishes, ports, planned);
        if (!status || options.consent.dry_run) return finish(options, session, planned, status);
        ask(options, planned);
        if (planned.running) settings.may_end.confirmed = planned.running->round;
    }
    session.take_work_in_hand("finishing the step");
    auto report = looked;
    const auto status = change(options, settings, ports, report);
    session.log.progress("");
    return finish(options, session, report, status);
}

ExitCode work(const ResetOptions& options, Session& session) {
    session.result_of_fault = [&](ExitCode code, const Fault& fault) {
        return options.output.json ? reset_json(session.heading(reset_schema, options.event, {}, name_of(code)), {}, fault) : std::string();
    };
    if (options.close) return close(options, session);
    return options.no_round ? purge(options, session) : open(options, session);
}

} // namespace

int main(int argc, char** argv) {
    return run<ResetOptions>(
        argc, argv,
        fmt::format("{}, {}, {}, {}", redis_client_version(), kafka_client_version(), mysql_client_version(), json_library_version()),
        work);
}
