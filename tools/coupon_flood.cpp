#include "cli/history_file.hpp"
#include "cli/options/flood_options.hpp"
#include "cli/run.hpp"
#include "cli/stop_signal.hpp"
#include "flow/apply/flood.hpp"
#include "flow/reset/round_in_gate.hpp"
#include "load/part.hpp"
#include "report/dry_run.hpp"
#include "report/flood.hpp"
#include "tools/gate_alarm.hpp"

#include <fmt/format.h>

#include <deque>
#include <memory>
#include <thread>
#include <vector>

namespace {

using namespace coupon;

/// Reads what a real run reads, in its order, and writes nothing.
ExitCode rehearse(const FloodOptions& options, Session& session, GateReader& reader) {
    const auto timeout = options.timeout.timeout();
    const auto run = or_leave(dry_run(reader, {}, session.deadline(timeout)));
    const auto kafka =
        or_leave(bound(options.kafka, options.topic_wish, {run.gate.topic, {}, run.gate.cluster_id, run.gate.door == GateDoor::open},
                       options.event, run.gate.round));
    session.log.detail(fmt::format("asking kafka at {} for topic {}", kafka.brokers, kafka.topic));
    const auto topic = or_leave(open_kafka_topic_log(kafka));
    or_leave(check_topic(*topic, {kafka.topic, kafka.has_open_round}, session.deadline(timeout)));
    const auto code = exit_code_for_many(run);
    session.print(options.output.json ? dry_run_json(session.heading(flood_schema, options.event, run.gate.round, name_of(code)), run)
                                      : would_be_text(run, run.users.front()));
    const auto& shape = options.settings.shape;
    session.log.info(fmt::format("{} requests of {} users would be sent; nothing was claimed", shape.requests, shape.distinct_users()));
    return code;
}

/// What the threads of a flood have, each its own.
struct Ports {
    std::vector<std::unique_ptr<Publisher>> publishers;
    std::vector<std::unique_ptr<Gate>> gates;
};

/// All producers connect at the same time, so that a further one costs a question more than the first.
Ports open_ports(const FloodOptions& options, Session& session, const KafkaOptions& kafka) {
    const int threads = options.threads(std::thread::hardware_concurrency());
    Ports ports;
    for (int i = 0; i < threads; ++i)
        ports.publishers.push_back(or_leave(session.failpoints.around(open_kafka_publisher(kafka))));
    for (const auto& publisher : ports.publishers)
        or_leave(publisher->check(session.deadline(options.timeout.timeout())));
    for (int i = 0; i < threads; ++i) {
        const auto connections = static_cast<int>(part_of(options.connections(), threads, i));
        ports.gates.push_back(or_leave(session.failpoints.around(open_redis_gate(options.redis, options.event, connections))));
    }
    return ports;
}

ExitCode work(const FloodOptions& options, Session& session) {
    const auto timeout = options.timeout.timeout();
    const auto& settings = options.settings;
    session.result_of_fault = [&](ExitCode code, const Fault& fault) {
        return options.output.json ? fault_json(session.heading(flood_schema, options.event, {}, name_of(code)), fault) : std::string();
    };

    session.log.detail(fmt::format("asking {} for the round", options.redis.address()));
    // A dry run only reads: an account that may do no more is enough.
    const auto rights_of = options.consent.dry_run ? std::nullopt : std::optional(Account::apply);
    const auto reader = or_leave(open_redis_gate_reader(options.redis, options.event, rights_of));
    if (options.consent.dry_run) return rehearse(options, session, *reader);
    const auto fields = or_leave(summary_with_round(*reader, session.deadline(timeout))).fields;
    const auto round = fields.round;
    auto kafka = or_leave(bound(options.kafka, options.topic_wish, {fields.topic, {}, fields.cluster_id, fields.door == GateDoor::open},
                                options.event, round));
    session.log.detail(fmt::format("asking kafka at {} for topic {}", kafka.brokers, kafka.topic));
    kafka.linger = Milliseconds(5);
    const auto ports = open_ports(options, session, kafka);

    session.take_work_in_hand("finishing what is in flight");
    const auto history =
        options.history.empty() ? nullptr : or_leave(HistoryFile::create(options.history, options.event, round, settings.shape.seed));
    const auto alarm = gate_alarm(session, options.redis, options.event, seal_of(fields.key));
    const auto memory = std::make_shared<ApplyMemory>();
    std::deque<ApplyEngine> engines;
    ApplyEngines each;
    for (std::size_t i = 0; i < ports.gates.size(); ++i) {
        auto& engine = engines.emplace_back(*ports.gates[i], *ports.publishers[i], session.world, options.event.text(), round, fields.key,
                                            timeout, memory);
        engine.on_went_back(alarm);
        each.push_back(&engine);
    }
    auto report = flood(each, session.world, settings, history.get(), [&](const FloodReport& so_far) {
        const auto line = flood_progress(so_far, settings);
        if (session.world.status_asked()) session.log.status(line);
        session.log.progress(line);
    });
    session.log.progress("");
    if (report.history_fault) session.log.error(report.history_fault->text());

    if (report.refused) session.log.error(report.refused->text_with("nothing more was claimed"));
    const auto code = exit_code_of(report, options.thresholds, stop_signal());
    const FloodResult result{report, settings, missed(report, options.thresholds)};
    session.print(options.output.json ? flood_json(session.heading(flood_schema, options.event, round, name_of(code)), result)
                                      : flood_text(result));
    // The text report has them already.
    for (const auto& sentence : result.missed)
        if (options.output.json || options.output.quiet) session.log.error(fmt::format("FAILED {}", sentence));
    session.out.flush();
    if (!history || report.history_fault || session.out.has_failed()) return code;
    // A history is closed only when its report was told, so its last fault is not in it.
    const auto closed = history->close();
    if (closed) return code;
    session.log.error(closed.fault().text());
    return exit_code_of(closed.fault().kind);
}

} // namespace

int main(int argc, char** argv) {
    return run<FloodOptions>(argc, argv, fmt::format("{}, {}, {}", redis_client_version(), kafka_client_version(), json_library_version()),
                             work);
}
