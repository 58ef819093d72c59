#include "cli/options/apply_options.hpp"

#include "cli/usage_error.hpp"

namespace coupon {

ProgramText ApplyOptions::text() {
    return {"coupon-apply", "[options] USER...  or  coupon-apply [options] --stdin",
            "Applies for a coupon for each user: claims a slot at the gate, publishes the claim, and confirms it. Prints one line per "
            "user: the\n"
            "answer, the slot, and how far it has come. Applying again is harmless: one user has one slot.",
            "  coupon-apply 7\n"
            "  seq 1 1000 | coupon-apply --stdin --in-flight 64\n",
            "  0 granted, or each of many users got a definite answer; 10 sold out; 11 duplicate; 12 closed; 13 pending: the "
            "slot is\n"
            "  claimed, a worker publishes it later. 10 to 12 with one user only. 1 some lines of --stdin are invalid; 2 usage; 3 a server "
            "is away, or the\n"
            "  gate is missing or not armed, and nothing was claimed; 4 login refused; 5 no answer came, ask again, or no user ids came\n"};
}

void ApplyOptions::declare(CommandLine& line, Log& log) {
    line.group("Users");
    line.arguments({"USER", "", "whole numbers, 0 and up"}, user_id(), users);
    line.flag(
        {"--stdin", "",
         "read one user id a line from stdin instead; blank lines are skipped, a line that is no id is reported and the others go on"},
        from_stdin);
    line.value({"--in-flight", "N", "with --stdin: so many applications at once (default 256)"}, whole_number(1, 100'000), in_flight);
    line.value(
        {"--history", "PATH", "write what was asked and answered to this new file, or to a new file in this folder, for coupon-audit"},
        path(), history);
    line.require("--in-flight", "--stdin");
    line.exclude("--stdin", "USER");
    line.afterwards([this] {
        if (users.empty() && !from_stdin) throw UsageError("USER is missing; give at least one user id, or --stdin");
    });
    add_event_options(line, event);
    const auto warn = [&log](const std::string& sentence) { log.warn(sentence); };
    add_redis_options(line, redis, timeout, warn);
    add_kafka_options(line, kafka, topic_wish, event, timeout, warn);
    add_output_options(line, output);
    line.group("Limits");
    add_timeout_options(line, timeout, "how long a server may take to connect, and each application to get its answer");
    add_consent_options(line, consent, "say what the gate would answer now, with the exit code of it and the coupons left; write nothing");
}

} // namespace coupon
