#include "gate/redis/redis_rights.hpp"

#include "core/decimal.hpp"
#include "core/escape.hpp"
#include "gate/scripts.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <string>

namespace coupon {

namespace {

/// The command with its arguments, as acl_check_cmd takes them, blanks between. No event name has a blank.
std::string words_of(const GateRight& right, const GateKeys& keys) {
    static const std::map<std::string_view, const char*> after_key{
        {"hget", " field"}, {"hmget", " field"}, {"hscan", " 0"}, {"hset", " field value"}, {"hsetnx", " field value"}, {"hdel", " field"}};
    std::string words(right.command);
    if (right.command.starts_with("eval")) words += " script 2";
    if (right.key == GateKey::gate || right.key == GateKey::both) words += " " + keys.gate;
    if (right.key == GateKey::outbox || right.key == GateKey::both) words += " " + keys.outbox;
    const auto rest = after_key.find(right.command);
    return rest == after_key.end() ? words : words + rest->second;
}

std::string where_of(GateKey key, const GateKeys& keys) {
    switch (key) {
    case GateKey::none: return {};
    case GateKey::gate: return " on " + keys.gate;
    case GateKey::outbox: return " on " + keys.outbox;
    case GateKey::both: return " on both keys of " + keys.gate;
    }
    return {};
}

/// Each command once, with all its keys.
std::string listed(std::vector<GateRight> rights, const GateKeys& keys) {
    std::sort(rights.begin(), rights.end());
    std::string text;
    for (auto right = rights.begin(); right != rights.end(); ++right) {
        const auto next = std::next(right);
        const bool is_on_each = next != rights.end() && next->command == right->command;
        text += (text.empty() ? "" : ", ") + std::string(right->command) + where_of(is_on_each ? GateKey::both : right->key, keys);
        if (is_on_each) ++right;
    }
    return text;
}

struct ScriptCall {
    std::string_view command;
    std::string_view script;
};

constexpr std::array ways_to_ask{ScriptCall{"evalsha_ro", embedded::rights_script.sha}, ScriptCall{"eval_ro", embedded::rights_script.text},
                                 ScriptCall{"eval", embedded::rights_script.text}};

} // namespace

Result<LackingRights> lacking_rights(RedisCaller& caller, const GateKeys& keys, std::span<const GateRight> wanted, Deadline deadline) {
    std::vector<std::string> lines;
    for (const auto& right : wanted)
        lines.push_back(words_of(right, keys));
    LackingRights lacking;
    for (const auto& way : ways_to_ask) {
        // No keys: an account without a right to them may still ask. Then the database, which prologue.lua takes off the arguments.
        std::vector<std::string_view> command{way.command, way.script, "0", "0"};
        command.insert(command.end(), lines.begin(), lines.end());
        const auto reply = caller.call(command, deadline);
        if (reply) {
            lacking = {};
            for (const auto& element : reply->elements) {
                const bool is_unknown = element.text.starts_with('?');
                const auto index = parse_decimal(std::string_view(element.text).substr(is_unknown ? 1 : 0));
                if (is_unknown && index && *index < static_cast<std::int64_t>(wanted.size()))
                    return unknown_command(caller.where(), std::string(wanted[static_cast<std::size_t>(*index)].command));
                if (index && *index < static_cast<std::int64_t>(wanted.size()))
                    lacking.rights.push_back(wanted[static_cast<std::size_t>(*index)]);
            }
            return lacking;
        }
        const bool is_unknown_script = reply.fault().message.find("NOSCRIPT ") != std::string::npos;
        if (reply.fault().kind != FaultKind::denied && !is_unknown_script) return reply.fault();
        const auto own = std::find_if(wanted.begin(), wanted.end(), [&](const auto& right) { return right.command == way.command; });
        if (!is_unknown_script && own != wanted.end()) lacking.rights.push_back(*own);
    }
    lacking.are_all = false;
    return lacking;
}

Status check_rights(RedisCaller& caller, const RedisOptions& options, const GateKeys& keys, Account account, Deadline deadline) {
    const auto lacking = lacking_rights(caller, keys, gate_rights(account), deadline);
    if (!lacking) return lacking.fault();
    if (lacking->are_all && lacking->rights.empty()) return Done{};
    const auto login = options.user.empty() ? std::string("default") : escape(options.user);
    return Fault{FaultKind::denied,
                 "redis at " + caller.where() + ": the account " + login + " lacks " + listed(lacking->rights, keys) +
                     (lacking->are_all ? "" : "; without them its other rights cannot be seen"),
                 std::string(program_of(account)) + " needs: ACL SETUSER " + login + " " + gate_rules(account)};
}

} // namespace coupon
