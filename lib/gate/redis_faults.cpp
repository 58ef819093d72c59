#include "gate/redis_faults.hpp"

#include "core/escape.hpp"

#include <array>

namespace coupon {

namespace {

struct KnownError {
    std::string_view beginning;
    FaultKind kind;
    const char* hint;
};

// An ACL refusal inside a script comes after earlier writes as well. In Redis 7.0 it is "ERR The user executing the script ..."; since 7.2
// it begins like a refusal of the script itself.
constexpr std::string_view refused_inside_script = "NOPERM ACL failure in script";

constexpr auto renamed_hint = "rename-command, or a proxy, hides a command that the gate needs; give it its name back";

// All of these are tested before a script that begins with #!lua starts, so nothing of it ran.
constexpr std::array known_errors{
    KnownError{"LOADING ", FaultKind::refused, "it reads its data; ask again"},
    KnownError{"BUSY ", FaultKind::refused, "another script runs too long; ask again"},
    KnownError{"OOM ", FaultKind::refused, "raise maxmemory"},
    KnownError{"READONLY ", FaultKind::refused, "it is a replica; name the master"},
    KnownError{"MISCONF ", FaultKind::refused, "it cannot write to its disk; see its log"},
    KnownError{"NOREPLICAS ", FaultKind::refused, "its replicas lag or are gone"},
    KnownError{"MASTERDOWN ", FaultKind::refused, "it is a replica that lost its master; name the master"},
    KnownError{"CLUSTERDOWN ", FaultKind::refused, "name a server that is no cluster"},
    KnownError{"TRYAGAIN ", FaultKind::refused, "ask again"},
    KnownError{"NOSCRIPT ", FaultKind::refused, "ask again"},
    KnownError{"REDIRECT ", FaultKind::refused, "it is a replica; name the master"},
    KnownError{"ERR unknown command", FaultKind::unsupported, renamed_hint},
    KnownError{"ERR Unknown command", FaultKind::unsupported, renamed_hint},
    KnownError{"ERR Invalid command passed to redis.acl_check_cmd", FaultKind::unsupported, renamed_hint},
    KnownError{"ERR AUTH ", FaultKind::denied, "the server has no password: leave --redis-password-file out"},
    KnownError{"ERR SELECT is not allowed in cluster mode", FaultKind::unsupported, "name a server that is no cluster"},
    KnownError{"ERR max number of clients", FaultKind::refused, "raise maxclients, or use fewer connections"},
    KnownError{"MOVED ", FaultKind::unsupported, "name a server that is no cluster"},
    KnownError{"ASK ", FaultKind::unsupported, "name a server that is no cluster"},
    KnownError{"CROSSSLOT ", FaultKind::unsupported, "name a server that is no cluster"},
    KnownError{"NOAUTH ", FaultKind::denied, "give --redis-password-file"},
    KnownError{"WRONGPASS ", FaultKind::denied, "check --redis-password-file and the user in the URL"},
    KnownError{"NOPERM ", FaultKind::denied, "README.md, \"Least rights\", has the rules of each program's account"},
    KnownError{"DENIED ", FaultKind::denied, "the server only talks to its own machine (protected mode)"},
};

} // namespace

Fault cannot_reach(const std::string& where, const std::string& why) {
    return {FaultKind::unreachable, "cannot reach redis at " + where + " (" + why + ")", "is the server up?"};
}

Fault no_reply(const std::string& where, const std::string& why, Effect effect) {
    if (effect == Effect::none) return cannot_reach(where, why);
    return {FaultKind::unknown, "no reply from redis at " + where + " (" + why + "), the request may have taken effect", "ask again"};
}

Fault not_a_redis_server(const std::string& where) {
    return {FaultKind::unsupported, "cannot use redis at " + where + ": what answered is not a Redis server", "check host and port"};
}

Fault unknown_command(const std::string& where, const std::string& command) {
    return {FaultKind::unsupported, "redis at " + where + " does not know the command " + command, renamed_hint};
}

Fault fault_of_error_reply(const std::string& where, std::string_view text, Effect effect) {
    const bool may_be_half_done = effect == Effect::possible && text.starts_with(refused_inside_script);
    for (const auto& known : known_errors) {
        if (may_be_half_done) break;
        if (text.starts_with(known.beginning)) return {known.kind, "redis at " + where + " refused: " + escape(text), known.hint};
    }
    if (effect == Effect::none) {
        const bool is_wrong_type = text.starts_with("WRONGTYPE ");
        return {is_wrong_type ? FaultKind::corrupt : FaultKind::refused, "redis at " + where + " refused: " + escape(text),
                is_wrong_type ? "a key of the gate is not a hash; who else writes there?" : "see the server's log"};
    }
    return {FaultKind::unknown, "redis at " + where + " failed, the request may have taken effect: " + escape(text),
            "see the server's log, then ask again"};
}

} // namespace coupon
