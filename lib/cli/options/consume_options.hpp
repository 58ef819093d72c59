#pragma once

#include "cli/exit_code.hpp"
#include "cli/log.hpp"
#include "cli/options/consent_options.hpp"
#include "cli/options/event_options.hpp"
#include "cli/options/kafka_options.hpp"
#include "cli/options/mysql_options.hpp"
#include "cli/options/output_options.hpp"
#include "cli/options/redis_options.hpp"
#include "cli/options/timeout_options.hpp"
#include "flow/recover/recover.hpp"
#include "flow/worker/consume.hpp"

#include <optional>
#include <string>

namespace coupon {

/// What coupon-consume can be told.
struct ConsumeOptions {
    /// A worker runs for days; everything else is watched while it runs.
    [[nodiscard]] bool is_worker() const { return !recover && !retry_failed && !dismiss && !consent.dry_run; }

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
