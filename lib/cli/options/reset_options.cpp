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
            "1 to 64 printable characters without spaces, such as 2026-05-09"};
}

/// More of them than the ledger lists together with the gate's own would be left out.
constexpr std::size_t most_named_addresses = 15;

} // namespace

ProgramText ResetOptions::text() {
    return {"coupon-reset", "[options]",
            "Opens a new round of the event: waits until the old one is settled, clears the\n"
            "gate, purges the topic, records the round in the ledger, and verifies all of it.\n"
            "Runs coupon-audit --preflight first and refuses if a setting is dangerous.\n"
            "Creates topic and tables if they are missing. The next reset completes a reset\n"
            "that was killed.",
            "  coupon-reset --dry-run --end-running\n"
            "  coupon-reset --limit 100 --end-running --yes --once today\n",
            "  0  the new round is open and verified\n"
            "  1  refused, the gate is closed: something is still on its way, or the gate\n"
            "     contradicts itself; or refused with nothing changed: a setting is\n"
            "     dangerous, a round is running (--end-running), or another ledger has the\n"
            "     gate\n"
            "  2  usage, or gate or topic belong to another environment\n"
            "  3  a server is unreachable\n"
            "  4  login refused\n"
            "  5  an answer was lost: repeat the command\n"
            "  6  another reset is running\n"
            "  After an interruption repeat the command.\n"};
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
        throw UsageError(fmt::format("--closes-at: invalid value {}: expected a time after --opens-at, {}", rfc3339(*window.closes_at),
                                     rfc3339(*window.opens_at)));
    }
    return window;
}

Accept ResetOptions::listed_addresses() {
    return [this](std::string_view text) -> std::string {
        const auto url = parse_redis_url(text);
        if (!url) return url.fault().message;
        if (settings.gate_addresses.size() == most_named_addresses) return fmt::format("at most {} can be given", most_named_addresses);
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
    line.value({"--limit", "N", "number of coupons (default 100)"}, limit(), settings.limit);
    line.value({"--opens-at", "TIME", "refuse everyone before TIME, for example 2026-05-09T10:00:00+09:00, +30s or now (default now)"},
               point_in_time(), opens_at);
    line.value({"--closes-at", "TIME", "refuse everyone from TIME on; with --reopen the new end of the round (default: no end)"},
               point_in_time(), closes_at);
    line.value({"--partitions", "N", "number of partitions of a topic that is created (default 4; with --reopen as before)"},
               whole_number(1, 10'000), settings.partitions);
    line.value({"--wait", "TIME", "time the old round may take to settle (default 30s)"}, duration(Milliseconds(0)), settings.wait);
    line.value({"--once", "KEY", "open at most one round with KEY, such as the date; if there is one, change nothing and exit 0"},
               once_key(), settings.once_key);
    line.flag({"--end-running", "", "end a round in which users can still be granted coupons"}, settings.may_end.any);
    line.flag({"--force", "", "abandon claims that are still on their way; they get no coupon"}, settings.force);
    line.flag({"--purge-ledger", "", "delete the coupons of older rounds"}, is_purging);
    line.value({"--keep", "N", "with --purge-ledger: keep the coupons of the newest N rounds (default 1)"}, whole_number(1), keep);
    line.flag({"--no-round", "", "with --purge-ledger: do not open a round"}, no_round);
    line.values(
        {"--gate-address", "URL",
         "address where the gate may be rebuilt if Redis loses it, such as a standby; valid until the gate is next armed; can be repeated"},
        listed_addresses());
    line.flag({"--close", "", "close the event at once (the kill switch)"}, close);
    line.flag(
        {"--reopen", "", "reopen the current round (after --close, an unfinished reset, or a restored backup); recreate a missing topic"},
        reopen);
    line.flag({"--rebuild-gate", "", "rebuild a gate that contradicts itself from ledger, topic and its remaining claims"}, rebuild_gate);
    line.values({"--accept-risk", "NAME", "open although the preflight line NAME is dangerous; can be repeated"},
                check_names(accepted.risks));
    line.values({"--accept-warning", "NAME", "accept the preflight warning NAME; can be repeated"}, check_names(accepted.warnings));
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
    add_timeout_options(line, timeout, "time limit for each server call");
    add_consent_options(line, consent, "show the plan; change nothing");
    line.afterwards([this] {
        settings.event = event.text();
        if (is_purging) settings.purge = LedgerPurge{keep};
        settings.servers = {redis.address(), "kafka at " + kafka.brokers, mysql.address()};
        settings.topic = kafka.topic;
        settings.timeout = timeout.timeout();
        if (!consent.yes && !consent.dry_run && !can_ask()) {
            throw UsageError("no terminal to confirm on: pass --yes, or --dry-run to see the plan");
        }
    });
}

} // namespace coupon
