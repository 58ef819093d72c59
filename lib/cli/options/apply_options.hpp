#pragma once

#include "cli/log.hpp"
#include "cli/options/consent_options.hpp"
#include "cli/options/event_options.hpp"
#include "cli/options/kafka_options.hpp"
#include "cli/options/output_options.hpp"
#include "cli/options/redis_options.hpp"
#include "cli/options/timeout_options.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace coupon {

/// What coupon-apply can be told.
struct ApplyOptions {

    EventName event = default_event();
    RedisOptions redis;
    KafkaOptions kafka;
    TopicWish topic_wish; ///< what was named of topic and group
    TimeoutOptions timeout;
    OutputOptions output;
    ConsentOptions consent;
    std::vector<UserId> users;
    bool from_stdin = false;
    std::int64_t in_flight = 256; ///< with --stdin; users named one by one apply one after the other
    std::string history;          ///< empty: none

    /// Whether the exit code tells this one user's answer.
    [[nodiscard]] bool is_for_one() const { return !from_stdin && users.size() == 1; }

    [[nodiscard]] static ProgramText text();
    void declare(CommandLine& line, Log& log);
};

} // namespace coupon
