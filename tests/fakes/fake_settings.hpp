#pragma once

#include "core/server_settings.hpp"

/// What servers tell that are as they should be: every line of a preflight over them is ok.
namespace coupon {

inline GateSettings good_gate_settings() {
    GateSettings settings;
    settings.address = "redis://fake:6379/0";
    settings.now = Instant(Milliseconds{1'700'000'000'000});
    settings.values = {{"redis_version", "7.2.14"},
                       {"appendonly", "yes"},
                       {"aof_enabled", "1"},
                       {"aof_last_write_status", "ok"},
                       {"aof_last_bgrewrite_status", "ok"},
                       {"rdb_last_bgsave_status", "ok"},
                       {"appendfsync", "always"},
                       {"no-appendfsync-on-rewrite", "no"},
                       {"maxmemory", "0"},
                       {"maxmemory-policy", "noeviction"},
                       {"maxmemory_policy", "noeviction"},
                       {"used_memory", "1000000"},
                       {"role", "master"},
                       {"connected_slaves", "0"},
                       {"min-replicas-to-write", "0"},
                       {"cluster_enabled", "0"},
                       {"connected_clients", "5"},
                       {"maxclients", "10000"},
                       {"save", ""},
                       {"stop-writes-on-bgsave-error", "yes"}};
    return settings;
}

inline TopicSettings good_topic_settings(std::size_t partitions = 4) {
    TopicSettings settings;
    settings.address = "fake:9092";
    for (std::size_t i = 0; i < partitions; ++i)
        settings.partitions.push_back({static_cast<std::int32_t>(i), static_cast<std::int32_t>(i % 3), 3, 3});
    settings.topic = {{"cleanup.policy", "delete"},
                      {"retention.ms", "604800000"},
                      {"retention.bytes", "-1"},
                      {"min.insync.replicas", "2"},
                      {"unclean.leader.election.enable", "false"},
                      {"message.timestamp.type", "CreateTime"},
                      {"message.timestamp.before.max.ms", "9223372036854775807"},
                      {"message.timestamp.after.max.ms", "3600000"},
                      {"max.message.bytes", "65536"},
                      {"compression.type", "uncompressed"}};
    const SettingValues broker{{"auto.create.topics.enable", "false"},
                               {"default.replication.factor", "3"},
                               {"log.retention.hours", "168"},
                               {"log.retention.bytes", "-1"},
                               {"min.insync.replicas", "2"},
                               {"unclean.leader.election.enable", "false"},
                               {"log.message.timestamp.type", "CreateTime"},
                               {"log.message.timestamp.before.max.ms", "9223372036854775807"},
                               {"log.message.timestamp.after.max.ms", "3600000"},
                               {"message.max.bytes", "1048588"}};
    settings.brokers = {{0, broker}, {1, broker}, {2, broker}};
    return settings;
}

inline LedgerSettings good_ledger_settings() {
    LedgerSettings settings;
    settings.address = "mysql://coupon@fake:3306/coupon";
    settings.now = Instant(Milliseconds{1'700'000'000'000});
    settings.global = {{"version", "10.11.11-MariaDB"},
                       {"innodb_flush_log_at_trx_commit", "1"},
                       {"innodb_doublewrite", "ON"},
                       {"log_bin", "OFF"},
                       {"binlog_format", "MIXED"},
                       {"sync_binlog", "0"},
                       {"read_only", "OFF"},
                       {"innodb_read_only", "OFF"},
                       {"sql_mode", "STRICT_TRANS_TABLES"},
                       {"max_connections", "151"},
                       {"max_allowed_packet", "16777216"}};
    settings.session = {{"sql_mode", "STRICT_TRANS_TABLES"}, {"tx_isolation", "READ-COMMITTED"}, {"max_user_connections", "0"}};
    settings.idle_transactions.emplace();
    settings.status = {{"Threads_connected", "3"}};
    settings.leftovers.emplace();
    return settings;
}

} // namespace coupon
