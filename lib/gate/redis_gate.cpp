#include "gate/redis_gate.hpp"

#include "gate/gate_requests.hpp"
#include "gate/gate_sender.hpp"
#include "gate/redis_faults.hpp"
#include "gate/redis_lanes.hpp"
#include "gate/script_replies.hpp"

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
            send_queued(steady_now());
            const bool undisturbed = lanes_.move_bytes(next_wake(until));
            const auto now = steady_now();
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
        if (auto* lane = lanes_.pick(requests_.size())) {
            lane->queue(id);
        } else {
            waiting_.push_back(id);
        }
    }

    /// Sends what was queued. Within an epoch a sold out gate stays sold out, so its losers need no script: one command that reads says
    /// the same. But the script checks the sizes of the gate's keys, too, in one step with its answer. So the last claim of each batch
    /// looks at all that the script would, in one transaction, and the reads before it count only once that finds the gate in order.
    /// Confirms go together.
    void send_queued(Tick now) {
        for (auto& lane : lanes_) {
            if (!lane.is_ready()) continue;
            const auto ids = lane.take_queued();
            const auto last = std::find_if(ids.rbegin(), ids.rend(), [&](Id id) { return requests_.application_of(id) != nullptr; });
            for (const auto id : ids) {
                const auto* application = requests_.application_of(id);
                if (application == nullptr) continue;
                const auto without_script = id == *last ? SentAs::look : SentAs::read;
                sender_.send_claim(lane, id, *application, expects_sold_out_ ? without_script : SentAs::sha, now);
            }
            sender_.send_confirms(lane, ids, SentAs::confirms_sha, now);
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
        const bool is_of_confirms = answer.as == SentAs::confirms_sha || answer.as == SentAs::confirms_text;
        is_of_confirms ? on_confirms(lane, answer, now) : on_claim(lane, answer.ids.claim, answer, now);
    }

    /// A restart, a failover or SCRIPT FLUSH empties the script cache. Nothing ran, so the whole text goes out, once.
    static bool is_unknown_script(const RedisReply& reply) { return reply.is_error() && reply.text.starts_with("NOSCRIPT "); }

    void on_claim(RedisLane& lane, Id id, const RedisLane::Answer& answer, Tick now) {
        const auto* application = requests_.application_of(id);
        const auto& reply = answer.reply;
        // A request that is gone ran out of time and was told so; nobody waits for this reply any more.
        if (answer.as == SentAs::read) {
            if (application != nullptr) on_read(lane, id, reply, *application, now);
        } else if (application == nullptr) {
            release_held(lane, Held::asks_script, now);
        } else if (answer.as == SentAs::look) {
            on_look(lane, id, reply, *application, now);
        } else if (answer.as == SentAs::sha && is_unknown_script(reply)) {
            send_or_wait(lane, id, SentAs::text, now);
        } else {
            auto claimed = reply.is_error() ? Result<ClaimReply>(fault_of_script(lane, reply)) : read_claim_reply(reply, *application);
            release_held(lane, claimed ? Held::is_sold_out : Held::asks_script, now);
            if (claimed && claimed->kind == ClaimReply::Kind::sold_out) expects_sold_out_ = true;
            complete(id, std::move(claimed));
        }
    }

    void on_confirms(RedisLane& lane, const RedisLane::Answer& answer, Tick now) {
        const auto& reply = answer.reply;
        if (answer.as == SentAs::confirms_sha && is_unknown_script(reply)) {
            if (lane.is_ready()) {
                sender_.send_confirms(lane, answer.ids.confirms, SentAs::confirms_text, now);
            } else {
                waiting_.insert(waiting_.end(), answer.ids.confirms.begin(), answer.ids.confirms.end());
            }
            return;
        }
        auto replies = reply.is_error() ? std::vector<Result<ConfirmReply>>(answer.ids.confirms.size(), fault_of_script(lane, reply))
                                        : read_confirm_replies(reply, answer.ids.confirms.size());
        for (std::size_t i = 0; i < answer.ids.confirms.size(); ++i) {
            if (requests_.grant_of(answer.ids.confirms[i]) != nullptr) complete(answer.ids.confirms[i], std::move(replies[i]));
        }
    }

    static Fault fault_of_script(const RedisLane& lane, const RedisReply& reply) {
        return fault_of_error_reply(lane.connection().where(), reply.text, Effect::possible);
    }

    void on_read(RedisLane& lane, Id id, const RedisReply& reply, const Application& application, Tick now) {
        switch (what_read_says(reply, application, sender_.seal())) {
        case PlainRead::sold_out: lane.hold(id); return;
        case PlainRead::something_else: expects_sold_out_ = false; break;
        case PlainRead::has_claim: break;
        }
        send_or_wait(lane, id, SentAs::sha, now);
    }

    void on_look(RedisLane& lane, Id id, const RedisReply& reply, const Application& application, Tick now) {
        const auto says = what_look_says(reply, application, sender_.seal());
        if (says == PlainRead::something_else) expects_sold_out_ = false;
        release_held(lane, says == PlainRead::something_else ? Held::asks_script : Held::is_sold_out, now);
        if (says == PlainRead::sold_out) {
            complete(id, sold_out());
        } else {
            send_or_wait(lane, id, SentAs::sha, now);
        }
    }

    static Result<ClaimReply> sold_out() { return ClaimReply{ClaimReply::Kind::sold_out, {}, {}, {}}; }

    enum class Held { is_sold_out, asks_script };

    void release_held(RedisLane& lane, Held held, Tick now) {
        for (const auto id : lane.take_held()) {
            if (requests_.find(id) == nullptr) continue;
            if (held == Held::is_sold_out) {
                complete(id, sold_out());
            } else {
                send_or_wait(lane, id, SentAs::sha, now);
            }
        }
    }

    void send_or_wait(RedisLane& lane, Id id, SentAs as, Tick now) {
        if (lane.is_ready()) {
            sender_.send_claim(lane, id, *requests_.application_of(id), as, now);
        } else {
            waiting_.push_back(id);
        }
    }

    /// Nobody waits for this request any more. It may have taken effect where it was handed to a connection, even if its bytes still lie
    /// in our own buffer: they may yet leave.
    void expire(Tick now) {
        while (const auto id = requests_.due(now)) {
            bool is_in_flight = false;
            for (auto& lane : lanes_)
                is_in_flight = is_in_flight || lane.run_out(*id);
            if (is_in_flight) {
                fail(*id, no_reply(lanes_.front().connection().where(), "no answer in time", Effect::possible));
            } else {
                fail(*id, last_fault_.value_or(cannot_reach(lanes_.front().connection().where(), "no connection in time")));
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
            while (const auto lost = lane.take_lost()) {
                if (requests_.find(lost->id) == nullptr) continue;
                // A reply can be lost after the script ran, so what has left is unknown, never refused. A read is simply asked again.
                if (lost->may_have_run) {
                    fail(lost->id, no_reply(connection.where(), connection.why(), Effect::possible));
                } else {
                    waiting_.push_back(lost->id);
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
