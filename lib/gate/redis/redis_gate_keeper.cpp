#include "gate/redis/gate_layout.hpp"
#include "gate/redis/redis_caller.hpp"
#include "gate/redis/redis_gate.hpp"
#include "gate/redis/script_replies.hpp"
#include "gate/scripts.hpp"

#include <array>
#include <initializer_list>
#include <vector>

namespace coupon {

namespace {

class RedisGateKeeper final : public GateKeeper {
public:
    RedisGateKeeper(std::unique_ptr<RedisCaller> caller, const EventName& event) : caller_(std::move(caller)), keys_(event) {}

    Result<ShutGate> shut(const std::optional<std::string>& mine, const std::string& token, Deadline deadline) override {
        return read_with(read_shut, run(embedded::shut_script, {mine.value_or(""), token}, deadline));
    }

    Status mark_told(const GateMark& seen, const std::string& token, Deadline deadline) override {
        return read_with(read_done, run(embedded::mark_told_script, {seen.round.text(), seen.token, token}, deadline));
    }

    Status disarm(Round round, Epoch epoch, const std::string& seal, Deadline deadline) override {
        return read_with(read_done, run(embedded::disarm_script, {round.text(), epoch.text(), seal}, deadline));
    }

    Status close(const GateMark& seen, const std::string& token, Deadline deadline) override {
        return read_with(read_done, run(embedded::close_script, {seen.round.text(), seen.token, token}, deadline));
    }

    Status reopen(const GateMark& seen, const std::string& token, const std::optional<Instant>& closes_at, Deadline deadline) override {
        return read_with(read_done, run(embedded::reopen_script, {seen.round.text(), seen.token, token, moment_text(closes_at)}, deadline));
    }

    Status give_up(const GateMark& seen, Deadline deadline) override {
        return read_with(read_done, run(embedded::give_up_script, {seen.round.text(), seen.token}, deadline));
    }

    Status discard(const std::optional<GateMark>& seen, Deadline deadline) override {
        const auto round = seen ? seen->round.text() : std::string();
        return read_with(read_done, run(embedded::discard_script, {round, seen ? seen->token : std::string()}, deadline));
    }

    Result<ServerIdentity> create(const NewGate& fresh, Deadline deadline) override {
        return read_with(read_server, run(embedded::create_script,
                                          {fresh.round.text(), fresh.limit.text(), moment_text(fresh.window.opens_at),
                                           moment_text(fresh.window.closes_at), fresh.token, key_text(fresh.key), seal_of(fresh.key),
                                           fresh.topic, fresh.cluster_id},
                                          deadline));
    }

    Status open_and_arm(const GateMark& mine, const ServerIdentity& created_with, Deadline deadline) override {
        return read_with(read_done, run(embedded::open_and_arm_script,
                                        {mine.round.text(), mine.token, created_with.run_id, created_with.master_replid,
                                         std::to_string(created_with.database)},
                                        deadline));
    }

    Result<ArmingTicket> begin_arming(const RoundFacts& highest, const std::string& token, Deadline deadline) override {
        return read_with(read_ticket, run(embedded::begin_arming_script,
                                          {highest.round.text(), highest.limit.text(), moment_text(highest.window.opens_at),
                                           moment_text(highest.window.closes_at), name_of(highest.state), highest.epoch.text(),
                                           key_text(highest.key), seal_of(highest.key), highest.topic, highest.cluster_id, token,
                                           highest.met.text(), highest.home_run_id, std::to_string(highest.home_database)},
                                          deadline));
    }

    Status restore(const ArmingTicket& ticket, std::span<const RestoredClaim> chunk, Deadline deadline) override {
        auto arguments = arguments_of(ticket);
        arguments.reserve(arguments.size() + 2 * chunk.size());
        for (const auto& lost : chunk) {
            arguments.push_back(lost.user.text());
            arguments.push_back(lost.slot.text());
        }
        return read_with(read_done, run(embedded::restore_script, arguments, deadline));
    }

    Status drop(const ArmingTicket& ticket, std::span<const UserId> chunk, Deadline deadline) override {
        auto arguments = arguments_of(ticket);
        for (const auto user : chunk)
            arguments.push_back(user.text());
        return read_with(read_done, run(embedded::drop_script, arguments, deadline));
    }

    Status arm(const ArmingTicket& ticket, const ArmOrder& order, Deadline deadline) override {
        auto arguments = arguments_of(ticket);
        arguments.push_back(std::to_string(order.granted));
        arguments.push_back(order.free.text());
        arguments.emplace_back(order.ledger_closed ? "1" : "0");
        return read_with(read_done, run(embedded::arm_script, arguments, deadline));
    }

private:
    static std::vector<std::string> arguments_of(const ArmingTicket& ticket) {
        return {ticket.round.text(), ticket.epoch.text(), ticket.server.run_id, ticket.server.master_replid, ticket.seal};
    }

    static std::string key_text(const std::optional<RoundKey>& key) { return key ? key->secret_text() : std::string(); }

    Result<RedisReply> run(const GateScript& script, const std::vector<std::string>& arguments, Deadline deadline) {
        const std::array<std::string_view, 2> keys{keys_.gate, keys_.outbox};
        const std::vector<std::string_view> views(arguments.begin(), arguments.end());
        return caller_->run(script, keys, views, deadline);
    }

    template <class Read>
    static auto read_with(const Read& read, const Result<RedisReply>& reply) -> decltype(read(*reply)) {
        if (!reply) return reply.fault();
        return read(*reply);
    }

    std::unique_ptr<RedisCaller> caller_;
    GateKeys keys_;
};

} // namespace

Result<std::unique_ptr<GateKeeper>> open_redis_gate_keeper(const RedisOptions& options, const EventName& event) {
    auto caller = RedisCaller::open(options, Effect::possible);
    if (!caller) return caller.fault();
    return std::unique_ptr<GateKeeper>(std::make_unique<RedisGateKeeper>(std::move(caller).value(), event));
}

} // namespace coupon
