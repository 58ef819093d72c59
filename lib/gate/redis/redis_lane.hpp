#pragma once

#include "gate/redis/gate_requests.hpp"
#include "gate/redis/redis_connection.hpp"

#include <deque>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace coupon {

/// How requests went out: one claim as a plain read of what a sold out gate says, or as that read together with the gate's sizes; claims
/// together, or confirms together, by the script's SHA, or by its whole text after the server did not know the SHA. Only a script has
/// effects.
enum class SentAs { read, look, claims_sha, claims_text, confirms_sha, confirms_text };
[[nodiscard]] inline bool is_script(SentAs as) {
    return as != SentAs::read && as != SentAs::look;
}

/// A request that was not sent yet.
struct Waiting {
    GateRequests::Id id = 0;
    Tick since;
};

/// One of the gate's connections with the requests in flight on it, first in, first out. When it breaks it is reconnected, after a pause
/// that grows from 50 ms to 1 s.
class RedisLane {
public:
    /// What went out together: one claim that only reads, or all claims or confirms of a script in its order.
    struct Ids {
        GateRequests::Id alone = 0;
        std::vector<GateRequests::Id> together;
    };
    struct Answer {
        Ids ids;
        SentAs as;
        RedisReply reply;
    };
    struct Lost {
        GateRequests::Id id;
        bool may_have_run; ///< at least one byte of a script left
    };

    RedisLane(const RedisOptions& options, Tick now);

    [[nodiscard]] bool is_ready() const { return connection_->is_ready(); }
    [[nodiscard]] bool is_broken() const { return connection_->is_broken(); }
    [[nodiscard]] const RedisConnection& connection() const { return *connection_; }
    /// Waiting, sent or held.
    [[nodiscard]] std::size_t load() const {
        return claims.size() + script_claims.size() + confirms.size() + ids_in_flight_ + held_.size();
    }

    // What is to be sent with the next bytes that leave, so that it is known then what goes together. While a script is under way the next
    // ones wait: they go as one.
    std::vector<Waiting> claims;
    std::vector<Waiting> script_claims; ///< what a plain read cannot answer
    std::vector<Waiting> confirms;
    [[nodiscard]] bool has_script_under_way() const { return scripts_in_flight_ > 0; }

    /// What was answered by a plain read and waits for the look or script behind it.
    void hold(GateRequests::Id id) { held_.push_back(id); }
    [[nodiscard]] std::vector<GateRequests::Id> take_held() { return std::exchange(held_, {}); }

    /// Of several commands the reply to the last is the answer. REQUIRES: is_ready().
    void send(Ids ids, SentAs as, std::initializer_list<std::span<const std::string_view>> commands, Tick now);

    [[nodiscard]] pollfd interest() const { return connection_->interest(); }
    /// When advance() must be called though nothing came.
    [[nodiscard]] std::optional<Tick> wake_time() const;
    /// Moves bytes after poll() reported `events`; connects again once the pause after a break is over.
    void advance(short events, Tick now);

    [[nodiscard]] std::optional<Answer> take_answer();
    /// What a broken connection leaves without an answer. Read the answers first.
    [[nodiscard]] std::vector<Lost> take_lost();
    /// A break that was not yet told of. `was_ready`: the connection stood before; otherwise a try to connect or log in failed.
    struct Break {
        bool was_ready;
    };
    [[nodiscard]] std::optional<Break> take_break(Tick now);

    /// Where a request is.
    enum class Whereabouts { elsewhere, waits, may_have_run };
    /// A request ran out of time. A server that has said nothing since it was sent, or since it waits, is given up, a slow one is not.
    [[nodiscard]] Whereabouts run_out(GateRequests::Id id);

private:
    struct Sent {
        Ids ids;
        SentAs as;
        std::size_t replies; ///< still to come
        std::uint64_t begin; ///< of the connection's bytes
        Tick when;
    };

    void connect(Tick now);
    [[nodiscard]] Sent take_first_sent();

    RedisOptions options_;
    std::unique_ptr<RedisConnection> connection_;
    std::deque<Sent> in_flight_;
    std::size_t ids_in_flight_ = 0;
    std::size_t scripts_in_flight_ = 0;
    std::vector<GateRequests::Id> held_;
    Tick last_answer_;
    Milliseconds pause_;
    bool was_ready_ = false;       ///< of this connection
    std::optional<Tick> retry_at_; ///< set while broken
};

} // namespace coupon
