#pragma once

#include "cli/consent_options.hpp"
#include "cli/event_options.hpp"
#include "cli/exit_code.hpp"
#include "cli/kafka_options.hpp"
#include "cli/log.hpp"
#include "cli/output_options.hpp"
#include "cli/redis_options.hpp"
#include "cli/timeout_options.hpp"
#include "flow/flood_settings.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace coupon {

/// What coupon-flood can be told.
struct FloodOptions {
    static constexpr auto style = Log::Style::plain;

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
