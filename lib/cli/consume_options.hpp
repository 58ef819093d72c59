#pragma once

#include "cli/consent_options.hpp"
#include "cli/event_options.hpp"
#include "cli/exit_code.hpp"
#include "cli/kafka_options.hpp"
#include "cli/log.hpp"
#include "cli/mysql_options.hpp"
#include "cli/output_options.hpp"
#include "cli/redis_options.hpp"
#include "cli/timeout_options.hpp"
#include "flow/consume.hpp"
#include "flow/recover.hpp"

#include <optional>
#include <string>

namespace coupon {

/// What coupon-consume can be told.
struct ConsumeOptions {
    static constexpr auto style = Log::Style::stamped;

    EventName event = default_event();
    RedisOptions redis;
    KafkaOptions kafka;
    TopicWish topic_wish; ///< what was named of topic and group
    MysqlOptions mysql;
    TimeoutOptions timeout;
    OutputOptions output;
    ConsentOptions consent;
    ConsumeSettings settings;
    RecoverSettings recovery;
    bool retry_failed = false;
    std::optional<FailedSelection> dismiss;
    std::string why; ///< with dismiss
    bool recover = false;

    /// Nothing is in flight before the first batch, so a signal during the start may end a worker at once, as well as it ever ends.
    [[nodiscard]] std::optional<ExitCode> early_end() const {
        return settings.until_drained || recover || retry_failed || dismiss ? std::nullopt : std::optional(ExitCode::yes);
    }

    [[nodiscard]] static ProgramText text();
    void declare(CommandLine& line, Log& log);
};

} // namespace coupon
