#include "cli/options/flood_options.hpp"

#include "cli/usage_error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace coupon {

ProgramText FloodOptions::text() {
    return {"coupon-flood", "[options]",
            "Sends many applications at once, as coupon-apply sends one. Prints the answers\n"
            "by kind, the rate, the latencies, and the time of the first and the last grant.\n"
            "By default each request comes from a different user; --seed sets their order.\n"
            "SIGUSR1 prints a status line.",
            "  coupon-flood --requests 1000 --concurrency 32\n"
            "  coupon-flood --requests 1000 --repeats 10% --seed 7 --json\n",
            "  0   each request got a definite answer, and every threshold was met\n"
            "  1   a threshold was missed\n"
            "  2   usage\n"
            "  3   a server is unreachable, the gate is missing, or some answers were errors\n"
            "  4   login refused\n"
            "  5   some answers are unknown, or nothing was sent\n"
            "  13  some claims are pending\n"
            "  Where several apply: the first of 4, 3, 5, 13, 1. Errors up to --max-errors do\n"
            "  not count.\n"};
}

int FloodOptions::connections() const {
    const auto enough = std::min<std::int64_t>(static_cast<std::int64_t>(settings.most_in_flight()), 64);
    return static_cast<int>(given_connections.value_or(enough));
}

int FloodOptions::threads(unsigned cores) const {
    // Two cores are Redis' and the broker's as much as the flood's: a second thread takes their time there.
    constexpr std::int64_t most = 4;
    const auto suitable = std::clamp<std::int64_t>(std::int64_t{cores} - 1, 1, most);
    const auto in_flight = static_cast<std::int64_t>(settings.most_in_flight());
    const auto enough = std::min({in_flight, std::int64_t{connections()}, settings.shape.requests});
    return static_cast<int>(given_threads.value_or(std::min(suitable, enough)));
}

void FloodOptions::declare_shape(CommandLine& line) {
    line.group("Flood");
    auto& shape = settings.shape;
    line.value({"--requests", "N", "number of applications to send (default 1000)"}, whole_number(1), shape.requests);
    line.value({"--concurrency", "N", "maximum in flight (default 32, or 100000 with --rate)"}, whole_number(1, 1'000'000),
               settings.concurrency);
    line.value({"--connections", "N", "number of connections to Redis (default: the concurrency, at most 64)"}, whole_number(1, 10'000),
               given_connections);
    line.value({"--threads", "N",
                "number of threads; each has its share of concurrency and connections, and a producer (default: one less "
                "than the cores, from 1 to 4)"},
               whole_number(1, 64), given_threads);
    line.value({"--users", "N", "number of distinct users; each sends the same number of requests (default: one request per user)"},
               whole_number(1), shape.users);
    line.value({"--repeats", "SHARE", "share of requests from users who already applied, for example 10% (default 0%)"}, share(),
               shape.repeats);
    line.value({"--first-user", "USER", "lowest user id (default 1)"}, user_id(), shape.first_user);
    line.value({"--seed", "N", "order of the users; the same seed gives the same order (default 1)"}, whole_number(0), shape.seed);
    line.value(
        {"--rate", "RATE", "send at a steady rate, whether or not answers come, for example 500/s (default: as fast as answers come)"},
        rate(), settings.rate);
    line.value({"--duration", "TIME", "stop sending after this time (default: no limit)"}, duration(Milliseconds(1)), settings.duration);
    line.value({"--history", "PATH", "write requests and answers to this new file, or to a new file in this folder, for coupon-audit"},
               path(), history);
    line.exclude("--users", "--repeats");
    line.afterwards([this] {
        if (const auto why = impossible_because(settings.shape); !why.empty()) throw UsageError(why);
        if (!given_threads) return;
        const auto refuse_more_than = [this](const char* option, std::int64_t value) {
            if (*given_threads > value)
                throw UsageError(fmt::format("--threads {} is more than {} {}: each thread needs one", *given_threads, option, value));
        };
        refuse_more_than("--concurrency", static_cast<std::int64_t>(settings.most_in_flight()));
        refuse_more_than("--connections", connections());
    });
}

void FloodOptions::declare(CommandLine& line, Log& log) {
    declare_shape(line);
    line.group("Thresholds");
    line.value({"--expect-granted", "N", "fail unless exactly N applications are granted"}, whole_number(0), thresholds.expect_granted);
    line.value({"--max-errors", "N", "fail if more than N answers are error or unknown (default 0)"}, whole_number(0),
               thresholds.max_errors);
    add_event_options(line, event);
    const auto warn = [&log](const std::string& sentence) { log.warn(sentence); };
    add_redis_options(line, redis, timeout, warn);
    add_kafka_options(line, kafka, topic_wish, event, timeout, warn);
    add_output_options(line, output);
    line.group("Limits");
    add_timeout_options(line, timeout, "time limit for connecting, and for the answer to each application");
    add_consent_options(line, consent, "show whether the gate would grant a coupon now (exit 0 yes, 1 no), and why; write nothing");
}

} // namespace coupon
