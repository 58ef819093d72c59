#include "cli/options/consume_options.hpp"

namespace coupon {

ProgramText ConsumeOptions::text() {
    return {"coupon-consume", "[options]",
            "Reads winners from the topic and writes their coupons to the database until\n"
            "stopped. Republishes claims that stay pending, and arms a gate that lost data.\n"
            "Any number of workers can share a group. SIGUSR1 prints a status line.",
            "  coupon-consume --until-drained --timeout 1m --max-rate 600/m\n"
            "  coupon-consume --recover\n",
            "  0  drained, or stopped by SIGTERM, SIGINT or SIGHUP\n"
            "  2  usage\n"
            "  3  a server is unreachable at the start, or a table, the topic or the round of\n"
            "     the event is missing\n"
            "  4  login refused\n"
            "  5  not drained in time\n"
            "  --recover       0 nothing left to do, 1 something is left or needs an\n"
            "                  operator, 3 a server is unreachable, 5 cannot tell: users are\n"
            "                  still applying, 6 a reset is running\n"
            "  --retry-failed  0 all issued, 1 some events are still failed\n"
            "  --dismiss       0 dismissed, now or before, 1 nothing was dismissed\n"};
}

void ConsumeOptions::declare(CommandLine& line, Log& log) {
    line.group("Work");
    line.value({"--batch", "N", "maximum number of records in one transaction (default 500)"}, whole_number(1, 10'000), settings.batch);
    line.value({"--linger", "TIME", "time a batch waits to fill (default 5ms)"}, duration(Milliseconds(0)), settings.linger);
    line.value(
        {"--max-rate", "RATE", "maximum rate of coupons written, for example 100/m; invalid records do not count (default: no limit)"},
        rate(), settings.max_rate);
    line.flag({"--until-drained", "", "exit once nothing is on its way and every claim has its coupon"}, settings.until_drained);
    line.value({"--redrive-interval", "TIME", "interval between searches for stuck claims (default 2s)"}, duration(Milliseconds(1)),
               settings.redrive_interval);
    line.value({"--redrive-grace", "TIME", "time after which a pending claim counts as stuck (default 3s)"}, duration(Milliseconds(0)),
               settings.redrive_grace);
    line.flag({"--retry-failed", "", "retry the failed events once, then exit"}, retry_failed);
    line.value({"--dismiss", "WHAT",
                "dismiss failed events that will not be issued, then exit: PARTITION:OFFSET[-LAST], PARTITION:OFFSET:DIGEST, or a kind"},
               failed_selection(), dismiss);
    line.value({"--why", "TEXT", "reason for --dismiss, kept with the failed events"}, sentence(), why);
    line.require("--dismiss", "--why");
    line.require("--why", "--dismiss");
    line.exclude("--dismiss", "--retry-failed");
    for (const char* other : {"--until-drained", "--batch", "--linger", "--max-rate", "--redrive-interval", "--redrive-grace"}) {
        line.exclude("--retry-failed", other);
        line.exclude("--dismiss", other);
    }
    line.group("After a bad day");
    line.flag({"--recover", "", "compare claims, topic and ledger, show what was lost, repair it, then exit"}, recover);
    line.value({"--wait", "TIME", "with --recover: time to wait until nothing is on its way (default 30s)"}, duration(Milliseconds(0)),
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
    add_timeout_options(line, timeout, "time limit for the start and for each server call; if given, also for --until-drained");
    add_consent_options(line, consent, "check whether a worker could start; with --recover and --dismiss show the plan; write nothing");
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
