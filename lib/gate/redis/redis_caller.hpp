#pragma once

#include "gate/redis/gate_script.hpp"
#include "gate/redis/redis_connection.hpp"
#include "gate/redis/redis_faults.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace coupon {

/// Asks a Redis server one thing at a time and waits for the reply, for a reader or a keeper. A lost connection is made anew by the next
/// call. One thread.
class RedisCaller {
public:
    /// Connects and logs in within options.timeout. `effect` says whether the calls may change anything.
    [[nodiscard]] static Result<std::unique_ptr<RedisCaller>> open(const RedisOptions& options, Effect effect);

    /// The reply to a command, or, where the server answered with an error, the fault it stands for. A command that
    /// left without a reply by the deadline is unknown (unreachable without effect); the connection is given up then, so that a late reply
    /// cannot be taken for that of the next command.
    [[nodiscard]] Result<RedisReply> call(std::span<const std::string_view> command, Deadline deadline);

    /// Asks `count` things, the next one already before the answer to the last one is there. `command(i)` makes the i-th command, whose
    /// words are used up before it is called again, and `take(i, reply)` gets each reply in turn; a fault of either ends it. REQUIRES: no
    /// command has an effect.
    [[nodiscard]] Status call_each(std::size_t count, const std::function<std::vector<std::string_view>(std::size_t)>& command,
                                   const std::function<Status(std::size_t, const RedisReply&)>& take, Deadline deadline);

    /// Runs a script of the gate. `keys` and `arguments` as the script says.
    [[nodiscard]] Result<RedisReply> run(const GateScript& script, std::span<const std::string_view> keys,
                                         std::span<const std::string_view> arguments, Deadline deadline);

    /// host:port, for messages.
    [[nodiscard]] const std::string& where() const { return connection_->where(); }

private:
    RedisCaller(const RedisOptions& options, Effect effect) : options_(options), effect_(effect) {}

    [[nodiscard]] Status connect(Deadline deadline);
    [[nodiscard]] Status make_ready(Deadline deadline);
    [[nodiscard]] Result<RedisReply> exchange(std::span<const std::string_view> command, Deadline deadline);
    /// The next reply. `begin`: bytes queued before the first command that was not answered.
    [[nodiscard]] Result<RedisReply> next_reply(std::uint64_t begin, Deadline deadline);

    RedisOptions options_;
    Effect effect_;
    std::unique_ptr<RedisConnection> connection_;
};

/// The server's clock.
[[nodiscard]] Result<Instant> read_clock(RedisCaller& caller, Deadline deadline);

} // namespace coupon
