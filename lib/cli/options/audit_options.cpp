#include "cli/options/audit_options.hpp"

#include "cli/options/check_names.hpp"
#include "cli/options/point_in_time.hpp"

namespace coupon {

ProgramText AuditOptions::text() {
    return {
        "coupon-audit", "[options]",
        "Reads gate, topic, ledger and the histories given, changes nothing, and says whether every user ended with what was promised.\n"
        "Waits until nothing is on its way. The histories given are taken as all applications of the round, unless\n"
        "--histories-are-partial says otherwise. With --user it tells at once what is known of one user, and the next step. With\n"
        "--preflight it looks, before an event opens, at the settings of the three servers, at leftovers of earlier rounds and at the\n"
        "clocks, says of each line that is not ok what it should be, and whether users would get a coupon in the newest round.",
        "  coupon-audit --preflight --limit 100 --opens-at 2026-12-01T10:00:00+09:00\n"
        "  coupon-audit --history histories/ --expect 100 --json\n",
        "  0 exact; 1 violated; 2 usage; 4 login refused; 5 in progress, or cannot tell: something is on its way, a store or a history\n"
        "  cannot be read, or there is nothing to check; with --user 0 has a coupon, 1 has none or the promise is broken, 5 on its way or\n"
        "  cannot tell; with --preflight 0 ready, 1 not ready, 3 a server is away, 5 something was not told\n"};
}

void AuditOptions::declare(CommandLine& line, Log& log) {
    line.group("Audit");
    line.values({"--history", "PATH", "a file that coupon-apply or coupon-flood wrote, or a folder of such files; may be repeated"}, path(),
                histories);
    line.flag({"--histories-are-partial", "", "histories may be missing or incomplete, for example of killed programs"},
              settings.histories_are_partial);
    line.require("--histories-are-partial", "--history");
    line.flag({"--require-all", "", "a check that is not made means that the audit cannot tell"}, settings.requires_all);
    line.exclude("--user", "--require-all");
    line.value({"--wait", "TIME", "how long to wait until nothing is on its way (default 30s)"}, duration(Milliseconds(0)), settings.wait);
    line.value({"--expect", "N", "exactly so many coupons must be issued"}, whole_number(0), settings.expect);
    line.value({"--user", "ID", "instead: what became of this user"}, user_id(), user);
    line.exclude("--user", "--expect");
    line.exclude("--user", "--wait");
    line.flag({"--preflight", "", "instead: before an event opens, are the servers fit for it, and is anything left over?"}, preflight);
    line.value({"--limit", "N", "with --preflight: the newest round must have this number of coupons"}, limit(), plan.limit);
    line.value({"--opens-at", "TIME", "with --preflight: the newest round must open at this time, for example 2026-05-09T10:00:00+09:00"},
               calendar_time(), plan.opens_at);
    line.values({"--accept-warning", "NAME", "with --preflight: count this warning as accepted; may be repeated"},
                check_names(accepted.warnings));
    for (const char* of_preflight : {"--limit", "--opens-at", "--accept-warning"})
        line.require(of_preflight, "--preflight");
    for (const char* other : {"--history", "--require-all", "--wait", "--expect", "--user", "--round", "--dry-run"})
        line.exclude("--preflight", other);
    line.value({"--round", "N", "an older round, judged by ledger and histories alone (default: the newest)"},
               [this](std::string_view text) -> std::string {
                   const auto number = whole_number(1);
                   const auto value = number.read(text);
                   if (!value) return not_allowed(text, number.allowed);
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
    add_timeout_options(line, timeout, "how long each server call may take");
    add_consent_options(line, consent, "read the histories and stop; ask no server");
    line.afterwards([this] {
        settings.event = event.text();
        settings.topic = kafka.topic;
        settings.timeout = timeout.timeout();
    });
}

} // namespace coupon
