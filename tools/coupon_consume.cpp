#include "cli/options/consume_options.hpp"
#include "cli/run.hpp"
#include "cli/stop_signal.hpp"
#include "report/consume.hpp"
#include "tools/bound_topic.hpp"
#include "tools/coupon_consume_failed.hpp"
#include "tools/coupon_consume_recover.hpp"

#include <fmt/format.h>

namespace {

using namespace coupon;

/// The gate at another address that the ledger lists, as a master has it.
Result<GateSight> look_at(const std::string& address, const ConsumeOptions& options) {
    const auto there = at_listed_address(options.redis, address);
    if (!there) return there.fault();
    const auto reader = open_redis_gate_reader(*there, options.event);
    if (!reader) return reader.fault();
    const auto deadline = std::chrono::steady_clock::now() + there->timeout;
    const auto settings = (*reader)->settings(deadline);
    if (!settings) return settings.fault();
    const auto role = settings->values.find("role");
    if (role != settings->values.end() && role->second != "master")
        return Fault{FaultKind::unreachable, fmt::format("{} is a replica", address), ""};
    const auto summary = (*reader)->summary(deadline);
    if (summary) return GateSight{address, summary->fields, summary->server};
    if (summary.fault().kind == FaultKind::missing) return GateSight{address, {}, {}};
    return summary.fault();
}

/// `rights_of`: whose rights are looked at; a worker does that as it starts, and not each time it was cut off.
Result<RedriveSide> open_redrive_side(const ConsumeOptions& options, const Failpoints& failpoints, std::optional<Account> rights_of) {
    auto gate = failpoints.around(open_redis_gate(options.redis, options.event, 1));
    if (!gate) return gate.fault();
    auto reader = open_redis_gate_reader(options.redis, options.event, rights_of);
    if (!reader) return reader.fault();
    auto keeper = failpoints.around(open_redis_gate_keeper(options.redis, options.event));
    if (!keeper) return keeper.fault();
    auto topic = open_kafka_topic_log(options.kafka, rights_of);
    if (!topic) return topic.fault();
    auto publisher = failpoints.around(open_kafka_publisher(options.kafka));
    if (!publisher) return publisher.fault();
    auto ledger = failpoints.around(open_mysql_ledger(options.mysql, options.event, options.kafka.topic));
    if (!ledger) return ledger.fault();
    return RedriveSide{std::move(*gate),
                       std::move(*reader),
                       std::move(*keeper),
                       std::move(*topic),
                       std::move(*publisher),
                       std::move(*ledger),
                       [&options](const std::string& address) { return look_at(address, options); }};
}

ExitCode work(const ConsumeOptions& given, Session& session) {
    auto options = given;
    const auto timeout = options.timeout.timeout();
    const char* const schema = options.recover ? recover_schema : consume_schema;
    session.result_of_fault = [&given, &session, schema](ExitCode code, const Fault& fault) {
        return given.output.json ? fault_json(session.heading(schema, given.event, {}, name_of(code)), fault) : std::string();
    };
    session.log.detail(fmt::format("connecting to {}", options.mysql.address()));
    options.kafka = or_leave(bound_by_ledger(given.kafka, given.topic_wish, given.mysql, given.event, ledger_rights(Account::worker)));
    options.recovery.topic = options.kafka.topic;
    auto mysql = options.mysql;
    mysql.before_commit = session.failpoints.before_commit();
    const auto open_ledger = [&] { return session.failpoints.around(open_mysql_ledger(mysql, options.event, options.kafka.topic)); };
    const auto ledger = or_leave(open_ledger());
    or_leave(ledger->check_schema(session.deadline(timeout)));
    or_leave(check_event(*ledger, options.event.text(), session.deadline(timeout)));
    if (options.dismiss) return dismiss(options, session, *ledger);
    if (options.retry_failed && !options.consent.dry_run) return retry_failed(options, session, *ledger);
    session.log.detail(fmt::format("connecting to kafka at {} and to {}", options.kafka.brokers, options.redis.address()));
    auto first_side = or_leave(open_redrive_side(options, session.failpoints, Account::worker));
    or_leave(first_side.publisher->check(session.deadline(timeout)));
    if (options.recover) return recover(options, session, *first_side.gate, *first_side.publisher, *ledger);
    // While the server keeps one transaction safe, it works at the other.
    const auto second_ledger = or_leave(open_ledger());
    const auto subscriber = or_leave(session.failpoints.around(open_kafka_subscriber(options.kafka)));
    if (options.consent.dry_run) {
        session.log.info("all three servers answer, tables and topic are there; nothing was written");
        return ExitCode::yes;
    }

    session.take_work_in_hand("finishing the batch");
    session.log.info(
        fmt::format("working on event {}, topic {}, group {}", options.event.text(), options.kafka.topic, options.kafka.group));
    bool is_first = true;
    const auto open_side = [&]() -> Result<RedriveSide> {
        if (std::exchange(is_first, false)) return std::move(first_side);
        return open_redrive_side(options, session.failpoints, std::nullopt);
    };
    options.settings.group = options.kafka.group;
    const auto open_topic = [&options] { return open_kafka_topic_log(options.kafka); };
    const auto report = or_leave(
        consume(options.settings, *subscriber, {ledger.get(), second_ledger.get()}, open_side, open_topic, session.world, session.log));
    const auto code = exit_code_of(report, options.settings.until_drained, stop_signal());
    const auto heading = session.heading(consume_schema, options.event, {}, name_of(code));
    session.print(options.output.json ? consume_json(heading, report) : consume_text(report));
    if (options.output.quiet && !report.not_drained_because.empty()) session.log.error("not drained: " + report.not_drained_because);
    return code;
}

} // namespace

int main(int argc, char** argv) {
    return run<ConsumeOptions>(
        argc, argv,
        fmt::format("{}, {}, {}, {}", redis_client_version(), kafka_client_version(), mysql_client_version(), json_library_version()),
        work);
}
