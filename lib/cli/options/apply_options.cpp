#include "cli/options/apply_options.hpp"

#include "cli/usage_error.hpp"

namespace coupon {

ProgramText ApplyOptions::text() {
    return {"coupon-apply", "[options] USER...  or  coupon-apply [options] --stdin",
            "Applies for a coupon for each user: claims a slot at the gate, publishes the\n"
            "claim, and confirms it. Prints one line per user: the answer, the slot, and\n"
            "claimed or published. Applying again is harmless: a user never gets two slots.",
            "  coupon-apply 7\n"
            "  seq 1 1000 | coupon-apply --stdin --in-flight 64\n",
            "  0   granted, or each of several users got a definite answer\n"
            "  1   some lines of --stdin are invalid\n"
            "  2   usage\n"
            "  3   a server is unreachable, or the gate is missing or not armed; nothing was\n"
            "      claimed\n"
            "  4   login refused\n"
            "  5   no answer came: repeat the command; or --stdin held no user id\n"
            "  10  sold out, 11 duplicate, 12 closed: with one user only\n"
            "  13  pending: the slot is claimed, a worker publishes it later\n"};
}

void ApplyOptions::declare(CommandLine& line, Log& log) {
    line.group("Users");
    line.arguments({"USER", "", "user ids, whole numbers from 0"}, user_id(), users);
    line.flag({"--stdin", "", "read one user id per line; invalid lines are reported and skipped"}, from_stdin);
    line.value({"--in-flight", "N", "maximum in flight with --stdin (default 256)"}, whole_number(1, 100'000), in_flight);
    line.value({"--history", "PATH", "write requests and answers to this new file, or to a new file in this folder, for coupon-audit"},
               path(), history);
    line.require("--in-flight", "--stdin");
    line.exclude("--stdin", "USER");
    line.afterwards([this] {
        if (users.empty() && !from_stdin) throw UsageError("no user given: pass user ids, or --stdin");
    });
    add_event_options(line, event);
    const auto warn = [&log](const std::string& sentence) { log.warn(sentence); };
    add_redis_options(line, redis, timeout, warn);
    add_kafka_options(line, kafka, topic_wish, event, timeout, warn);
    add_output_options(line, output);
    line.group("Limits");
    add_timeout_options(line, timeout, "time limit for connecting, and for the answer to each application");
    add_consent_options(line, consent, "show what the gate would answer now, and exit with that code; write nothing");
}

} // namespace coupon
