#include "cli/options/apply_options.hpp"
#include "cli/options/audit_options.hpp"
#include "cli/options/consume_options.hpp"
#include "cli/options/flood_options.hpp"
#include "cli/options/reset_options.hpp"
#include "cli/scratch_folder.hpp"
#include "cli/usage_error.hpp"

#include <doctest/doctest.h>

#include <map>
#include <sstream>
#include <string>
#include <vector>

using namespace coupon;

TEST_SUITE_BEGIN("cli/program_options");

namespace {

using Words = std::vector<std::string>;

Words operator+(Words words, const Words& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

/// Reads the words into the options; returns the sentence that refuses them, or an empty text.
template <class Options>
std::string read(Options& options, const Words& words) {
    Log log("test", Log::Style::plain);
    CommandLine line(Options::text());
    options.declare(line, log);
    try {
        const auto asked = line.parse(words);
        CHECK(asked == CommandLine::Asked::run);
    } catch (const UsageError& error) {
        return error.what();
    }
    return {};
}

template <class Options>
std::string refusal(const Words& words) {
    Options options;
    return read(options, words);
}

bool says(const std::string& sentence, const Words& pieces) {
    CAPTURE(sentence);
    for (const auto& piece : pieces) {
        CAPTURE(piece);
        CHECK(sentence.find(piece) != std::string::npos);
    }
    return !sentence.empty();
}

/// No personal settings get into a case.
struct NoHome {
    ScratchFolder folder;
    ScratchVariable home{"HOME", folder.path("nowhere")};
};

} // namespace

TEST_CASE("coupon-apply: one user, several, or a stream of them") {
    ApplyOptions one;
    REQUIRE(read(one, {"7"}).empty());
    CHECK(one.is_for_one());
    ApplyOptions two;
    REQUIRE(read(two, {"7", "8", "--history", "h"}).empty());
    CHECK_FALSE(two.is_for_one());
    CHECK(two.history == "h");
    ApplyOptions stream;
    REQUIRE(read(stream, {"--stdin", "--in-flight", "64"}).empty());
    CHECK_FALSE(stream.is_for_one());
    CHECK(stream.in_flight == 64);
    CHECK(says(refusal<ApplyOptions>({}), {"user ids", "--stdin"}));
    CHECK(says(refusal<ApplyOptions>({"7", "--stdin"}), {"USER", "--stdin", "cannot be used together"}));
    CHECK(says(refusal<ApplyOptions>({"7", "--in-flight", "3"}), {"--in-flight", "--stdin"}));
    CHECK(says(refusal<ApplyOptions>({"7", "--mysql", "mysql://db"}), {"--mysql"}));
}

TEST_CASE("the places of a program: addresses, names, timeouts, and what librdkafka is told") {
    ApplyOptions options;
    REQUIRE(read(options, {"7", "--redis", "redis://apply@gate:1/2", "--brokers", "a:1,b:2", "--topic", "t", "--group", "g", "--event", "e",
                           "--timeout", "3s", "-X", "client.id=x=y", "-X", "security.protocol=SASL_SSL"})
                .empty());
    CHECK(options.redis.host == "gate");
    CHECK(options.redis.port == 1);
    CHECK(options.redis.database == 2);
    CHECK(options.redis.user == "apply");
    CHECK(options.redis.timeout == Milliseconds(3000));
    CHECK(options.kafka.brokers == "a:1,b:2");
    CHECK(options.kafka.topic == "t");
    CHECK(options.kafka.group == "g");
    CHECK(options.event.text() == "e");
    CHECK(options.kafka.timeout == Milliseconds(3000));
    CHECK(options.kafka.message_timeout == Milliseconds(2000));
    REQUIRE(options.kafka.properties.size() == 2);
    CHECK(options.kafka.properties[0].second == "x=y");
    ApplyOptions hasty;
    REQUIRE(read(hasty, {"7", "--timeout", "500ms"}).empty());
    CHECK(hasty.kafka.message_timeout == Milliseconds(250));
    CHECK(ApplyOptions().timeout.timeout() == Milliseconds(5000));
}

TEST_CASE("properties that are dangerous, secret or none are refused, and their value is not shown") {
    CHECK(says(refusal<ApplyOptions>({"7", "-X", "plugin.library.paths=x"}), {"plugin.library.paths"}));
    CHECK(says(refusal<ApplyOptions>({"7", "-X", "nonsense"}), {"nonsense", "security.protocol=SASL_SSL"}));
    CHECK(says(refusal<ApplyOptions>({"7", "-X", "=x"}), {"--kafka-property"}));
    CHECK(says(refusal<ApplyOptions>({"7", "-X", "client.id="}), {"client.id"}));
    for (const char* property :
         {"sasl.password=canary", "ssl.key.password=canary", "ssl.key.pem=canary", "sasl.password canary", "no.such.thing=canary"}) {
        CAPTURE(property);
        const auto sentence = refusal<ApplyOptions>({"7", "-X", property});
        CHECK_FALSE(sentence.empty());
        CHECK(sentence.find("canary") == std::string::npos);
    }
}

TEST_CASE("passwords come from private files, and say so when they cannot") {
    const NoHome no_home;
    const ScratchFolder folder;
    const auto file = folder.file("password", "canary\n");
    AuditOptions options;
    REQUIRE(read(options, {"--redis-password-file", file, "--mysql-password-file", file, "--kafka-password-file", file}).empty());
    CHECK(options.redis.password == "canary");
    CHECK(options.mysql.password == "canary");
    REQUIRE(options.kafka.properties.size() == 1);
    CHECK(options.kafka.properties[0].first == "sasl.password");
    CHECK(options.kafka.properties[0].second == "canary");
    for (const char* option : {"--redis-password-file", "--mysql-password-file", "--kafka-password-file"}) {
        CHECK(says(refusal<AuditOptions>({option, folder.path("nowhere")}), {option, "nowhere"}));
    }
    const ScratchVariable variable("COUPON_REDIS_PASSWORD_FILE", file);
    AuditOptions by_variable;
    REQUIRE(read(by_variable, {}).empty());
    CHECK(by_variable.redis.password == "canary");
}

TEST_CASE("the option file of the home folder logs in to the database, but for the user it is about") {
    const ScratchFolder folder;
    const ScratchVariable home("HOME", folder.path(""));
    const auto cnf = folder.file(".my.cnf", "[client]\nuser=worker\npassword=canary\n");
    AuditOptions plain;
    REQUIRE(read(plain, {}).empty());
    CHECK(plain.mysql.user == "worker");
    CHECK(plain.mysql.password == "canary");
    AuditOptions same;
    REQUIRE(read(same, {"--mysql", "mysql://worker@db/promo"}).empty());
    CHECK(same.mysql.password == "canary");
    CHECK(same.mysql.database == "promo");
    AuditOptions other;
    REQUIRE(read(other, {"--mysql", "mysql://auditor@db"}).empty());
    CHECK(other.mysql.user == "auditor");
    CHECK(other.mysql.password.empty());
    AuditOptions by_file;
    REQUIRE(read(by_file, {"--mysql-password-file", folder.file("password", "from-file")}).empty());
    CHECK(by_file.mysql.user == "coupon");
    CHECK(by_file.mysql.password == "from-file");
}

TEST_CASE("coupon-flood: a shape that is possible, and connections that suit it") {
    FloodOptions options;
    REQUIRE(read(options, {"--requests", "100", "--concurrency", "1000", "--repeats", "10%", "--seed", "5", "--rate", "500/s", "--duration",
                           "2m", "--expect-granted", "0", "--max-errors", "3"})
                .empty());
    CHECK(options.settings.shape.requests == 100);
    CHECK(options.settings.shape.repeats == Share{100'000});
    CHECK(options.settings.shape.seed == 5);
    CHECK(options.settings.rate == Rate{500, std::chrono::seconds(1)});
    CHECK(options.settings.duration == Milliseconds(120'000));
    CHECK(options.thresholds.expect_granted == 0);
    CHECK(options.thresholds.max_errors == 3);
    CHECK(options.connections() == 64);
    FloodOptions small;
    REQUIRE(read(small, {"--concurrency", "3"}).empty());
    CHECK(small.connections() == 3);
    FloodOptions given;
    REQUIRE(read(given, {"--connections", "7"}).empty());
    CHECK(given.connections() == 7);
    CHECK(says(refusal<FloodOptions>({"--users", "5", "--repeats", "10%"}), {"--users", "--repeats", "cannot be used together"}));
    CHECK(says(refusal<FloodOptions>({"--first-user", "9223372036854775807", "--requests", "2"}), {"--first-user"}));
    for (const char* option : {"--requests", "--users"})
        CHECK(says(refusal<FloodOptions>({option, "0"}), {option, "\"0\"", "at least 1"}));
    for (const char* option : {"--concurrency", "--connections"})
        CHECK(says(refusal<FloodOptions>({option, "0"}), {option, "\"0\"", "from 1 to "}));
}

TEST_CASE("coupon-flood: threads suit the cores and the work; a number that is given counts, or is refused") {
    FloodOptions options;
    REQUIRE(read(options, {}).empty());
    for (const auto& [cores, threads] : std::map<unsigned, int>{{0, 1}, {1, 1}, {2, 1}, {3, 2}, {4, 3}, {5, 4}, {64, 4}})
        CHECK(options.threads(cores) == threads);
    for (const char* option : {"--concurrency", "--connections", "--requests"}) {
        CAPTURE(option);
        FloodOptions small;
        REQUIRE(read(small, {option, "2"}).empty());
        CHECK(small.threads(64) == 2);
    }
    FloodOptions given;
    REQUIRE(read(given, {"--threads", "7", "--concurrency", "7", "--connections", "7", "--requests", "3"}).empty());
    CHECK(given.threads(1) == 7);
    CHECK(says(refusal<FloodOptions>({"--threads", "3", "--concurrency", "2"}), {"--threads 3", "--concurrency 2"}));
    CHECK(says(refusal<FloodOptions>({"--threads", "3", "--connections", "2"}), {"--threads 3", "--connections 2"}));
    CHECK(says(refusal<FloodOptions>({"--threads", "0"}), {"--threads", "\"0\"", "1 to 64"}));
    CHECK(says(refusal<FloodOptions>({"--threads", "65"}), {"--threads", "\"65\"", "1 to 64"}));
}

TEST_CASE("coupon-consume: only a timeout that was given bounds the draining") {
    const NoHome no_home;
    ConsumeOptions plain;
    REQUIRE(read(plain, {"--until-drained"}).empty());
    CHECK(plain.settings.until_drained);
    CHECK_FALSE(plain.settings.drain_timeout);
    CHECK(plain.settings.timeout == Milliseconds(5000));
    ConsumeOptions bounded;
    REQUIRE(read(bounded, {"--until-drained", "--timeout", "1m", "--batch", "7", "--linger", "0", "--max-rate", "600/m", "--redrive-grace",
                           "0", "--redrive-interval", "1s", "--event", "promo"})
                .empty());
    CHECK(bounded.settings.drain_timeout == Milliseconds(60'000));
    CHECK(bounded.settings.batch == 7);
    CHECK(bounded.settings.linger == Milliseconds(0));
    CHECK(bounded.settings.max_rate == Rate{600, std::chrono::minutes(1)});
    CHECK(bounded.settings.redrive_grace == Milliseconds(0));
    CHECK(bounded.settings.event == "promo");
    ConsumeOptions running;
    REQUIRE(read(running, {"--timeout", "1m"}).empty());
    CHECK_FALSE(running.settings.drain_timeout);
    CHECK(running.early_end() == ExitCode::yes);
    CHECK_FALSE(plain.early_end());
    CHECK(says(refusal<ConsumeOptions>({"--retry-failed", "--until-drained"}), {"--retry-failed", "--until-drained"}));
    ConsumeOptions after;
    REQUIRE(
        read(after, {"--recover", "--wait", "7s", "--redrive-grace", "4s", "--timeout", "2s", "--event", "promo", "--topic", "t"}).empty());
    CHECK(after.recover);
    CHECK(after.recovery.wait == Milliseconds(7000));
    CHECK(after.recovery.grace == Milliseconds(4000));
    CHECK(after.recovery.timeout == Milliseconds(2000));
    CHECK(after.recovery.event == "promo");
    CHECK(after.recovery.topic == "t");
    CHECK_FALSE(after.early_end());
    for (const std::string other :
         {"--until-drained", "--retry-failed", "--batch=7", "--linger=1s", "--max-rate=1/s", "--redrive-interval=1s"}) {
        CAPTURE(other);
        CHECK(says(refusal<ConsumeOptions>({"--recover", other}), {"--recover", other.substr(0, other.find('='))}));
    }
    CHECK(says(refusal<ConsumeOptions>({"--wait", "7s"}), {"--wait", "--recover"}));
    ConsumeOptions dismissing;
    REQUIRE(read(dismissing, {"--dismiss", "1:7-9", "--why", "a test"}).empty());
    REQUIRE(dismissing.dismiss);
    CHECK(std::get<PlaceRange>(*dismissing.dismiss) == PlaceRange{1, 7, 9});
    ConsumeOptions naming_a_record;
    REQUIRE(read(naming_a_record, {"--dismiss", "1:7:5f3c", "--why", "a test"}).empty());
    CHECK(std::get<PlaceRange>(*naming_a_record.dismiss) == PlaceRange{1, 7, 7, "5f3c"});
    for (const std::string place : {"1:7:", "1:7:5F", "1:7-9:5f", "1:7:5f:3c", "1::5f"})
        CHECK(says(refusal<ConsumeOptions>({"--dismiss", place, "--why", "a test"}), {"PARTITION:OFFSET:DIGEST"}));
    CHECK(dismissing.why == "a test");
    CHECK_FALSE(dismissing.early_end());
    CHECK(says(refusal<ConsumeOptions>({"--dismiss", "1:7"}), {"--dismiss", "--why"}));
    CHECK(says(refusal<ConsumeOptions>({"--why", "a test"}), {"--why", "--dismiss"}));
    for (const std::string other : {"--until-drained", "--retry-failed", "--recover", "--batch=7"}) {
        CAPTURE(other);
        CHECK(says(refusal<ConsumeOptions>({"--dismiss", "unsigned", "--why", "a test", other}),
                   {"--dismiss", other.substr(0, other.find('='))}));
    }
}

TEST_CASE("coupon-reset: what is asked together must make sense, and without a terminal it takes a word") {
    const NoHome no_home;
    ResetOptions options;
    REQUIRE(read(options, {"--yes", "--limit", "5", "--partitions", "8", "--wait", "0", "--event", "promo", "--topic", "t"}).empty());
    CHECK(options.settings.limit == Limit(5));
    CHECK(options.settings.partitions == 8);
    CHECK(options.settings.wait == Milliseconds(0));
    CHECK(options.settings.event == "promo");
    CHECK(options.settings.topic == "t");
    CHECK(says(refusal<ResetOptions>({"--yes", "--close", "--reopen"}), {"--close", "--reopen"}));
    CHECK(says(refusal<ResetOptions>({"--yes", "--close", "--limit", "5"}), {"--close", "--limit"}));
    CHECK(says(refusal<ResetOptions>({"--yes", "--reopen", "--force"}), {"--reopen", "--force"}));
}

TEST_CASE("coupon-reset: opening hours that end before they begin are refused") {
    const NoHome no_home;
    ResetOptions options;
    REQUIRE(read(options, {"--yes", "--opens-at", "+30s", "--closes-at", "+60s"}).empty());
    const ClockReading reading{Instant(Milliseconds(1'000'000)), Tick(std::chrono::seconds(10))};
    const auto window = options.window(reading, Tick(std::chrono::seconds(10)));
    CHECK(window.opens_at == Instant(Milliseconds(1'030'000)));
    CHECK(window.closes_at == Instant(Milliseconds(1'060'000)));
    ResetOptions reversed;
    REQUIRE(read(reversed, {"--yes", "--opens-at", "+60s", "--closes-at", "+60s"}).empty());
    CHECK_THROWS_WITH_AS((void)reversed.window(reading, Tick(std::chrono::seconds(10))), doctest::Contains("--closes-at"), UsageError);
}

TEST_CASE("coupon-reset: a round that would have opened a minute ago or ended already is refused by the gate's clock") {
    const NoHome no_home;
    const ClockReading reading{Instant(Milliseconds(1'778'288'400'000)), Tick(std::chrono::seconds(10))}; // 2026-05-09T10:00:00+09:00
    struct Row {
        Words words;
        const char* complaint; ///< empty: it is allowed
    };
    for (const auto& row :
         {Row{{"--yes", "--opens-at", "now"}, ""}, Row{{"--yes", "--opens-at", "2026-05-09T09:59:00+09:00"}, ""},
          Row{{"--yes", "--opens-at", "2026-05-09T09:58:59+09:00"}, "--opens-at: 2026-05-09T00:58:59.000Z is 61 s ago"},
          Row{{"--yes", "--opens-at", "2025-05-09T10:00:00+09:00"}, "365 days ago by the clock of redis://127.0.0.1:6379/0"},
          Row{{"--yes", "--closes-at", "2026-05-09T10:00:01+09:00"}, ""},
          Row{{"--yes", "--closes-at", "2026-05-09T10:00:00+09:00"}, "--closes-at: 2026-05-09T01:00:00.000Z is now"},
          Row{{"--yes", "--closes-at", "now"}, "--closes-at"},
          Row{{"--yes", "--reopen", "--closes-at", "2026-05-09T09:00:00+09:00"}, "60 min ago"}}) {
        CAPTURE(row.complaint);
        ResetOptions options;
        REQUIRE(read(options, row.words).empty());
        std::string complaint;
        try {
            static_cast<void>(options.window(reading, reading.read_at));
        } catch (const UsageError& error) {
            complaint = error.what();
        }
        CAPTURE(complaint);
        CHECK(complaint.empty() == (*row.complaint == '\0'));
        CHECK(complaint.find(row.complaint) != std::string::npos);
    }
}

TEST_CASE("coupon-reset: times are told by the clock that the operator used") {
    const NoHome no_home;
    ResetOptions options;
    REQUIRE(read(options, {"--yes", "--opens-at", "+30s", "--closes-at", "2026-05-09T10:00:00+09:00"}).empty());
    CHECK(options.utc_offset(Instant{}) == UtcOffset(540));
}

TEST_CASE("coupon-reset: coupons are deleted with a new round, or without one") {
    const NoHome no_home;
    ResetOptions plain;
    REQUIRE(read(plain, {"--yes"}).empty());
    CHECK_FALSE(plain.settings.purge);
    ResetOptions with_round;
    REQUIRE(read(with_round, {"--yes", "--purge-ledger"}).empty());
    REQUIRE(with_round.settings.purge);
    CHECK(with_round.settings.purge->keep == 1);
    ResetOptions alone;
    REQUIRE(read(alone, {"--yes", "--purge-ledger", "--keep", "30", "--no-round"}).empty());
    CHECK(alone.settings.purge->keep == 30);
    CHECK(alone.no_round);
    CHECK(says(refusal<ResetOptions>({"--yes", "--keep", "3"}), {"--keep", "--purge-ledger"}));
    CHECK(says(refusal<ResetOptions>({"--yes", "--no-round"}), {"--no-round", "--purge-ledger"}));
    CHECK(says(refusal<ResetOptions>({"--yes", "--purge-ledger", "--keep", "0"}), {"--keep"}));
    for (const char* other : {"--force", "--end-running", "--limit=3", "--opens-at=now", "--closes-at=+1h", "--once=k", "--wait=1"})
        CHECK(says(refusal<ResetOptions>({"--yes", "--purge-ledger", "--no-round", other}), {"--no-round", "cannot be used together"}));
    for (const char* mode : {"--close", "--reopen"})
        CHECK(says(refusal<ResetOptions>({"--yes", "--purge-ledger", mode}), {"--purge-ledger", mode}));
}

TEST_CASE("coupon-reset: further addresses of the gate are taken as the ledger lists them") {
    const NoHome no_home;
    ResetOptions options;
    REQUIRE(read(options, {"--yes", "--gate-address", "redis://me@standby/2", "--gate-address", "redis://localhost:7/0"}).empty());
    REQUIRE(options.settings.gate_addresses.size() == 2);
    CHECK(options.settings.gate_addresses[0] == "redis://standby:6379/2");
    CHECK(options.settings.gate_addresses[1].find("redis://localhost:7/0 on ") == 0);
    CHECK(says(refusal<ResetOptions>({"--yes", "--gate-address", "standby"}), {"--gate-address"}));
    CHECK(says(refusal<ResetOptions>({"--yes", "--close", "--gate-address", "redis://a"}), {"--close", "--gate-address"}));
    Words many{"--yes"};
    for (int i = 0; i < 16; ++i)
        many.insert(many.end(), {"--gate-address", "redis://host" + std::to_string(i)});
    CHECK(says(refusal<ResetOptions>(many), {"--gate-address", "at most 15"}));
    ResetOptions reopening;
    CHECK(read(reopening, {"--yes", "--reopen", "--gate-address", "redis://a"}).empty());
}

TEST_CASE("coupon-reset --close: nothing but the options of Redis can keep it from closing the gate") {
    const NoHome no_home;
    const auto config = no_home.folder.file("broken.conf", "no such line\n");
    struct Row {
        Words words;
        bool is_ledger_usable;
        const char* otherwise; ///< what a reset is refused with
    };
    for (const auto& row : {
             Row{{"--mysql-password-file", "/nowhere/password"}, false, "/nowhere/password"},
             Row{{"--mysql-server-key", "/nowhere/key"}, false, "--mysql-server-key"},
             Row{{"--mysql", "http://x"}, false, "--mysql"},
             Row{{"--kafka-password-file", "/nowhere/password"}, true, "--kafka-password-file"},
             Row{{"--brokers", "a b"}, true, "--brokers"},
             Row{{"-X", "bogus=1"}, true, "bogus"},
             Row{{"--topic", "a b"}, true, "--topic"},
             Row{{"--config", "/nowhere/config", "--event", "coupon", "--redis", "redis://a"}, false, "/nowhere/config"},
             Row{{"--config", config, "--event", "coupon", "--redis", "redis://a"}, false, "broken.conf"},
         }) {
        CAPTURE(row.otherwise);
        ResetOptions closing;
        CHECK(read(closing, Words{"--yes", "--close"} + row.words).empty());
        CHECK(closing.ledger_unusable.has_value() != row.is_ledger_usable);
        if (closing.ledger_unusable) CHECK(closing.ledger_unusable->find(row.otherwise) != std::string::npos);
        CHECK(says(refusal<ResetOptions>(Words{"--yes"} + row.words), {row.otherwise}));
    }
    // Without the config file it might be another event, or another Redis.
    CHECK(says(refusal<ResetOptions>({"--yes", "--close", "--config", "/nowhere/config", "--event", "coupon"}), {"/nowhere/config"}));
    CHECK(says(refusal<ResetOptions>({"--yes", "--close", "--config", "/nowhere/config", "--redis", "redis://a"}), {"/nowhere/config"}));
    CHECK(says(refusal<ResetOptions>({"--yes", "--close", "--redis", "nowhere"}), {"--redis"}));
}

TEST_CASE("coupon-reset: a key of --once has no blanks and is not too long") {
    const NoHome no_home;
    ResetOptions options;
    REQUIRE(read(options, {"--yes", "--once", "2026-12-01"}).empty());
    CHECK(options.settings.once_key == "2026-12-01");
    for (const auto& key : {std::string("two words"), std::string("tab\t"), std::string(65, 'k'), std::string("\xc3\xa9")})
        CHECK(says(refusal<ResetOptions>({"--yes", "--once", key}), {"--once"}));
    CHECK(says(refusal<ResetOptions>({"--yes", "--reopen", "--once", "k"}), {"--once", "--reopen"}));
    CHECK(says(refusal<ResetOptions>({"--yes", "--close", "--closes-at", "+1h"}), {"--close", "--closes-at"}));
}

TEST_CASE("coupon-audit: histories, a round and a number to expect") {
    const NoHome no_home;
    AuditOptions options;
    REQUIRE(read(options, {"--history", "a", "--history", "b", "--round", "3", "--expect", "0", "--wait", "0"}).empty());
    CHECK(options.histories == Words{"a", "b"});
    CHECK_FALSE(options.settings.histories_are_partial);
    AuditOptions partial;
    REQUIRE(read(partial, {"--history", "a", "--histories-are-partial"}).empty());
    CHECK(partial.settings.histories_are_partial);
    CHECK(says(refusal<AuditOptions>({"--histories-are-partial"}), {"--histories-are-partial", "--history"}));
    CHECK_FALSE(options.settings.requires_all);
    AuditOptions all;
    REQUIRE(read(all, {"--require-all"}).empty());
    CHECK(all.settings.requires_all);
    CHECK(says(refusal<AuditOptions>({"--user", "7", "--require-all"}), {"--user", "--require-all"}));
    CHECK(options.settings.round == Round(3));
    CHECK(options.settings.expect == 0);
    CHECK(options.settings.wait == Milliseconds(0));
    CHECK(says(refusal<AuditOptions>({"--round", "0"}), {"--round", "\"0\""}));
    CHECK(says(refusal<AuditOptions>({"7"}), {"\"7\""}));
    AuditOptions story;
    REQUIRE(read(story, {"--user", "7", "--round", "3"}).empty());
    CHECK(story.user == UserId(7));
    CHECK(says(refusal<AuditOptions>({"--user", "07"}), {"--user", "\"07\""}));
    CHECK(says(refusal<AuditOptions>({"--user", "7", "--expect", "3"}), {"--user", "--expect"}));
    AuditOptions look;
    REQUIRE(read(look, {"--preflight"}).empty());
    CHECK(look.preflight);
    for (Words other : {Words{"--user", "7"},
                        {"--expect", "3"},
                        {"--wait", "3"},
                        {"--history", "a"},
                        {"--round", "3"},
                        {"--dry-run"},
                        {"--require-all"}}) {
        const auto name = other.front();
        other.emplace_back("--preflight");
        CHECK(says(refusal<AuditOptions>(other), {"--preflight", name}));
    }
}

TEST_CASE("coupon-reset: a risk is accepted by the name of its line, and a name that is none is refused with the one that was meant") {
    const NoHome no_home;
    ResetOptions options;
    REQUIRE(read(options, {"--yes", "--accept-risk", "gate-persistence", "--accept-risk", "gate-role"}).empty());
    CHECK(options.accepted.risks == Words{"gate-persistence", "gate-role"});
    CHECK(says(refusal<ResetOptions>({"--yes", "--accept-risk", "gate-persistance"}), {"--accept-risk", "did you mean gate-persistence?"}));
    CHECK(says(refusal<ResetOptions>({"--yes", "--accept-risk", "everything"}), {"--accept-risk", "coupon-audit --preflight"}));
    CHECK(says(refusal<ResetOptions>({"--yes", "--close", "--accept-risk", "gate-role"}), {"--close", "--accept-risk"}));
}

TEST_CASE("coupon-audit: the plan and accepted warnings are for the preflight") {
    const NoHome no_home;
    AuditOptions options;
    REQUIRE(read(options, {"--preflight", "--limit", "200", "--opens-at", "2026-05-09T10:00:00+09:00", "--accept-warning", "topic-replicas",
                           "--accept-warning", "gate-fsync"})
                .empty());
    CHECK(options.plan.limit == Limit(200));
    CHECK(options.plan.opens_at == Instant(Milliseconds(1'778'288'400'000)));
    CHECK(options.accepted.warnings == Words{"topic-replicas", "gate-fsync"});
    CHECK(says(refusal<AuditOptions>({"--preflight", "--accept-warning", "topic-replica"}), {"did you mean topic-replicas?"}));
    CHECK(says(refusal<AuditOptions>({"--preflight", "--opens-at", "+30s"}), {"--opens-at", "\"+30s\""}));
    for (const Words& alone : {Words{"--limit", "3"}, {"--opens-at", "2026-05-09T10:00:00Z"}, {"--accept-warning", "gate-fsync"}})
        CHECK(says(refusal<AuditOptions>(alone), {alone.front(), "--preflight"}));
}

TEST_CASE_TEMPLATE("the help of every program fits a terminal of 80 columns", Options, ApplyOptions, FloodOptions, ConsumeOptions,
                   ResetOptions, AuditOptions) {
    Options options;
    Log log("test", Log::Style::plain);
    CommandLine line(Options::text());
    options.declare(line, log);
    REQUIRE(line.parse({"--help"}) == CommandLine::Asked::help);
    std::istringstream help(line.help());
    for (std::string row; std::getline(help, row);) {
        CHECK_MESSAGE(row.size() <= 80, row);
        for (const char* gone : {"so many", "instead:", "nobody"})
            CHECK_MESSAGE(row.find(gone) == std::string::npos, row);
    }
}

TEST_CASE("every program has help with two examples of its own and its exit codes") {
    for (const auto& text :
         {ApplyOptions::text(), FloodOptions::text(), ConsumeOptions::text(), ResetOptions::text(), AuditOptions::text()}) {
        CAPTURE(text.name);
        std::size_t examples = 0;
        for (auto at = text.examples.find(text.name); at != std::string::npos; at = text.examples.find(text.name, at + 1))
            ++examples;
        CHECK(examples == 2);
        const auto help = CommandLine(text).help();
        for (const char* code : {"70 internal error", "74 cannot write to stdout or --history", "interrupted by SIGHUP, SIGINT, SIGTERM"})
            CHECK(help.find(code) != std::string::npos);
    }
}

TEST_SUITE_END();
