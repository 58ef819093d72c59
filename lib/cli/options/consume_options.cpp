#include "cli/options/consume_options.hpp"

namespace coupon {

ProgramText ConsumeOptions::text() {
    return {
        "coupon-consume", "[options]",
        "The worker: takes the winners' records from the topic and writes their coupons, at the pace the database can bear, for ever. "
        "Publishes\n"
        "claims that got stuck once more, and arms a gate that lost something. Any number of workers may share a group. SIGUSR1 asks\n"
        "it for a status line.",
        "  coupon-consume --until-drained --timeout 1m --max-rate 600/m\n"
        "  coupon-consume --recover\n",
        "  0 drained, or ended by SIGTERM, SIGINT or SIGHUP; 2 usage; 3 a server is away at the start, or table, topic or the event's\n"
        "  round is missing; 4 login refused; 5 not drained in time.\n"
        "  With --recover: 0 nothing (more) to do; 1 something is left, or needs a person; 3 a server is away; 5 cannot tell, the event "
        "moves;\n"
        "  6 a reset is at work. With --retry-failed: 1 something is still failed.\n"
        "  With --dismiss: 0 dismissed, now or before; 1 nothing was dismissed\n"};
}

void ConsumeOptions::declare(CommandLine& line, Log& log) {
    line.group("Work");
    line.value({"--batch", "N", "so many records in one transaction at the most (default 500)"}, whole_number(1, 10'000), settings.batch);
    line.value({"--linger", "TIME", "how long a batch waits to fill (default 5ms)"}, duration(Milliseconds(0)), settings.linger);
    line.value(
        {"--max-rate", "RATE", "number of coupons written per time at most, at a steady pace, for example 100/m; garbage does not count"},
        rate(), settings.max_rate);
    line.flag({"--until-drained", "", "end when nothing is on its way and every claim has its coupon"}, settings.until_drained);
    line.value({"--redrive-interval", "TIME", "how often to look for claims that got stuck (default 2s)"}, duration(Milliseconds(1)),
               settings.redrive_interval);
    line.value({"--redrive-grace", "TIME", "how long a claim may be pending before it counts as stuck (default 3s)"},
               duration(Milliseconds(0)), settings.redrive_grace);
    line.flag({"--retry-failed", "", "instead of working: try the failed events once more, and end"}, retry_failed);
    line.value(
        {"--dismiss", "WHAT",
         "dismiss failed events that are not to be issued, then exit: PARTITION:OFFSET[-LAST], PARTITION:OFFSET:DIGEST, or all of a kind"},
        failed_selection(), dismiss);
    line.value({"--why", "TEXT", "the reason for --dismiss, kept with the failed events"}, sentence(), why);
    line.require("--dismiss", "--why");
    line.require("--why", "--dismiss");
    line.exclude("--dismiss", "--retry-failed");
    for (const char* other : {"--until-drained", "--batch", "--linger", "--max-rate", "--redrive-interval", "--redrive-grace"}) {
        line.exclude("--retry-failed", other);
        line.exclude("--dismiss", other);
    }
    line.group("After a bad day");
    line.flag(
        {"--recover", "", "instead of working: compare claims, topic and ledger, show what was lost and how to put it right, and do it"},
        recover);
    line.value({"--wait", "TIME", "with --recover: how long to wait until nothing is on its way (default 30s)"}, duration(Milliseconds(0)),
               recovery.wait);
    line.require("--wait", "--recover");
    for (const char* other : {"--retry-failed", "--dismiss", "--until-drained", "--batch", "--linger", "--max-rate", "--redrive-interval"})
        line.exclude("--recover", other);
    add_event_options(line, event);
    const auto warn = [&log](const std::string& sentence) { log.warn(sentence); };
    add_redis_options(line, redis, timeout, warn);
    add_kafka_options(line, kafka, topic_wish, event, timeout, warn);
    add_mysql_options(line, mysql, timeout, warn);
    add_output_options(line, output);
    line.group("Limits");
    add_timeout_options(line, timeout, "how long the start and each server call may take; where it is given, --until-drained too");
    add_consent_options(line, consent,
                        "ask the servers whether a worker could work; with --recover and --dismiss show the plan; write nothing");
    line.afterwards([this] {
        settings.event = event.text();
        settings.timeout = timeout.timeout();
        recovery.event = event.text();
        recovery.topic = kafka.topic;
        recovery.timeout = timeout.timeout();
        recovery.grace = settings.redrive_grace;
        if (settings.until_drained) settings.drain_timeout = timeout.given;
    });
}

} // namespace coupon
