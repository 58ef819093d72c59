#include "preflight/preflight_input.hpp"

#include <doctest/doctest.h>

namespace coupon {

TEST_SUITE("preflight/preflight_gate") {

    const std::vector<PlantedSetting> planted_settings{
        {"gate-version", PreflightStatus::cannot_tell, [](PreflightInput& input) { input.gate->values["redis_version"] = "unstable"; },
         "redis_version"},
        {"gate-version", PreflightStatus::warning, [](PreflightInput& input) { input.gate->values["redis_version"] = "7.0.15"; }, "7.0.15"},
        {"gate-version", PreflightStatus::warning, [](PreflightInput& input) { input.gate->values["redis_version"] = "7.2.10"; },
         "CVE-2025-49844"},
        {"gate-version", PreflightStatus::warning, [](PreflightInput& input) { input.gate->values["redis_version"] = "8.2.1"; },
         "CVE-2025-49844"},
        {"gate-version", PreflightStatus::ok, [](PreflightInput& input) { input.gate->values["redis_version"] = "7.4.6"; }, "7.4.6"},
        {"gate-version", PreflightStatus::ok, [](PreflightInput& input) { input.gate->values["redis_version"] = "8.4.0"; }, "8.4.0"},
        {"gate-version", PreflightStatus::warning, [](PreflightInput& input) { input.gate->values["server_name"] = "valkey"; }, "valkey"},
        {"gate-version", PreflightStatus::cannot_tell, [](PreflightInput& input) { input.gate->values.erase("redis_version"); },
         "redis_version"},
        {"gate-persistence", PreflightStatus::dangerous, [](PreflightInput& input) { input.gate->values["appendonly"] = "no"; },
         "appendonly no"},
        {"gate-persistence", PreflightStatus::dangerous,
         [](PreflightInput& input) {
             input.gate->values.erase("appendonly");
             input.gate->values["aof_enabled"] = "0";
         },
         "appendonly no"},
        {"gate-persistence", PreflightStatus::ok, [](PreflightInput& input) { input.gate->values.erase("appendonly"); }, "yes"},
        {"gate-persistence", PreflightStatus::cannot_tell,
         [](PreflightInput& input) {
             input.gate->values.erase("appendonly");
             input.gate->values.erase("aof_enabled");
         },
         "appendonly"},
        {"gate-writes", PreflightStatus::dangerous, [](PreflightInput& input) { input.gate->values["aof_last_write_status"] = "err"; },
         "write"},
        {"gate-writes", PreflightStatus::warning, [](PreflightInput& input) { input.gate->values["aof_last_bgrewrite_status"] = "err"; },
         "rewrite"},
        {"gate-writes", PreflightStatus::warning, [](PreflightInput& input) { input.gate->values["rdb_last_bgsave_status"] = "err"; },
         "snapshot"},
        {"gate-writes", PreflightStatus::dangerous,
         [](PreflightInput& input) {
             input.gate->values["rdb_last_bgsave_status"] = "err";
             input.gate->values["save"] = "3600 1";
         },
         "refuses all writes"},
        {"gate-writes", PreflightStatus::warning,
         [](PreflightInput& input) {
             input.gate->values["rdb_last_bgsave_status"] = "err";
             input.gate->values["save"] = "3600 1";
             input.gate->values["stop-writes-on-bgsave-error"] = "no";
         },
         "snapshot"},
        {"gate-writes", PreflightStatus::cannot_tell, [](PreflightInput& input) { input.gate->values.erase("aof_last_write_status"); },
         "whether its last write went well"},
        {"gate-fsync", PreflightStatus::warning, [](PreflightInput& input) { input.gate->values["appendfsync"] = "everysec"; }, "everysec"},
        {"gate-fsync", PreflightStatus::dangerous, [](PreflightInput& input) { input.gate->values["appendfsync"] = "no"; },
         "appendfsync no"},
        {"gate-fsync", PreflightStatus::cannot_tell,
         [](PreflightInput& input) {
             input.gate->values.erase("appendfsync");
             input.gate->untold = "NOPERM";
         },
         "NOPERM"},
        {"gate-fsync-on-rewrite", PreflightStatus::warning,
         [](PreflightInput& input) { input.gate->values["no-appendfsync-on-rewrite"] = "yes"; }, "yes"},
        {"gate-fsync-on-rewrite", PreflightStatus::cannot_tell,
         [](PreflightInput& input) { input.gate->values.erase("no-appendfsync-on-rewrite"); }, "no-appendfsync-on-rewrite"},
        {"gate-eviction", PreflightStatus::dangerous,
         [](PreflightInput& input) {
             input.gate->values["maxmemory-policy"] = "allkeys-lru";
             input.gate->values["maxmemory"] = "1073741824";
         },
         "allkeys-lru"},
        {"gate-eviction", PreflightStatus::warning, [](PreflightInput& input) { input.gate->values["maxmemory-policy"] = "allkeys-lru"; },
         "allkeys-lru"},
        {"gate-eviction", PreflightStatus::warning,
         [](PreflightInput& input) {
             input.gate->values["maxmemory-policy"] = "volatile-ttl";
             input.gate->values["maxmemory"] = "1073741824";
         },
         "volatile-ttl"},
        {"gate-eviction", PreflightStatus::dangerous,
         [](PreflightInput& input) {
             input.gate->values["maxmemory-policy"] = "somekeys";
             input.gate->values["maxmemory"] = "1073741824";
         },
         "somekeys"},
        {"gate-eviction", PreflightStatus::ok, [](PreflightInput& input) { input.gate->values.erase("maxmemory-policy"); }, "noeviction"},
        {"gate-eviction", PreflightStatus::cannot_tell,
         [](PreflightInput& input) {
             input.gate->values.erase("maxmemory-policy");
             input.gate->values.erase("maxmemory_policy");
         },
         "maxmemory-policy"},
        {"gate-memory", PreflightStatus::dangerous, [](PreflightInput& input) { input.gate->values["maxmemory"] = "1048576"; },
         "left of 1.0 MiB"},
        {"gate-memory", PreflightStatus::ok, [](PreflightInput& input) { input.gate->values["maxmemory"] = "1073741824"; },
         "left of 1.0 GiB"},
        {"gate-memory", PreflightStatus::dangerous,
         [](PreflightInput& input) {
             input.gate->values["maxmemory"] = "1073741824";
             input.limit = Limit(10'000'000);
         },
         "10000000 claims"},
        {"gate-memory", PreflightStatus::cannot_tell, [](PreflightInput& input) { input.gate->values.erase("used_memory"); }, "maxmemory"},
        {"gate-role", PreflightStatus::dangerous, [](PreflightInput& input) { input.gate->values["role"] = "slave"; }, "slave"},
        {"gate-role", PreflightStatus::cannot_tell, [](PreflightInput& input) { input.gate->values.erase("role"); }, "role"},
        {"gate-replicas", PreflightStatus::warning,
         [](PreflightInput& input) {
             input.gate->values["connected_slaves"] = "1";
             input.gate->values["slave0"] = "ip=1,port=2,state=online,offset=10,lag=0";
         },
         "failover"},
        {"gate-replicas", PreflightStatus::ok,
         [](PreflightInput& input) {
             input.gate->values["connected_slaves"] = "1";
             input.gate->values["slave0"] = "ip=1,port=2,state=online,offset=10,lag=0";
             input.gate->values["min-replicas-to-write"] = "1";
         },
         "min-replicas-to-write 1"},
        {"gate-replicas", PreflightStatus::warning,
         [](PreflightInput& input) {
             input.gate->values["connected_slaves"] = "1";
             input.gate->values["slave0"] = "ip=1,port=2,state=wait_bgsave,offset=0,lag=0";
             input.gate->values["min-replicas-to-write"] = "1";
         },
         "lags behind"},
        {"gate-replicas", PreflightStatus::warning,
         [](PreflightInput& input) {
             input.gate->values["connected_slaves"] = "1";
             input.gate->values["slave0"] = "ip=1,port=2,state=online,offset=10,lag=0";
             input.gate->values["master_repl_offset"] = "9000000";
             input.gate->values["min-replicas-to-write"] = "1";
         },
         "lags behind"},
        {"gate-replicas", PreflightStatus::dangerous,
         [](PreflightInput& input) {
             input.gate->values["connected_slaves"] = "1";
             input.gate->values["slave0"] = "state=online,offset=10";
             input.gate->values["min-replicas-to-write"] = "2";
         },
         "every claim is refused"},
        {"gate-replicas", PreflightStatus::dangerous, [](PreflightInput& input) { input.gate->values["min-replicas-to-write"] = "1"; },
         "every claim is refused"},
        {"gate-replicas", PreflightStatus::cannot_tell, [](PreflightInput& input) { input.gate->values.erase("connected_slaves"); },
         "replicas"},
        {"gate-replicas", PreflightStatus::cannot_tell,
         [](PreflightInput& input) {
             input.gate->values["connected_slaves"] = "1";
             input.gate->values.erase("min-replicas-to-write");
         },
         "min-replicas-to-write"},
        {"gate-cluster", PreflightStatus::dangerous, [](PreflightInput& input) { input.gate->values["cluster_enabled"] = "1"; }, "cluster"},
        {"gate-cluster", PreflightStatus::cannot_tell, [](PreflightInput& input) { input.gate->values.erase("cluster_enabled"); },
         "cluster_enabled"},
        {"gate-database", PreflightStatus::warning,
         [](PreflightInput& input) {
             input.gate->values["db3"] = "keys=5";
             input.look.reset();
         },
         "db3"},
        {"gate-database", PreflightStatus::ok, [](PreflightInput& input) { input.look.reset(); }, "database 0"},
        {"gate-database", PreflightStatus::ok, [](PreflightInput& input) { input.gate->values["db3"] = "keys=5"; }, "database 0"},
        {"gate-connections", PreflightStatus::warning, [](PreflightInput& input) { input.gate->values["connected_clients"] = "9950"; },
         "9950 of 10000"},
        {"gate-connections", PreflightStatus::cannot_tell, [](PreflightInput& input) { input.gate->values.erase("maxclients"); },
         "maxclients"},
        {"gate-rights", PreflightStatus::warning,
         [](PreflightInput& input) {
             input.gate->lacks_rights = {{"hdel", GateKey::outbox}};
         },
         "hdel"},
        {"gate-rights", PreflightStatus::warning,
         [](PreflightInput& input) {
             input.gate->lacks_rights = {{"hsetnx", GateKey::gate}, {"unlink", GateKey::both}};
         },
         "hsetnx, unlink"},
        {"gate-rights", PreflightStatus::ok,
         [](PreflightInput& input) {
             input.gate->lacks_rights = {{"hset", GateKey::gate},
                                         {"hset", GateKey::outbox},
                                         {"hsetnx", GateKey::gate},
                                         {"hdel", GateKey::outbox},
                                         {"unlink", GateKey::both}};
         },
         "only reads"},
        {"gate-rights", PreflightStatus::ok,
         [](PreflightInput& input) {
             input.gate->lacks_rights = {{"multi", GateKey::none}};
             input.opening = Opening::new_round;
         },
         "what a reset runs"},
        {"gate-clock", PreflightStatus::warning,
         [](PreflightInput& input) {
             input.gate_clock = ClockSkew{Milliseconds(1'200), Milliseconds(5)};
         },
         "1200 ms ahead"},
        {"gate-clock", PreflightStatus::warning,
         [](PreflightInput& input) {
             input.gate_clock = ClockSkew{Milliseconds(-40'000), Milliseconds(5)};
         },
         "40000 ms behind"},
        {"gate-clock", PreflightStatus::dangerous,
         [](PreflightInput& input) {
             input.gate_clock = ClockSkew{Milliseconds(-40'000), Milliseconds(5)};
             input.window.opens_at = input.now;
         },
         "40000 ms behind"},
        {"gate-clock", PreflightStatus::ok,
         [](PreflightInput& input) {
             input.gate_clock = ClockSkew{Milliseconds(1'500), Milliseconds(600)};
         },
         "1500 ms"},
    };

    TEST_CASE("what a redis server tells is judged, and what it does not tell is no pass") {
        check_planted(planted_settings);
    }

} // TEST_SUITE

} // namespace coupon
