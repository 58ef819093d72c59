#include "gate/redis/redis_caller.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <vector>

namespace coupon {

namespace {

Tick now() {
    return std::chrono::steady_clock::now();
}

/// Commands that are asked at a time: while the server works at one, the next one is made.
constexpr std::size_t most_under_way = 2;

/// Waits for the connection's next event until the deadline. A signal only ends the wait early.
void wait_for(RedisConnection& connection, Deadline deadline) {
    auto interest = connection.interest();
    const auto left = std::chrono::ceil<Milliseconds>(deadline - now()).count();
    const auto wait = std::clamp<std::int64_t>(left, 0, std::numeric_limits<int>::max());
    const int ready = ::poll(&interest, 1, static_cast<int>(wait));
    connection.advance(ready > 0 ? interest.revents : short{0}, now());
}

} // namespace

Result<std::unique_ptr<RedisCaller>> RedisCaller::open(const RedisOptions& options, Effect effect) {
    std::unique_ptr<RedisCaller> caller(new RedisCaller(options, effect));
    if (auto ok = caller->connect(now() + options.timeout); !ok) return ok.fault();
    return caller;
}

Status RedisCaller::connect(Deadline deadline) {
    connection_ = std::make_unique<RedisConnection>(options_, std::min(deadline, now() + options_.timeout));
    while (!connection_->is_ready()) {
        if (connection_->is_broken()) return connection_->fault();
        wait_for(*connection_, *connection_->login_deadline());
    }
    return Done{};
}

Status RedisCaller::make_ready(Deadline deadline) {
    // An idle connection that the server has closed is noticed here, before anything is sent.
    wait_for(*connection_, Tick{});
    return connection_->is_ready() ? Status(Done{}) : connect(deadline);
}

Result<RedisReply> RedisCaller::exchange(std::span<const std::string_view> command, Deadline deadline) {
    if (auto ready = make_ready(deadline); !ready) return ready.fault();
    const auto begin = connection_->bytes_queued();
    connection_->append(command);
    return next_reply(begin, deadline);
}

Result<RedisReply> RedisCaller::next_reply(std::uint64_t begin, Deadline deadline) {
    for (;;) {
        if (auto reply = connection_->take_reply()) return *std::move(reply);
        if (!connection_->is_broken() && now() >= deadline) connection_->abandon("no answer in time");
        if (connection_->is_broken()) {
            // A reply can be lost after the command ran, so a connection that broke after a byte left is unknown, never refused.
            if (connection_->bytes_written() > begin) return no_reply(where(), connection_->why(), effect_);
            return connection_->fault();
        }
        wait_for(*connection_, deadline);
    }
}

Result<RedisReply> RedisCaller::call(std::span<const std::string_view> command, Deadline deadline) {
    auto reply = exchange(command, deadline);
    if (reply && reply->is_error()) return fault_of_error_reply(where(), reply->text, effect_);
    return reply;
}

Status RedisCaller::call_each(std::size_t count, const std::function<std::vector<std::string_view>(std::size_t)>& command,
                              const std::function<Status(std::size_t, const RedisReply&)>& take, Deadline deadline) {
    if (auto ready = make_ready(deadline); !ready) return ready;
    const auto begin = connection_->bytes_queued();
    for (std::size_t i = 0, sent = 0; i < count; ++i) {
        for (; sent < std::min(count, i + most_under_way); ++sent)
            connection_->append(command(sent));
        const auto reply = next_reply(begin, deadline);
        if (!reply) return reply.fault();
        auto taken = reply->is_error() ? Status(fault_of_error_reply(where(), reply->text, effect_)) : take(i, *reply);
        if (taken) continue;
        // A reply that is still to come would be taken for that of the next command.
        if (sent > i + 1) connection_->abandon("what it was asked is not needed any more");
        return taken;
    }
    return Done{};
}

Result<RedisReply> RedisCaller::run(const GateScript& script, std::span<const std::string_view> keys,
                                    std::span<const std::string_view> arguments, Deadline deadline) {
    // EVALSHA asks for the right to write the keys whatever the script does, and a replica may refuse it; the other form asks for the
    // right to read them.
    const bool only_reads = script.effect == Effect::none;
    const auto count = std::to_string(keys.size());
    const auto database = std::to_string(options_.database);
    std::vector<std::string_view> command{only_reads ? "EVALSHA_RO" : "EVALSHA", script.sha, count};
    command.insert(command.end(), keys.begin(), keys.end());
    command.push_back(database); // every script takes it off its arguments (prologue.lua)
    command.insert(command.end(), arguments.begin(), arguments.end());
    auto reply = exchange(command, deadline);
    if (reply && reply->is_error() && reply->text.starts_with("NOSCRIPT ")) {
        // A restart, a failover or SCRIPT FLUSH empties the script cache. Nothing ran, so the whole text goes out, once.
        command[0] = only_reads ? "EVAL_RO" : "EVAL";
        command[1] = script.text;
        reply = exchange(command, deadline);
    }
    if (reply && reply->is_error()) return fault_of_error_reply(where(), reply->text, effect_);
    return reply;
}

} // namespace coupon
