#include "cli/options/flood_options.hpp"

#include "cli/usage_error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace coupon {

ProgramText FloodOptions::text() {
    return {"coupon-flood", "[options]",
            "Sends many applications at once, on the way coupon-apply goes, and prints the answers by kind, how many per second, how long "
            "they\n"
            "took, and when the first and the last coupon went. By default each request is a different user, in the order of the seed.\n"
            "SIGUSR1 asks it for a status line.",
            "  coupon-flood --requests 1000 --concurrency 32\n"
            "  coupon-flood --requests 1000 --repeats 10% --seed 7 --json\n",
            "  0 each got a definite answer and no threshold was missed; 1 a threshold was missed; 2 usage; 3 a server is away, the gate "
            "is missing,\n"
            "  or some were told error; 4 login refused; 5 some were told unknown, or nothing was sent; 13 some are pending.\n"
            "  Of several the first of 4, 3, 5, 13, 1. As many errors as --max-errors allows count as none.\n"};
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
    line.value({"--requests", "N", "so many applications (default 1000)"}, whole_number(1), shape.requests);
    line.value({"--concurrency", "N", "so many at once (default 32; with a rate 100000)"}, whole_number(1, 1'000'000),
               settings.concurrency);
    line.value({"--connections", "N", "over so many connections to Redis (default: the concurrency, at most 64)"}, whole_number(1, 10'000),
               given_connections);
    line.value({"--threads", "N",
                "number of threads; each has its share of concurrency and connections, and a producer (default: one less "
                "than the cores, from 1 to 4)"},
               whole_number(1, 64), given_threads);
    line.value({"--users", "N", "only so many users, each applying equally often"}, whole_number(1), shape.users);
    line.value({"--repeats", "SHARE", "so many of the requests come from a user who has applied before, for example 10%"}, share(),
               shape.repeats);
    line.value({"--first-user", "USER", "the lowest user id (default 1)"}, user_id(), shape.first_user);
    line.value({"--seed", "N", "decides the order of the users; the same seed gives the same order (default 1)"}, whole_number(0),
               shape.seed);
    line.value(
        {"--rate", "RATE", "start at a steady pace, whether or not answers come, for example 500/s (default: as fast as answers come)"},
        rate(), settings.rate);
    line.value({"--duration", "TIME", "start nothing more after this time"}, duration(Milliseconds(1)), settings.duration);
    line.value(
        {"--history", "PATH", "write what was asked and answered to this new file, or to a new file in this folder, for coupon-audit"},
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
    line.value({"--expect-granted", "N", "exactly so many must be granted"}, whole_number(0), thresholds.expect_granted);
    line.value({"--max-errors", "N", "so many may be told error or unknown (default 0)"}, whole_number(0), thresholds.max_errors);
    add_event_options(line, event);
    const auto warn = [&log](const std::string& sentence) { log.warn(sentence); };
    add_redis_options(line, redis, timeout, warn);
    add_kafka_options(line, kafka, topic_wish, event, timeout, warn);
    add_output_options(line, output);
    line.group("Limits");
    add_timeout_options(line, timeout, "how long a server may take to connect, and each application to get its answer");
    add_consent_options(line, consent, "say whether the gate would grant a coupon now (0 yes, 1 no), and why; write nothing");
}

} // namespace coupon
