#include "gate/redis/redis_gate.hpp"

#include "gate/redis/application_replies.hpp"
#include "gate/redis/gate_requests.hpp"
#include "gate/redis/gate_sender.hpp"
#include "gate/redis/redis_faults.hpp"
#include "gate/redis/redis_lanes.hpp"

#include <algorithm>
#include <deque>
#include <iterator>
#include <optional>
#include <utility>

namespace coupon {

namespace {

Tick steady_now() {
    return std::chrono::steady_clock::now();
}

class RedisGate final : public Gate {
public:
    RedisGate(const RedisOptions& options, const EventName& event, int connections)
        : lanes_(options, connections, steady_now()), sender_(requests_, event, options.database) {}

    /// Waits until every connection is ready; the first that breaks is the fault.
    Status connect() {
        for (;;) {
            for (const auto& lane : lanes_) {
                if (lane.is_broken()) return lane.connection().fault();
            }
            if (lanes_.are_all_ready()) return Done{};
            lanes_.move_bytes(next_wake(Tick::max()));
        }
    }

    void expect_seal(const std::string& seal) override { sender_.expect_seal(seal); }

    void submit(Ticket ticket, const Application& application, Deadline deadline) override {
        hand_over(requests_.add(ticket, application, deadline));
    }

    void submit_confirm(Ticket ticket, const Grant& grant, Deadline deadline) override {
        hand_over(requests_.add(ticket, grant, deadline));
    }

    std::size_t poll(std::vector<GateCompletion>& out, Milliseconds wait) override {
        const auto until = steady_now() + wait;
        for (;;) {
            send_waiting();
            const bool undisturbed = lanes_.move_bytes(next_wake(until));
            polled_at_ = steady_now();
            const auto now = polled_at_;
            take_answers(now);
            expire(now);
            tend_broken_lanes(now);
            hand_out_waiting();
            // A signal ends the wait early, so that the caller sees its stop flag.
            if (!completed_.empty() || !undisturbed || now >= until) break;
        }
        const auto count = completed_.size();
        std::move(completed_.begin(), completed_.end(), std::back_inserter(out));
        completed_.clear();
        return count;
    }

    [[nodiscard]] std::size_t in_flight() const override { return requests_.size(); }

private:
    using Id = GateRequests::Id;

    /// Gives a request to a connection; without one it waits.
    void hand_over(Id id) {
        auto* lane = lanes_.pick(requests_.size());
        if (lane == nullptr) {
            waiting_.push_back(id);
        } else {
            auto& queue = requests_.grant_of(id) != nullptr ? lane->confirms : lane->claims;
            queue.push_back({id, polled_at_});
        }
    }

    void send_waiting() {
        const auto now = steady_now();
        for (auto& lane : lanes_) {
            if (lane.is_ready()) sender_.send_waiting(lane, expects_sold_out_, now);
        }
    }

    /// The moment at which something must be done though nothing comes.
    Tick next_wake(Tick until) {
        if (const auto deadline = requests_.next_deadline()) until = std::min(until, *deadline);
        if (const auto wake = lanes_.wake_time()) until = std::min(until, *wake);
        return until;
    }

    void take_answers(Tick now) {
        for (auto& lane : lanes_) {
            while (auto answer = lane.take_answer())
                on_answer(lane, *answer, now);
        }
    }

    void on_answer(RedisLane& lane, const RedisLane::Answer& answer, Tick now) {
        switch (answer.as) {
        case SentAs::read: on_read(lane, answer.ids.alone, answer.reply); break;
        case SentAs::look: on_look(lane, answer.ids.alone, answer.reply); break;
        case SentAs::claims_sha:
        case SentAs::claims_text: on_claims(lane, answer, now); break;
        case SentAs::confirms_sha:
        case SentAs::confirms_text: on_confirms(lane, answer, now); break;
        }
    }

    /// A restart, a failover or SCRIPT FLUSH empties the script cache. Nothing ran, so the whole text goes out, once.
    bool send_text(RedisLane& lane, const RedisLane::Answer& answer, Tick now) {
        const bool was_sha = answer.as == SentAs::claims_sha || answer.as == SentAs::confirms_sha;
        if (!was_sha || !answer.reply.is_error() || !answer.reply.text.starts_with("NOSCRIPT ")) return false;
        const auto& ids = answer.ids.together;
        if (lane.is_ready()) {
            sender_.send_script(lane, ids, answer.as == SentAs::claims_sha ? SentAs::claims_text : SentAs::confirms_text, now);
        } else {
            waiting_.insert(waiting_.end(), ids.begin(), ids.end());
        }
        return true;
    }

    void on_claims(RedisLane& lane, const RedisLane::Answer& answer, Tick now) {
        if (send_text(lane, answer, now)) return;
        const auto& ids = answer.ids.together;
        bool is_gate_in_order = false;
        for (std::size_t i = 0; i < ids.size(); ++i) {
            // A request that is gone ran out of time, and its user was told; this answer is not expected any more.
            const auto* application = requests_.application_of(ids[i]);
            if (application == nullptr) continue;
            auto claimed = answer.reply.is_error() ? Result<ClaimReply>(fault_of_script(lane, answer.reply))
                                                   : read_claim_reply(answer.reply, {i, ids.size()}, *application);
            is_gate_in_order = is_gate_in_order || claimed;
            if (claimed && claimed->kind == ClaimReply::Kind::sold_out) expects_sold_out_ = true;
            complete(ids[i], std::move(claimed));
        }
        release_held(lane, is_gate_in_order ? Held::is_sold_out : Held::asks_script);
    }

    void on_confirms(RedisLane& lane, const RedisLane::Answer& answer, Tick now) {
        if (send_text(lane, answer, now)) return;
        const auto& ids = answer.ids.together;
        auto replies = answer.reply.is_error() ? std::vector<Result<ConfirmReply>>(ids.size(), fault_of_script(lane, answer.reply))
                                               : read_confirm_replies(answer.reply, ids.size());
        for (std::size_t i = 0; i < ids.size(); ++i) {
            if (requests_.grant_of(ids[i]) != nullptr) complete(ids[i], std::move(replies[i]));
        }
    }

    static Fault fault_of_script(const RedisLane& lane, const RedisReply& reply) {
        return fault_of_error_reply(lane.connection().where(), reply.text, Effect::possible);
    }

    void on_read(RedisLane& lane, Id id, const RedisReply& reply) {
        const auto* application = requests_.application_of(id);
        if (application == nullptr) return;
        const auto says = what_read_says(reply, *application, sender_.seal());
        if (says == PlainRead::something_else) expects_sold_out_ = false;
        says == PlainRead::sold_out ? lane.hold(id) : ask_script(lane, id);
    }

    void on_look(RedisLane& lane, Id id, const RedisReply& reply) {
        const auto* application = requests_.application_of(id);
        if (application == nullptr) return release_held(lane, Held::asks_script);
        const auto says = what_look_says(reply, *application, sender_.seal());
        if (says == PlainRead::something_else) expects_sold_out_ = false;
        release_held(lane, says == PlainRead::something_else ? Held::asks_script : Held::is_sold_out);
        says == PlainRead::sold_out ? complete(id, sold_out()) : ask_script(lane, id);
    }

    static Result<ClaimReply> sold_out() { return ClaimReply{ClaimReply::Kind::sold_out, {}, {}, {}}; }

    enum class Held { is_sold_out, asks_script };

    void release_held(RedisLane& lane, Held held) {
        for (const auto id : lane.take_held()) {
            if (requests_.find(id) == nullptr) continue;
            held == Held::is_sold_out ? complete(id, sold_out()) : ask_script(lane, id);
        }
    }

    void ask_script(RedisLane& lane, Id id) { lane.script_claims.push_back({id, polled_at_}); }

    /// The answer to this request is not expected any more. It may have taken effect where it was written to a connection, even
    /// if its bytes still lie in our own buffer: they may yet leave.
    void expire(Tick now) {
        while (const auto id = requests_.due(now)) {
            const auto& where = lanes_.front().connection().where();
            switch (lanes_.run_out(*id)) {
            case RedisLane::Whereabouts::may_have_run: fail(*id, no_reply(where, "no answer in time", Effect::possible)); break;
            case RedisLane::Whereabouts::waits: fail(*id, no_reply(where, "no answer in time", Effect::none)); break;
            case RedisLane::Whereabouts::elsewhere: fail(*id, last_fault_.value_or(cannot_reach(where, "no connection in time"))); break;
            }
        }
    }

    void tend_broken_lanes(Tick now) {
        bool has_failed_to_connect = false;
        for (auto& lane : lanes_) {
            const auto gone = lane.take_break(now);
            if (!gone) continue;
            has_failed_to_connect = has_failed_to_connect || !gone->was_ready;
            const auto& connection = lane.connection();
            last_fault_ = connection.fault();
            for (const auto& lost : lane.take_lost()) {
                if (requests_.find(lost.id) == nullptr) continue;
                // A reply can be lost after the script ran, so what has left is unknown, never refused. A read is simply asked again.
                if (lost.may_have_run) {
                    fail(lost.id, no_reply(connection.where(), connection.why(), Effect::possible));
                } else {
                    waiting_.push_back(lost.id);
                }
            }
        }
        if (!has_failed_to_connect || !lanes_.are_all_broken()) return;
        for (const auto id : std::exchange(waiting_, {})) {
            if (requests_.find(id) != nullptr) fail(id, *last_fault_);
        }
    }

    void hand_out_waiting() {
        if (waiting_.empty() || !lanes_.is_any_ready()) return;
        for (const auto id : std::exchange(waiting_, {}))
            hand_over(id);
    }

    void complete(Id id, decltype(GateCompletion::reply) reply) {
        completed_.push_back({requests_.find(id)->ticket, std::move(reply)});
        requests_.remove(id);
    }

    void fail(Id id, Fault fault) {
        if (std::holds_alternative<Application>(requests_.find(id)->what)) {
            complete(id, Result<ClaimReply>(std::move(fault)));
        } else {
            complete(id, Result<ConfirmReply>(std::move(fault)));
        }
    }

    RedisLanes lanes_;
    GateRequests requests_;
    GateSender sender_;
    Tick polled_at_ = steady_now(); ///< when bytes were moved last
    bool expects_sold_out_ = false; ///< the gate was sold out when it was asked last
    std::deque<Id> waiting_;        ///< for a connection; some may have run out of time already
    std::optional<Fault> last_fault_;
    std::vector<GateCompletion> completed_;
};

} // namespace

Result<std::unique_ptr<Gate>> open_redis_gate(const RedisOptions& options, const EventName& event, int connections) {
    if (connections < 1) return Fault{FaultKind::usage, "a gate needs at least one connection", {}};
    auto gate = std::make_unique<RedisGate>(options, event, connections);
    if (auto ok = gate->connect(); !ok) return ok.fault();
    return std::unique_ptr<Gate>(std::move(gate));
}

} // namespace coupon
