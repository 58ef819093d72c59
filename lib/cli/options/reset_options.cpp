#include "cli/options/reset_options.hpp"

#include "cli/confirmation.hpp"
#include "cli/options/check_names.hpp"
#include "cli/options/server_url.hpp"
#include "cli/usage_error.hpp"
#include "core/rfc3339.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace coupon {

namespace {

/// An opening that is longer ago than it takes to type a command was a slip.
constexpr Milliseconds longest_opening_ago = std::chrono::minutes(1);

/// The key of --once, as the ledger's column takes it.
Spelling<std::string> once_key() {
    constexpr std::size_t longest = 64;
    return {[](std::string_view text) -> std::optional<std::string> {
                const auto is_graphic = [](char c) { return c > ' ' && c <= '~'; };
                if (text.empty() || text.size() > longest || !std::all_of(text.begin(), text.end(), is_graphic)) return std::nullopt;
                return std::string(text);
            },
            "1 to 64 printable characters without blanks, such as 2026-05-09"};
}

/// More of them than the ledger lists together with the gate's own would be left out.
constexpr std::size_t most_named_addresses = 15;

} // namespace

ProgramText ResetOptions::text() {
    return {"coupon-reset", "[options]",
            "Opens a new round of the event: waits until the old one is settled, clears the gate, purges the topic, records the round in "
            "the ledger\n"
            "and verifies all of it. Looks at the servers first (coupon-audit --preflight) and refuses where one is dangerous. Makes topic "
            "and tables where there are none. A reset that was killed is finished by the next one.",
            "  coupon-reset --dry-run --end-running\n"
            "  coupon-reset --limit 100 --end-running --yes --once today\n",
            "  0 the new round is open and verified; 1 refused: something is still on its way, or the gate contradicts itself; the gate is "
            "left closed;\n"
            "  or, with nothing changed, a setting is dangerous, a round is running (--end-running), or the gate is not this ledger's;\n"
            "  2 usage, or the gate or the topic belongs to another environment; 3 a server is away; 4 login refused; 5 an answer was "
            "lost, run it again; 6 another reset is running.\n"
            "  After an interruption run it again.\n"};
}

Window ResetOptions::window(const ClockReading& reading, Tick program_start) const {
    Window window;
    if (opens_at) window.opens_at = resolve(*opens_at, reading, program_start);
    if (closes_at) window.closes_at = resolve(*closes_at, reading, program_start);
    const auto ago = [&](const char* option, Instant moment, const char* hint) {
        return UsageError(fmt::format("{}: {} is {} by the clock of {}; {}", option, rfc3339(moment),
                                      distance_text(moment - reading.gate_time), redis.address(), hint));
    };
    if (window.opens_at && *window.opens_at < reading.gate_time - longest_opening_ago)
        throw ago("--opens-at", *window.opens_at, "for a round that opens at once give --opens-at now");
    if (window.closes_at && *window.closes_at <= reading.gate_time)
        throw ago("--closes-at", *window.closes_at, "expected a time in the future");
    if (window.opens_at && window.closes_at && *window.closes_at <= *window.opens_at) {
        throw UsageError(fmt::format("--closes-at: {} is refused; allowed is a time after --opens-at, {}", rfc3339(*window.closes_at),
                                     rfc3339(*window.opens_at)));
    }
    return window;
}

Accept ResetOptions::listed_addresses() {
    return [this](std::string_view text) -> std::string {
        const auto url = parse_redis_url(text);
        if (!url) return url.fault().message;
        if (settings.gate_addresses.size() == most_named_addresses) return fmt::format("at most {} may be given", most_named_addresses);
        RedisOptions there;
        there.host = url->host;
        there.port = url->port;
        there.database = url->database;
        settings.gate_addresses.push_back(there.listed_address());
        return {};
    };
}

UtcOffset ResetOptions::utc_offset(Instant now) const {
    for (const auto& point : {opens_at, closes_at}) {
        if (!point) continue;
        if (const auto* time = std::get_if<ZonedTime>(&*point)) return time->offset;
    }
    return local_utc_offset(now);
}

void ResetOptions::declare(CommandLine& line, Log& log) {
    line.group("Round");
    line.value({"--limit", "N", "so many coupons (default 100)"}, limit(), settings.limit);
    line.value({"--opens-at", "TIME", "refuse every user before, for example 2026-05-09T10:00:00+09:00, +30s, or now"}, point_in_time(),
               opens_at);
    line.value({"--closes-at", "TIME", "refuse every user from then on; with --reopen the new end of the round"}, point_in_time(),
               closes_at);
    line.value({"--partitions", "N", "number of partitions of a topic that is created (default 4; with --reopen as many as it had)"},
               whole_number(1, 10'000), settings.partitions);
    line.value({"--wait", "TIME", "how long the old round may take to settle (default 30s)"}, duration(Milliseconds(0)), settings.wait);
    line.value({"--once", "KEY", "open at most one round with this KEY, such as the date; if there is one, change nothing and exit 0"},
               once_key(), settings.once_key);
    line.flag({"--end-running", "", "end a round in which users can still be granted coupons"}, settings.may_end.any);
    line.flag({"--force", "", "give up what is still on its way; those claims get no coupon"}, settings.force);
    line.flag({"--purge-ledger", "", "delete the coupons of older rounds"}, is_purging);
    line.value({"--keep", "N", "with --purge-ledger: keep the coupons of the newest N rounds (default 1)"}, whole_number(1), keep);
    line.flag({"--no-round", "", "with --purge-ledger: open no round"}, no_round);
    line.values(
        {"--gate-address", "URL",
         "where else the gate may be made again if Redis loses it, such as a standby; until it is armed the next time; may be repeated"},
        listed_addresses());
    line.flag({"--close", "", "instead: let nobody in any more (the kill switch)"}, close);
    line.flag(
        {"--reopen", "",
         "instead: let users in again: after --close, after a reset that ended just before it opened the gate, or when the gate forgot that"
         " it was opened; a topic that is gone is made again"},
        reopen);
    line.flag({"--rebuild-gate", "",
               "instead: make the gate again where it contradicts itself, from the ledger, the topic and what it still holds"},
              rebuild_gate);
    line.values({"--accept-risk", "NAME", "open although this line of the preflight is dangerous; may be repeated"},
                check_names(accepted.risks));
    line.values({"--accept-warning", "NAME", "count this warning of the preflight as accepted; may be repeated"},
                check_names(accepted.warnings));
    line.exclude("--close", "--reopen");
    line.exclude("--close", "--rebuild-gate");
    line.exclude("--reopen", "--rebuild-gate");
    for (const char* mode : {"--close", "--no-round", "--rebuild-gate"}) {
        line.exclude(mode, "--accept-risk");
        line.exclude(mode, "--accept-warning");
    }
    line.require("--keep", "--purge-ledger");
    line.require("--no-round", "--purge-ledger");
    for (const char* other : {"--closes-at", "--gate-address"}) {
        line.exclude("--close", other);
        line.exclude("--rebuild-gate", other);
        line.exclude("--no-round", other);
    }
    for (const char* other : {"--limit", "--opens-at", "--partitions", "--wait", "--once", "--end-running", "--force"}) {
        line.exclude("--close", other);
        line.exclude("--rebuild-gate", other);
        line.exclude("--no-round", other);
    }
    for (const char* other : {"--limit", "--opens-at", "--wait", "--once", "--end-running", "--force"})
        line.exclude("--reopen", other);
    for (const char* mode : {"--close", "--reopen", "--rebuild-gate"})
        line.exclude(mode, "--purge-ledger");
    add_event_options(line, event);
    const auto warn = [&log](const std::string& sentence) { log.warn(sentence); };
    add_redis_options(line, redis, timeout, warn);
    add_kafka_options(line, kafka, topic_wish, event, timeout, warn);
    add_mysql_options(line, mysql, timeout, warn);
    const auto is_closing = [this] { return close; };
    line.forgive("Kafka (the topic)", is_closing, [&log](const std::string& why) { log.warn(why + "; --close goes on without Kafka"); });
    line.forgive("MySQL or MariaDB (the ledger)", is_closing, [this](const std::string& why) { ledger_unusable = why; });
    line.forgive_config("--close", {"--event", "--redis"}, [this](const std::string& why) { ledger_unusable = why; });
    add_output_options(line, output);
    line.group("Limits");
    add_timeout_options(line, timeout, "how long each server call may take");
    add_consent_options(line, consent, "show what would be done; touch nothing");
    line.afterwards([this] {
        settings.event = event.text();
        if (is_purging) settings.purge = LedgerPurge{keep};
        settings.servers = {redis.address(), "kafka at " + kafka.brokers, mysql.address()};
        settings.topic = kafka.topic;
        settings.timeout = timeout.timeout();
        if (!consent.yes && !consent.dry_run && !can_ask()) {
            throw UsageError("--yes is missing; without a terminal nobody can be asked, so say --yes, or --dry-run to see the plan");
        }
    });
}

} // namespace coupon
