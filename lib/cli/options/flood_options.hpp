#pragma once

#include "cli/exit_code.hpp"
#include "cli/log.hpp"
#include "cli/options/consent_options.hpp"
#include "cli/options/event_options.hpp"
#include "cli/options/kafka_options.hpp"
#include "cli/options/output_options.hpp"
#include "cli/options/redis_options.hpp"
#include "cli/options/timeout_options.hpp"
#include "flow/apply/flood_settings.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace coupon {

/// What coupon-flood can be told.
struct FloodOptions {

    EventName event = default_event();
    RedisOptions redis;
    KafkaOptions kafka;
    TopicWish topic_wish; ///< what was named of topic and group
    TimeoutOptions timeout;
    OutputOptions output;
    ConsentOptions consent;
    FloodSettings settings;
    Thresholds thresholds;
    std::optional<std::int64_t> given_connections;
    std::optional<std::int64_t> given_threads;
    std::string history; ///< empty: none

    /// How many connections the applications share.
    [[nodiscard]] int connections() const;
    /// Without a number given: as many as suit a machine with `cores`, and have something to do.
    [[nodiscard]] int threads(unsigned cores) const;

    [[nodiscard]] static ProgramText text();
    void declare(CommandLine& line, Log& log);

private:
    void declare_shape(CommandLine& line);
};

} // namespace coupon
