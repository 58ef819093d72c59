#include "cli/options/audit_options.hpp"

#include "cli/options/check_names.hpp"
#include "cli/options/point_in_time.hpp"

namespace coupon {

ProgramText AuditOptions::text() {
    return {"coupon-audit", "[options]",
            "Reads gate, topic, ledger and histories, and checks that every user got what was\n"
            "promised. Waits until nothing is on its way. Changes nothing.\n"
            "The histories given count as all applications of the round, unless\n"
            "--histories-are-partial is given.",
            "  coupon-audit --preflight --limit 100 --opens-at 2026-12-01T10:00:00+09:00\n"
            "  coupon-audit --history histories/ --expect 100 --json\n",
            "  0  exact\n"
            "  1  violated\n"
            "  2  usage\n"
            "  4  login refused\n"
            "  5  in progress, or cannot tell: something is on its way, a store or a history\n"
            "     cannot be read, or there is nothing to check\n"
            "  --user       0 has a coupon, 1 has none, or a promise is broken, 5 on its way,\n"
            "               or cannot tell\n"
            "  --preflight  0 ready, 1 not ready, 3 a server is unreachable, 5 cannot tell\n"};
}

void AuditOptions::declare(CommandLine& line, Log& log) {
    line.group("Audit");
    line.values({"--history", "PATH", "file written by coupon-apply or coupon-flood, or a folder of such files; can be repeated"}, path(),
                histories);
    line.flag({"--histories-are-partial", "", "accept missing or incomplete histories, for example of killed programs"},
              settings.histories_are_partial);
    line.require("--histories-are-partial", "--history");
    line.flag({"--require-all", "", "exit 5 (cannot tell) if any check was not made"}, settings.requires_all);
    line.exclude("--user", "--require-all");
    line.value({"--wait", "TIME", "time to wait until nothing is on its way (default 30s)"}, duration(Milliseconds(0)), settings.wait);
    line.value({"--expect", "N", "fail unless exactly N coupons are issued"}, whole_number(0), settings.expect);
    line.value({"--user", "ID", "show the claim, record and coupon of this user, and the next step, then exit"}, user_id(), user);
    line.exclude("--user", "--expect");
    line.exclude("--user", "--wait");
    line.flag({"--preflight", "", "check server settings and leftovers before an event, then exit"}, preflight);
    line.value({"--limit", "N", "with --preflight: expected number of coupons of the newest round"}, limit(), plan.limit);
    line.value({"--opens-at", "TIME", "with --preflight: expected opening time of the newest round, for example 2026-05-09T10:00:00+09:00"},
               calendar_time(), plan.opens_at);
    line.values({"--accept-warning", "NAME", "with --preflight: accept this warning; can be repeated"}, check_names(accepted.warnings));
    for (const char* of_preflight : {"--limit", "--opens-at", "--accept-warning"})
        line.require(of_preflight, "--preflight");
    for (const char* other : {"--history", "--require-all", "--wait", "--expect", "--user", "--round", "--dry-run"})
        line.exclude("--preflight", other);
    line.value({"--round", "N", "round to check; an older one by ledger and histories alone (default: the newest)"},
               [this](std::string_view text) -> std::string {
                   const auto number = whole_number(1);
                   const auto value = number.read(text);
                   if (!value) return invalid_value(text, number.expected);
                   settings.round = Round(*value);
                   return {};
               });
    add_event_options(line, event);
    const auto warn = [&log](const std::string& sentence) { log.warn(sentence); };
    add_redis_options(line, redis, timeout, warn);
    add_kafka_options(line, kafka, topic_wish, event, timeout, warn);
    add_mysql_options(line, mysql, timeout, warn);
    add_output_options(line, output);
    line.group("Limits");
    add_timeout_options(line, timeout, "time limit for each server call");
    add_consent_options(line, consent, "read the histories only; connect to no server");
    line.afterwards([this] {
        settings.event = event.text();
        settings.topic = kafka.topic;
        settings.timeout = timeout.timeout();
    });
}

} // namespace coupon
