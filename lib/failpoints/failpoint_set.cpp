#include "failpoints/failpoint_set.hpp"

#include "core/decimal.hpp"
#include "core/escape.hpp"
#include "core/nearest_name.hpp"

#include <csignal>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>

namespace coupon {

namespace {

constexpr std::array<std::pair<const char*, FailpointAction>, 3> actions{
    {{"kill", FailpointAction::kill}, {"stop", FailpointAction::stop}, {"error", FailpointAction::error}}};

const char* name_of(FailpointAction action) {
    return std::find_if(actions.begin(), actions.end(), [action](const auto& one) { return one.second == action; })->first;
}

Fault usage_fault(std::string message, std::string hint) {
    return {FaultKind::usage, "COUPON_FAILPOINTS: " + std::move(message), std::move(hint)};
}

Fault unknown_name(const std::string& name) {
    std::vector<std::string> names;
    for (const auto& failpoint : all_failpoints())
        names.emplace_back(failpoint.name);
    const auto near = nearest_name(name, names);
    return usage_fault("unknown failpoint \"" + escape(name, 80) + "\"",
                       near.empty() ? "--version lists them" : "did you mean " + near + "?");
}

Result<FailpointSet::Order> parse_order(const std::string& text) {
    const auto at = text.find('@');
    const auto word = text.substr(0, at);
    const auto found = std::find_if(actions.begin(), actions.end(), [&](const auto& one) { return one.first == word; });
    if (found == actions.end()) return usage_fault("invalid action \"" + escape(word, 80) + "\": expected kill, stop or error", {});
    if (at == std::string::npos) return FailpointSet::Order{found->second, 1};
    const auto pass = parse_decimal(text.substr(at + 1));
    if (!pass || *pass < 1) return usage_fault("invalid count \"" + escape(text.substr(at), 80) + "\": expected @1, @2, ...", {});
    return FailpointSet::Order{found->second, *pass};
}

/// With one system call, so that it is written before the process ends.
void say(const std::string& line) {
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

} // namespace

const std::vector<Failpoint>& all_failpoints() {
    static const std::vector<Failpoint> all{
        {"after-claim", "the gate has granted a slot", "its reply is lost"},
        {"after-enqueue", "the kafka client has taken a record", "its delivery report is lost at once"},
        {"after-delivery", "the topic has acknowledged a record", "the delivery report is lost"},
        {"after-confirm", "the gate has confirmed a claim", "its reply is lost"},
        {"before-commit", "a batch is written, COMMIT comes next", "the transaction is refused and rolled back"},
        {"after-commit", "a batch is committed", "the reply to COMMIT is lost"},
        {"after-offset-commit", "the offsets of a batch are committed", "the reply is lost"},
        {"on-revoke", "partitions were taken from this worker", "kafka is reported away, then back"},
        {"arming-begin", "the gate has begun to be armed", "its reply is lost"},
        {"arming-end-offsets", "the topic's ends are known", "the ledger refuses to store the epoch"},
        {"arming-store-epoch", "the ledger has stored the epoch", "its reply is lost"},
        {"arming-read", "ledger, topic and gate are read", "the gate refuses what comes next"},
        {"arming-restore", "the gate has taken a chunk of claims back", "its reply is lost"},
        {"arming-arm", "the gate is armed", "its reply is lost"},
        {"close-shut-gate", "the kill switch has closed the gate", "its reply is lost"},
        {"close-mark-told", "the gate knows that the ledger was told", "its reply is lost"},
        {"reset-close-ledger", "the old round is closed in the ledger", "the reply is lost"},
        {"reset-close-gate", "the gate is closed", "its reply is lost"},
        {"reset-settle", "the old round is settled", "the ledger refuses the new round"},
        {"reset-abandon", "the old round is abandoned in the ledger", "the reply is lost"},
        {"reset-give-up", "the gate is given up", "its reply is lost"},
        {"reset-list-claims", "the claims given up are listed", "the ledger refuses the new round"},
        {"reset-insert-round", "the new round is in the ledger", "the reply is lost"},
        {"reset-purge", "the topic is purged", "the reply is lost"},
        {"reset-create-gate", "the new gate is there, closed", "its reply is lost"},
        {"reset-open-ledger", "the round is open in the ledger", "the reply is lost"},
        {"reset-open-gate", "the gate is open", "its reply is lost"},
    };
    return all;
}

Result<FailpointSet::Orders> FailpointSet::parse(std::string_view text) {
    Orders orders;
    for (std::size_t begin = 0; begin <= text.size();) {
        const auto end = std::min(text.find(',', begin), text.size());
        const std::string one(text.substr(begin, end - begin));
        begin = end + 1;
        const auto equals = one.find('=');
        const auto name = one.substr(0, equals);
        const auto& all = all_failpoints();
        if (std::none_of(all.begin(), all.end(), [&](const Failpoint& known) { return known.name == name; })) return unknown_name(name);
        const auto order = parse_order(equals == std::string::npos ? std::string() : one.substr(equals + 1));
        if (!order) return order.fault();
        if (!orders.emplace(name, *order).second) return usage_fault(name + " is given more than once; give it once", {});
    }
    return orders;
}

bool FailpointSet::pass(std::string_view name) {
    std::optional<Order> due;
    {
        const std::lock_guard lock(mutex_);
        const auto order = orders_.find(name);
        if (order == orders_.end()) return false;
        if (++passes_[order->first] == order->second.on_pass) due = order->second;
    }
    if (!due) return false;
    say("failpoint " + std::string(name) + ", pass " + std::to_string(due->on_pass) + ": " + name_of(due->action) + "\n");
    switch (due->action) {
    case FailpointAction::kill: ::kill(::getpid(), SIGKILL); return false;
    case FailpointAction::stop: ::kill(::getpid(), SIGSTOP); return false;
    case FailpointAction::error: return true;
    }
    return false;
}

Status FailpointSet::before(std::string_view name) {
    if (!pass(name)) return Done{};
    return Fault{FaultKind::refused, "refused at failpoint " + std::string(name), {}};
}

Fault FailpointSet::lost_reply(std::string_view name) {
    return {FaultKind::unknown, "the reply is lost at failpoint " + std::string(name), {}};
}

} // namespace coupon
