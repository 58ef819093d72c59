#pragma once

#include "cli/log.hpp"
#include "cli/options/consent_options.hpp"
#include "cli/options/event_options.hpp"
#include "cli/options/kafka_options.hpp"
#include "cli/options/mysql_options.hpp"
#include "cli/options/output_options.hpp"
#include "cli/options/redis_options.hpp"
#include "cli/options/timeout_options.hpp"
#include "flow/audit/audit.hpp"
#include "preflight/preflight.hpp"

#include <optional>
#include <string>
#include <vector>

namespace coupon {

/// What coupon-audit can be told.
struct AuditOptions {

    EventName event = default_event();
    RedisOptions redis;
    KafkaOptions kafka;
    TopicWish topic_wish; ///< what was named of topic and group
    MysqlOptions mysql;
    TimeoutOptions timeout;
    OutputOptions output;
    ConsentOptions consent;
    AuditSettings settings;
    std::vector<std::string> histories;
    std::optional<UserId> user; ///< tell this one's story instead
    bool preflight = false;     ///< look at the servers before an event opens instead
    Plan plan;                  ///< what the preflight asserts of the newest round
    AcceptedLines accepted;     ///< of the preflight

    [[nodiscard]] static ProgramText text();
    void declare(CommandLine& line, Log& log);
};

} // namespace coupon
