#pragma once

#include "fakes/fake_gate.hpp"
#include "gate/live_redis.hpp"
#include "gate/redis/gate_layout.hpp"

#include <memory>
#include <string>

/// What a contract case needs of a gate besides its ports: a way to make it lose things.
namespace coupon {

/// The gate in memory.
class FakeBed {
public:
    Gate& gate() { return fake_; }
    Gate& one_connection() { return fake_; }
    GateReader& reader() { return fake_; }
    GateKeeper& keeper() { return fake_; }

    void lose_gate() { fake_.memory.reset(); }
    void lose_claim(UserId user) { fake_.memory->claims.erase(user); }
    void lose_pending(UserId user) { fake_.memory->outbox.erase(user); }
    void be_armed_with(const ServerIdentity& other) { fake_.memory->fields.armed_with = other; }

private:
    FakeGate fake_;
};

/// A gate in the sandbox's Redis, under an event of its own that is cleared away afterwards.
class LiveBed {
public:
    explicit LiveBed(const RedisOptions& options = live_redis()) : options_(options), event_(fresh_event()), keys_(event_), raw_(options_) {
        gate_ = open_redis_gate(options_, event_, 3).value();
        reader_ = open_redis_gate_reader(options_, event_).value();
        keeper_ = open_redis_gate_keeper(options_, event_).value();
    }
    ~LiveBed() { raw_({"UNLINK", keys_.gate, keys_.outbox}); }
    LiveBed(const LiveBed&) = delete;
    LiveBed& operator=(const LiveBed&) = delete;

    Gate& gate() { return *gate_; }
    /// Another one, on which all that is submitted waits together.
    Gate& one_connection() {
        if (!one_connection_) one_connection_ = open_redis_gate(options_, event_, 1).value();
        return *one_connection_;
    }
    GateReader& reader() { return *reader_; }
    GateKeeper& keeper() { return *keeper_; }
    RawRedis& raw() { return raw_; }
    [[nodiscard]] const GateKeys& keys() const { return keys_; }
    [[nodiscard]] const RedisOptions& options() const { return options_; }
    [[nodiscard]] const EventName& event() const { return event_; }

    void lose_gate() { raw_({"UNLINK", keys_.gate, keys_.outbox}); }
    void lose_claim(UserId user) { raw_({"HDEL", keys_.gate, user_field(user)}); }
    void lose_pending(UserId user) { raw_({"HDEL", keys_.outbox, user_field(user)}); }
    void be_armed_with(const ServerIdentity& other) {
        raw_(
            {"HSET", keys_.gate, "run_id", other.run_id, "master_replid", other.master_replid, "database", std::to_string(other.database)});
    }

private:
    RedisOptions options_;
    EventName event_;
    GateKeys keys_;
    RawRedis raw_;
    std::unique_ptr<Gate> gate_;
    std::unique_ptr<Gate> one_connection_;
    std::unique_ptr<GateReader> reader_;
    std::unique_ptr<GateKeeper> keeper_;
};

} // namespace coupon
