#include "core/outside_number.hpp"
#include "gate/redis/redis_caller.hpp"
#include "gate/redis/redis_gate.hpp"
#include "gate/redis/reply_words.hpp"

#include <array>

namespace coupon {

Result<Instant> read_clock(RedisCaller& caller, Deadline deadline) {
    const std::array<std::string_view, 1> command{"TIME"};
    const auto reply = caller.call(command, deadline);
    if (!reply) return reply.fault();
    // Seconds and microseconds, as two texts: https://redis.io/commands/time
    const auto seconds = reply->elements.size() == 2 ? parse_count(reply->elements[0].text) : std::nullopt;
    const auto micros = reply->elements.size() == 2 ? parse_count(reply->elements[1].text) : std::nullopt;
    if (!seconds || !micros || *seconds > latest_ms / 1000 || *micros >= 1'000'000)
        return Fault{FaultKind::refused, "redis at " + caller.where() + " does not tell the time", odd_reply_hint};
    return Instant(std::chrono::floor<Milliseconds>(std::chrono::seconds(*seconds) + std::chrono::microseconds(*micros)));
}

Result<Instant> read_redis_clock(const RedisOptions& options) {
    const auto caller = RedisCaller::open(options, Effect::none);
    if (!caller) return caller.fault();
    return read_clock(**caller, std::chrono::steady_clock::now() + options.timeout);
}

} // namespace coupon
