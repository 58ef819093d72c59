#include "gate/redis/redis_faults.hpp"

#include "core/escape.hpp"
#include "core/gate_faults.hpp"

#include <array>

namespace coupon {

namespace {

struct KnownError {
    std::string_view beginning;
    FaultKind kind;
    const char* hint; ///< redis-cli is told the address where it is shown
};

// An ACL refusal inside a script comes after earlier writes as well. In Redis 7.0 it is "ERR The user executing the script ..."; since 7.2
// it begins like a refusal of the script itself.
constexpr std::string_view refused_inside_script = "NOPERM ACL failure in script";

constexpr auto not_master_hint = "it is a replica: redis-cli INFO replication names its master; name that server in --redis";
constexpr auto cluster_hint = "point --redis at a server that is not in cluster mode";
constexpr auto renamed_hint = "rename-command, or a proxy, hides a command that the gate needs; give it its name back";

// All of these are tested before a script that begins with #!lua starts, so nothing of it ran.
constexpr std::array known_errors{
    KnownError{"LOADING ", FaultKind::refused, "wait until it has loaded its data: redis-cli PING answers PONG then"},
    KnownError{"BUSY ", FaultKind::refused, "end the script that runs too long: redis-cli SCRIPT KILL"},
    KnownError{"OOM ", FaultKind::refused,
               "raise it: redis-cli CONFIG SET maxmemory BYTES, and the line \"maxmemory BYTES\" in redis.conf"},
    KnownError{"READONLY ", FaultKind::refused, not_master_hint},
    KnownError{"MISCONF ", FaultKind::refused,
               "redis-cli INFO persistence tells what it could not write; make room on its disk, then redis-cli BGSAVE"},
    KnownError{"NOREPLICAS ", FaultKind::refused, "start its replicas; redis-cli INFO replication lists those that are connected"},
    KnownError{"MASTERDOWN ", FaultKind::refused, not_master_hint},
    KnownError{"CLUSTERDOWN ", FaultKind::refused, cluster_hint},
    KnownError{"TRYAGAIN ", FaultKind::refused, cluster_hint},
    KnownError{"NOSCRIPT ", FaultKind::refused, ""},
    KnownError{"REDIRECT ", FaultKind::refused, not_master_hint},
    KnownError{"ERR unknown command", FaultKind::unsupported, renamed_hint},
    KnownError{"ERR Unknown command", FaultKind::unsupported, renamed_hint},
    KnownError{"ERR Invalid command passed to redis.acl_check_cmd", FaultKind::unsupported, renamed_hint},
    KnownError{"ERR AUTH ", FaultKind::denied, "the server has no password: leave --redis-password-file out"},
    KnownError{"ERR SELECT is not allowed in cluster mode", FaultKind::unsupported, cluster_hint},
    KnownError{
        "ERR max number of clients", FaultKind::refused,
        "end connections of other programs, then raise it: redis-cli CONFIG SET maxclients NUMBER, and the line \"maxclients NUMBER\" "
        "in redis.conf"},
    KnownError{"MOVED ", FaultKind::unsupported, cluster_hint},
    KnownError{"ASK ", FaultKind::unsupported, cluster_hint},
    KnownError{"CROSSSLOT ", FaultKind::unsupported, cluster_hint},
    KnownError{"NOAUTH ", FaultKind::denied, "give --redis-password-file"},
    KnownError{"WRONGPASS ", FaultKind::denied, "check --redis-password-file and the user in the URL"},
    KnownError{"NOPERM ", FaultKind::denied, "README.md, \"Least rights\", has the rules of each program's account"},
    KnownError{"DENIED ", FaultKind::denied,
               "in protected mode it talks to its own machine alone: set requirepass in redis.conf, and give --redis-password-file"},
};

/// Puts the address of the server into each command of the text.
void add_address(std::string& text, const std::string& where) {
    constexpr std::string_view command = "redis-cli ";
    for (auto at = text.find(command); at != std::string::npos; at = text.find(command, at + command.size()))
        text.insert(at + command.size(), "-u redis://" + where + " ");
}

} // namespace

std::string log_hint(const std::string& where) {
    return "its log may tell more: redis-cli -u redis://" + where + " CONFIG GET logfile";
}

Fault cannot_reach(const std::string& where, const std::string& why) {
    return {FaultKind::unreachable, "cannot connect to redis at " + where + ": " + why,
            "start it, or correct --redis: redis-cli -u redis://" + where + " PING tells whether it answers"};
}

Fault no_reply(const std::string& where, const std::string& why, Effect effect) {
    if (effect == Effect::none) return cannot_reach(where, why);
    return {FaultKind::unknown, "no reply from redis at " + where + " (" + why + "), the request may have taken effect",
            "repeat it: what took effect is recognised"};
}

Fault not_a_redis_server(const std::string& where) {
    return {FaultKind::unsupported, "cannot use redis at " + where + ": what answered is not a Redis server",
            "correct --redis: redis-cli -u redis://" + where + " PING answers PONG at a Redis server"};
}

Fault unknown_command(const std::string& where, const std::string& command) {
    return {FaultKind::unsupported, "redis at " + where + " does not know the command " + command, renamed_hint};
}

Fault fault_of_error_reply(const std::string& where, std::string_view text, Effect effect) {
    const bool may_be_half_done = effect == Effect::possible && text.starts_with(refused_inside_script);
    for (const auto& known : known_errors) {
        if (may_be_half_done) break;
        if (!text.starts_with(known.beginning)) continue;
        Fault fault{known.kind, "redis at " + where + " refused: " + escape(text), known.hint};
        add_address(fault.hint, where);
        return fault;
    }
    if (effect == Effect::none) {
        // A script has found this before; the key has changed since.
        if (text.starts_with("WRONGTYPE ")) return corrupt_gate("a key of the gate is not a hash");
        return {FaultKind::refused, "redis at " + where + " refused: " + escape(text), log_hint(where)};
    }
    return {FaultKind::unknown, "redis at " + where + " failed, the request may have taken effect: " + escape(text),
            log_hint(where) + "; then repeat it: what took effect is recognised"};
}

} // namespace coupon
