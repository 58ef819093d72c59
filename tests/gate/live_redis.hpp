#pragma once

#include "core/event_name.hpp"
#include "gate/redis/redis_caller.hpp"
#include "gate/redis/redis_gate.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include <unistd.h>

namespace coupon {

/// The sandbox's Redis, from COUPON_REDIS. A live case without a server fails.
inline RedisOptions live_redis() {
    const char* address = std::getenv("COUPON_REDIS");
    if (address == nullptr) throw std::runtime_error("COUPON_REDIS is not set; try scripts/sandbox up, then scripts/sandbox env");
    const std::string text = std::string(address).substr(std::string("redis://").size());
    const auto colon = text.find(':');
    const auto slash = text.find('/');
    RedisOptions options;
    options.host = text.substr(0, colon);
    options.port = std::stoi(text.substr(colon + 1, slash - colon - 1));
    options.database = std::stoi(text.substr(slash + 1));
    return options;
}

/// An event nobody else has.
inline EventName fresh_event() {
    static int count = 0;
    return *EventName::parse("t" + std::to_string(::getpid()) + "-" + std::to_string(++count));
}

inline Deadline soon() {
    return std::chrono::steady_clock::now() + std::chrono::seconds(5);
}

/// Speaks to the server beside the gate, to plant and to look.
class RawRedis {
public:
    explicit RawRedis(const RedisOptions& options) {
        auto caller = RedisCaller::open(options, Effect::possible);
        if (!caller) throw std::runtime_error(caller.fault().text());
        caller_ = std::move(caller).value();
    }

    RedisReply operator()(const std::vector<std::string>& words) {
        auto reply = caller_->call(std::vector<std::string_view>(words.begin(), words.end()), soon());
        if (!reply) throw std::runtime_error(words.front() + ": " + reply.fault().text());
        return std::move(reply).value();
    }

private:
    std::unique_ptr<RedisCaller> caller_;
};

} // namespace coupon
