#pragma once

#include "cli/log.hpp"
#include "cli/options/consent_options.hpp"
#include "cli/options/event_options.hpp"
#include "cli/options/kafka_options.hpp"
#include "cli/options/mysql_options.hpp"
#include "cli/options/output_options.hpp"
#include "cli/options/point_in_time.hpp"
#include "cli/options/redis_options.hpp"
#include "cli/options/timeout_options.hpp"
#include "flow/reset/reset.hpp"

#include <optional>
#include <string>
#include <vector>

namespace coupon {

/// What coupon-reset can be told.
struct ResetOptions {

    EventName event = default_event();
    RedisOptions redis;
    KafkaOptions kafka;
    TopicWish topic_wish; ///< what was named of topic and group
    MysqlOptions mysql;
    TimeoutOptions timeout;
    OutputOptions output;
    ConsentOptions consent;
    ResetSettings settings; ///< its window is filled in when the gate's clock is known
    std::optional<PointInTime> opens_at;
    std::optional<PointInTime> closes_at;
    bool close = false;
    bool reopen = false;
    bool rebuild_gate = false;
    bool no_round = false;                      ///< --purge-ledger alone
    std::optional<std::string> ledger_unusable; ///< --close: what is wrong with the options of the ledger
    AcceptedLines accepted;                     ///< of the preflight

    /// The window by the gate's clock. Throws UsageError when it would end before it begins or before now, or began more than a minute ago.
    [[nodiscard]] Window window(const ClockReading& reading, Tick program_start) const;

    /// The clock that the operator named times by, otherwise this machine's.
    [[nodiscard]] UtcOffset utc_offset(Instant now) const;

    [[nodiscard]] static ProgramText text();
    void declare(CommandLine& line, Log& log);

private:
    /// Takes --gate-address.
    Accept listed_addresses();

    bool is_purging = false;
    std::int64_t keep = 1;
};

} // namespace coupon
