#include "preflight/preflight_checks.hpp"

#include "core/least_rights.hpp"
#include "core/wording.hpp"

#include <algorithm>
#include <array>

namespace coupon {

namespace {

/// A claim and its outbox entry took 224 bytes in a Redis 7.0 that held 1,000,000 of them; its tables grow by doubling.
constexpr std::int64_t bytes_of_a_claim = 400;
/// What must be left for clients and their buffers.
constexpr std::int64_t bytes_to_spare = 16LL << 20;
constexpr std::int64_t connections_to_spare = 100;
constexpr std::int64_t lag_to_warn_of_bytes = 1LL << 20;

const GateSettings& settings(const PreflightInput& input) {
    return *input.gate;
}

std::string command(const PreflightInput& input, const std::string& words) {
    return "redis-cli -u " + settings(input).address + " " + words;
}

std::string set(const PreflightInput& input, const std::string& name, const std::string& value) {
    return command(input, "CONFIG SET " + name + " " + value) + ", and the line \"" + name + " " + value + "\" in redis.conf";
}

Judgement not_told(const PreflightInput& input, const std::string& name) {
    return untold("redis", name, settings(input).untold,
                  "permit it: " + command(input, "ACL SETUSER <account> '+config|get'") +
                      ", or look yourself: " + command(input, "CONFIG GET " + name));
}

/// Every account that gets here may run INFO.
Judgement lacking_in_info(const PreflightInput& input, const std::string& what) {
    return untold("redis", what, {}, "see " + command(input, "INFO") + "; a server of Redis 7.0 or newer, named in --redis, tells it");
}

/// An older one than 7.0 is refused at the login.
Judgement judge_version(const PreflightInput& input) {
    const auto* text = value_of(settings(input).values, "redis_version");
    const auto version = text == nullptr ? std::vector<std::int64_t>{} : version_of(*text);
    if (version.empty()) return lacking_in_info(input, "redis_version");
    if (const auto* other = value_of(settings(input).values, "server_name"); other != nullptr && *other != "redis")
        return warning(*other + ", which speaks as redis " + *text, "rehearse the event on it; then --accept-warning gate-version");
    // CVE-2025-49844 and its family: whoever may run a script may run anything. https://redis.io/blog/security-advisory-cve-2025-49844/
    const std::vector<std::vector<std::int64_t>> repaired{{7, 2, 11}, {7, 4, 6}, {8, 0, 4}, {8, 2, 2}};
    for (const auto& least : repaired) {
        const bool is_of_this_line = version.size() > 1 && version[0] == least[0] && version[1] == least[1];
        if (is_of_this_line && version < least)
            return warning("redis " + *text + ", whose Lua has known holes (CVE-2025-49844)",
                           "install the newest release of " + std::to_string(version[0]) + "." + std::to_string(version[1]));
    }
    if (version[0] == 7 && version.size() > 1 && version[1] == 0) {
        return warning(
            "redis " + *text + "; it does not tell whether its package has the security updates",
            "on Debian 12: dpkg-query -W redis-server must say 5:7.0.15-1~deb12u7 or newer, else apt-get install redis-server; then "
            "--accept-warning gate-version");
    }
    return fine("redis " + *text);
}

Judgement judge_persistence(const PreflightInput& input) {
    const auto* asked = value_of(settings(input).values, "appendonly");
    const auto on = asked != nullptr ? truth_of(settings(input).values, "appendonly") : truth_of(settings(input).values, "aof_enabled");
    if (!on) return not_told(input, "appendonly");
    if (!*on) return dangerous("appendonly no: a restart forgets the claims", set(input, "appendonly", "yes"));
    return fine("appendonly yes");
}

Judgement judge_writes(const PreflightInput& input) {
    const auto& values = settings(input).values;
    const auto* write = value_of(values, "aof_last_write_status");
    const auto* rewrite = value_of(values, "aof_last_bgrewrite_status");
    const auto* save = value_of(values, "rdb_last_bgsave_status");
    if (write == nullptr || rewrite == nullptr || save == nullptr) return lacking_in_info(input, "whether its last write went well");
    const auto* const look = "see the disk and the log of redis; then ";
    if (*write != "ok") return dangerous("the last write to the append-only file failed", look + command(input, "BGREWRITEAOF"));
    if (*rewrite != "ok") return warning("the last rewrite of the append-only file failed", look + command(input, "BGREWRITEAOF"));
    if (*save != "ok") {
        // With stop-writes-on-bgsave-error the gate refuses every claim until a snapshot works.
        const auto* points = value_of(values, "save");
        const bool saves_by_itself = points == nullptr || !points->empty();
        if (saves_by_itself && truth_of(values, "stop-writes-on-bgsave-error").value_or(true))
            return dangerous("the last snapshot failed, so that redis refuses all writes", look + command(input, "BGSAVE"));
        return warning("the last snapshot failed", look + command(input, "BGSAVE"));
    }
    return fine("the last write, rewrite and snapshot went well");
}

Judgement judge_fsync(const PreflightInput& input) {
    const auto* value = value_of(settings(input).values, "appendfsync");
    if (value == nullptr) return not_told(input, "appendfsync");
    if (*value == "always") return fine("appendfsync always");
    const auto fix = set(input, "appendfsync", "always");
    // Whatever was told "granted" is on the topic, from where the gate is armed again; what is lost are claims still on their way.
    if (*value == "everysec") return warning("appendfsync everysec: a power cut forgets the last second of claims", fix);
    return dangerous("appendfsync " + *value + ": a power cut forgets claims", fix);
}

Judgement judge_fsync_on_rewrite(const PreflightInput& input) {
    const auto value = truth_of(settings(input).values, "no-appendfsync-on-rewrite");
    if (!value) return not_told(input, "no-appendfsync-on-rewrite");
    if (*value)
        return warning("no-appendfsync-on-rewrite yes: nothing is safe while the file is rewritten",
                       set(input, "no-appendfsync-on-rewrite", "no"));
    return fine("no-appendfsync-on-rewrite no");
}

Judgement judge_eviction(const PreflightInput& input) {
    const auto& values = settings(input).values;
    const auto* asked = value_of(values, "maxmemory-policy");
    const auto* policy = asked != nullptr ? asked : value_of(values, "maxmemory_policy");
    const auto limit = number_of(settings(input).values, "maxmemory");
    if (policy == nullptr || !limit) return not_told(input, "maxmemory-policy");
    const auto found = "maxmemory-policy " + *policy + ", maxmemory " + (*limit == 0 ? "0" : bytes_text(*limit));
    if (*policy == "noeviction") return fine(found);
    const auto fix = set(input, "maxmemory-policy", "noeviction");
    // The gate's keys have no time to live, so that a volatile policy spares them.
    if (policy->starts_with("allkeys-") && *limit > 0) return dangerous(found + ": the gate itself may be evicted", fix);
    if (*limit > 0 && !policy->starts_with("volatile-")) return dangerous(found + ": a policy this suite does not know", fix);
    return warning(found, fix);
}

Judgement judge_memory(const PreflightInput& input) {
    const auto limit = number_of(settings(input).values, "maxmemory");
    const auto used = number_of(settings(input).values, "used_memory");
    if (!limit || !used) return not_told(input, "maxmemory");
    if (*limit == 0) return fine(bytes_text(*used) + " in use, no limit");
    const auto claims = input.limit.value() - (input.look && input.opening != Opening::new_round ? input.look->fields.granted : 0);
    const auto needed = claims * bytes_of_a_claim + bytes_to_spare;
    const auto found = bytes_text(*limit - *used) + " left of " + bytes_text(*limit) + ", " + std::to_string(claims) + " claims need " +
                       bytes_text(needed);
    if (*limit - *used < needed)
        return dangerous(found + ": the gate would refuse claims before all are given",
                         set(input, "maxmemory", std::to_string(*used + 2 * needed)));
    return fine(found);
}

Judgement judge_role(const PreflightInput& input) {
    const auto* role = value_of(settings(input).values, "role");
    if (role == nullptr) return lacking_in_info(input, "its role");
    if (*role == "master") return fine("master");
    return dangerous("a replica (" + *role + "): it takes no claims, or forgets them", "name the master in --redis");
}

/// The first replica that is not online or far behind, as INFO names it; empty where all keep up.
std::string lagging_replica(const SettingValues& values, std::int64_t count) {
    const auto end = number_of(values, "master_repl_offset").value_or(0);
    for (std::int64_t i = 0; i < count; ++i) {
        const auto name = "slave" + std::to_string(i);
        const auto* line = value_of(values, name);
        if (line == nullptr) continue;
        const auto at = line->find("offset=");
        const auto offset = at == std::string::npos ? std::vector<std::int64_t>{} : version_of(std::string_view(*line).substr(at + 7));
        const bool is_online = line->find("state=online") != std::string::npos;
        if (!is_online || (!offset.empty() && end - offset[0] > lag_to_warn_of_bytes)) return name;
    }
    return {};
}

Judgement judge_replicas(const PreflightInput& input) {
    const auto& values = settings(input).values;
    const auto count = number_of(values, "connected_slaves");
    if (!count) return lacking_in_info(input, "its replicas");
    const auto least = number_of(values, "min-replicas-to-write");
    if (!least) return not_told(input, "min-replicas-to-write");
    const auto found = counted(static_cast<std::size_t>(*count), "replica") + ", min-replicas-to-write " + std::to_string(*least);
    if (*least > *count) return dangerous(found + ": every claim is refused", "start the replicas that are missing");
    if (*count == 0) return fine(found);
    if (const auto laggard = lagging_replica(values, *count); !laggard.empty())
        return warning(found + ", " + laggard + " lags behind", "wait until it has caught up, or take it away");
    if (*least == 0) {
        return warning(found + ": a failover may forget claims, whose slots are given again after arming",
                       set(input, "min-replicas-to-write", "1"));
    }
    return fine(found);
}

Judgement judge_cluster(const PreflightInput& input) {
    const auto on = truth_of(settings(input).values, "cluster_enabled");
    if (!on) return lacking_in_info(input, "cluster_enabled");
    if (*on) return dangerous("cluster mode: the gate may move to another node", "point --redis at a server that is not in cluster mode");
    return fine("no cluster");
}

Judgement judge_database(const PreflightInput& input) {
    const auto own = "db" + std::to_string(settings(input).database);
    std::vector<std::string> others;
    for (const auto& [name, value] : settings(input).values) {
        if (name.starts_with("db") && name.size() > 2 && version_of(std::string_view(name).substr(2)).size() == 1 && name != own)
            others.push_back(name);
    }
    const auto found = "database " + std::to_string(settings(input).database);
    // Two gates of one event would give each slot twice.
    const bool is_gate_expected = input.highest() != nullptr && input.highest()->state != RoundState::opening;
    if (!input.look && is_gate_expected && !others.empty()) {
        return warning(found + " has no gate of " + input.event + " although the ledger knows its rounds; there are keys in " +
                           joined(others, ", "),
                       "check the database number in --redis, of every program");
    }
    return fine(found);
}

Judgement judge_connections(const PreflightInput& input) {
    const auto used = number_of(settings(input).values, "connected_clients");
    const auto asked = number_of(settings(input).values, "maxclients");
    if (!used || !asked) return not_told(input, "maxclients");
    const auto found = std::to_string(*used) + " of " + std::to_string(*asked) + " connections in use";
    if (*asked - *used < connections_to_spare)
        return warning(found, set(input, "maxclients", std::to_string(*used + 10 * connections_to_spare)));
    return fine(found);
}

/// Those of the rights that an account of the suite has no use for are left out.
std::vector<std::string> lacking_of(const GateSettings& gate, Account account) {
    std::vector<std::string> lacking;
    for (const auto& right : gate_rights(account)) {
        const bool lacks = std::find(gate.lacks_rights.begin(), gate.lacks_rights.end(), right) != gate.lacks_rights.end();
        if (lacks && (lacking.empty() || lacking.back() != right.command)) lacking.emplace_back(right.command);
    }
    return lacking;
}

bool may_write(const GateSettings& gate) {
    constexpr std::array writing{GateRight{"hset", GateKey::gate}, GateRight{"hset", GateKey::outbox}, GateRight{"hsetnx", GateKey::gate},
                                 GateRight{"hdel", GateKey::outbox}, GateRight{"unlink", GateKey::both}};
    return std::any_of(writing.begin(), writing.end(), [&](const auto& right) {
        return std::find(gate.lacks_rights.begin(), gate.lacks_rights.end(), right) == gate.lacks_rights.end();
    });
}

/// A program that lacks a right of its own is refused at the login.
Judgement judge_rights(const PreflightInput& input) {
    const auto& gate = settings(input);
    if (input.opening != Opening::looked_at) return fine("the account may run what a reset runs");
    if (!may_write(gate)) return fine("the account only reads; every other program checks its own account as it starts");
    for (const auto other : {Account::apply, Account::worker}) {
        const auto lacking = lacking_of(gate, other);
        if (lacking.empty()) continue;
        return warning("the account may not run " + joined(lacking, ", ") + " on the keys coupon:{" + input.event + "}*",
                       std::string("if ") + program_of(other) +
                           " has the same account: " + command(input, "ACL SETUSER <account> " + gate_rules(other)));
    }
    return fine("the account may run what every program runs");
}

Judgement judge_gate_clock(const PreflightInput& input) {
    const bool has_window = input.window.opens_at || input.window.closes_at;
    return judge_clock(input.gate_clock, has_window ? ClockUse::opens_the_gate : ClockUse::informs);
}

constexpr PreflightCheck checks[] = {
    {"gate-version", "7.0 or newer, with its security updates", judge_version},
    {"gate-persistence", "appendonly yes", judge_persistence},
    {"gate-writes", "no failed write, rewrite or snapshot", judge_writes},
    {"gate-fsync", "appendfsync always", judge_fsync},
    {"gate-fsync-on-rewrite", "no-appendfsync-on-rewrite no", judge_fsync_on_rewrite},
    {"gate-eviction", "maxmemory-policy noeviction", judge_eviction},
    {"gate-memory", "room for every claim", judge_memory},
    {"gate-role", "master", judge_role},
    {"gate-replicas", "none, or replicas that keep up and min-replicas-to-write 1", judge_replicas},
    {"gate-cluster", "no cluster", judge_cluster},
    {"gate-database", "the same database for every program", judge_database},
    {"gate-connections", "100 connections to spare", judge_connections},
    {"gate-rights", "the rights of the gate's scripts", judge_rights},
    {"gate-clock", "within 1 s of this machine", judge_gate_clock},
};

} // namespace

std::span<const PreflightCheck> gate_checks() {
    return checks;
}

} // namespace coupon
