#pragma once

#include "core/failed_selection.hpp"
#include "core/gate_rule.hpp"
#include "core/instant.hpp"
#include "core/least_rights.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// What the three servers tell of themselves, as data; preflight/preflight.hpp judges it. A setting is text under the server's own name, as
/// the server spells it. One that was not told is absent, never a default.
namespace coupon {

using SettingValues = std::map<std::string, std::string>;

/// The Redis server of the gate. `values`: INFO, and what CONFIG GET says of the names in asked_of_redis.
struct GateSettings {
    std::string address; ///< as an operator writes it
    int database = 0;
    Instant now; ///< the server's clock
    SettingValues values;
    std::string untold;                  ///< why CONFIG GET was not answered; empty where it was
    std::vector<GateRight> lacks_rights; ///< rights of any account of the suite that this account lacks
};

inline constexpr const char* asked_of_redis[] = {"appendonly",
                                                 "appendfsync",
                                                 "no-appendfsync-on-rewrite",
                                                 "maxmemory",
                                                 "maxmemory-policy",
                                                 "save",
                                                 "min-replicas-to-write",
                                                 "maxclients",
                                                 "stop-writes-on-bgsave-error"};

/// One partition as the broker describes it.
struct PartitionShape {
    std::int32_t id = 0;
    std::optional<std::int32_t> leader;
    std::size_t replicas = 0;
    std::size_t in_sync = 0;
};

/// The Kafka cluster and the topic. A setting that is null there is absent.
struct TopicSettings {
    std::string address;
    std::vector<PartitionShape> partitions;        ///< empty: the topic does not exist
    SettingValues topic;                           ///< in force for the topic, its own or the broker's; empty where it does not exist
    std::map<std::int32_t, SettingValues> brokers; ///< by broker id
    std::string untold;                            ///< why settings were not told; empty where they were
    std::map<std::int32_t, std::string> unreached; ///< by id: the address at which a broker advertises itself and does not answer, and why

    [[nodiscard]] bool exists() const { return !partitions.empty(); }
    /// Every partition has a leader, and each leader answers: only then its ends can be asked for.
    [[nodiscard]] bool are_leaders_reached() const {
        return std::all_of(partitions.begin(), partitions.end(),
                           [&](const PartitionShape& one) { return one.leader && !unreached.contains(*one.leader); });
    }
};

/// A part of a table that is not as schema.sql makes it.
enum class SchemaPart { engine, column, unique_key, foreign_key, check };

struct SchemaDefect {
    SchemaPart part = SchemaPart::column;
    std::string sentence;
};

/// What the tables hold that a new event would meet; nothing where there are no tables yet.
struct LedgerLeftovers {                                   // NOLINT(clang-analyzer-core.uninitialized.Assign): as with Fault
    FailedCounts failed_events;                            ///< of the topic
    std::map<std::int64_t, std::int64_t> abandoned_claims; ///< of the event, by round
    std::map<std::int32_t, std::int64_t> purged_to;        ///< highest offset a reset meant to purge up to, by partition
    std::optional<std::string> event_of_topic;
};

/// A connection that is silent within a transaction.
struct IdleTransaction {
    std::int64_t connection = 0; ///< as KILL takes it
    std::string account;         ///< user@host:port
    std::int64_t idle_s = 0;
    std::int64_t rows_locked = 0;
};

/// The MySQL or MariaDB server and the tables of the ledger.
struct LedgerSettings {
    std::string address;
    Instant now;           ///< the server's clock
    SettingValues global;  ///< the server's variables, ON and OFF as 1 and 0 or as words
    SettingValues session; ///< those of our own connection
    SettingValues status;
    std::vector<std::string> missing_tables;
    std::vector<SchemaDefect> schema_defects; ///< of the tables that are there
    std::vector<std::string> foreign_rules;   ///< what may refuse a row and is not schema.sql's: triggers, keys, checks; a sentence each
    std::vector<LedgerRight> lacks_rights;    ///< rights of any account of the suite that this account lacks
    std::optional<std::vector<IdleTransaction>> idle_transactions; ///< silent for 10 s or longer; absent where the right PROCESS is missing
    std::optional<LedgerLeftovers> leftovers;                      ///< absent where the tables are too wrong to be asked
};

} // namespace coupon
