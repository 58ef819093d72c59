#pragma once

#include "core/apply_steps.hpp"
#include "core/grant.hpp"
#include "core/places.hpp"
#include "flow/apply/apply_memory.hpp"
#include "flow/apply/history_sink.hpp"
#include "flow/world.hpp"
#include "gate/gate.hpp"
#include "gate/gate_reader.hpp"
#include "topic/publisher.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <variant>
#include <vector>

namespace coupon {

/// What became of one application, with the moments that latencies are made of.
struct Finished {
    std::uint64_t id = 0; ///< the caller's number
    Told told;
    std::optional<FaultKind> cause; ///< behind error, unknown or pending
    Tick started;
    std::optional<Tick> answered; ///< when the gate's first word came
    Tick finished;
};

/// Keeps of many causes the one that the exit code goes by: denied before anything else, and only of applications told error.
void note_cause(std::optional<FaultKind>& worst, const Finished& finished);

/// How many answers of each kind.
class AnswerCounts {
public:
    void add(Answer answer, std::int64_t times = 1) { counts_[static_cast<std::size_t>(answer)] += times; }
    [[nodiscard]] std::int64_t of(Answer answer) const { return counts_[static_cast<std::size_t>(answer)]; }
    [[nodiscard]] std::int64_t total() const;

private:
    std::array<std::int64_t, all_answers.size()> counts_{};
};

/// How long a server has been waited for without a word from it. Time in which nothing is expected from it does not count.
class Silence {
public:
    [[nodiscard]] bool is_asked() const { return since_.has_value(); }
    void asked(Tick now) {
        if (!since_) since_ = now;
    }
    void heard() { *this = {}; }
    /// Nothing is expected any more, though no word came.
    void given_up(Tick now) {
        if (since_) before_ += now - *since_;
        since_.reset();
    }
    [[nodiscard]] bool lasts(Tick now, Milliseconds time) const { return before_ + (since_ ? now - *since_ : Nanoseconds(0)) >= time; }

private:
    std::optional<Tick> since_;
    Nanoseconds before_{0};
};

/// Drives any number of applications through gate and topic at once: the one path that coupon-apply and coupon-flood share.
/// Every application is told exactly once, at the latest when its time is up. One thread per engine.
class ApplyEngine {
public:
    /// `timeout` bounds each application. `round` and its `key` were read from the gate at the start of the program. All engines of a
    /// program have one `memory`: a slot given to users of two engines is noticed, and a server is silent that is silent to all of them.
    ApplyEngine(Gate& gate, Publisher& publisher, World& world, std::string event, Round round, std::optional<RoundKey> key,
                Milliseconds timeout, std::shared_ptr<ApplyMemory> memory = std::make_shared<ApplyMemory>());

    /// `act` is called when the gate is found to have gone back in time, with the grant that showed it, in the engine's thread. It is to
    /// take the gate's arms away, and to tell somebody.
    void on_went_back(std::function<void(const Grant&)> act) { went_back_ = std::move(act); }

    void start(std::uint64_t id, UserId user);
    /// Moves everything on and appends what was told to `out`; waits up to `wait` for the first.
    void poll(std::vector<Finished>& out, Milliseconds wait);
    [[nodiscard]] std::size_t in_flight() const { return applications_.size(); }
    /// The server that was asked and has not said a word to any engine for a whole timeout: sending more makes no sense, and poll() tells
    /// what is in flight within a second.
    [[nodiscard]] std::optional<ApplyServer> silent_server() const;
    /// Set once the topic refused a record because a right is missing. No claim is sent from then on.
    [[nodiscard]] const std::optional<Fault>& refused() const { return refused_; }

private:
    struct InFlight {
        std::uint64_t id = 0; ///< the caller's
        Applying way{UserId()};
        Application application;
        Tick started;
        Deadline deadline;
        std::optional<Tick> answered;
        int tries = 0;
        int claims_sent = 0;
        GrantMark sent{}; ///< as it was before the claim was first sent
    };
    using Place = Places<InFlight>::Id; ///< also the ticket at gate and publisher
    struct Later {
        Tick when;
        Place place;
        friend bool operator>(const Later& a, const Later& b) { return a.when > b.when; }
    };

    void proceed(Place place, InFlight& application);
    void on_gate(const GateCompletion& completion, Tick now);
    void on_claim(InFlight& application, const Result<ClaimReply>& reply);
    void on_delivery(const Delivery& delivery, Tick now);
    void wake_due();
    void expire_due();
    void finish_told(std::vector<Finished>& out);
    void pause_before(Place place, InFlight& application);

    Gate& gate_;
    Publisher& publisher_;
    World& world_;
    std::string event_;
    Round round_;
    std::optional<RoundKey> key_;
    Milliseconds timeout_;
    Places<InFlight> applications_;
    std::priority_queue<Later, std::vector<Later>, std::greater<>> pauses_;
    std::queue<Later> deadlines_; ///< ascending, for all applications have the same time
    std::vector<Place> told_;
    std::vector<GateCompletion> completions_;
    std::vector<Delivery> deliveries_;
    std::shared_ptr<ApplyMemory> memory_;
    std::function<void(const Grant&)> went_back_;
    Silence gate_silence_;
    Silence topic_silence_;
    std::optional<Fault> refused_;
};

/// A line of the input that is no user id.
struct BadLine {
    std::int64_t number = 0; ///< from 1
    std::string text;        ///< as it came, not escaped
};

/// The next user to apply for, a bad line, nothing at this moment (the input is a pipe whose writer is slow), nothing more, or why the
/// input cannot be read any further.
struct NoUserYet {};
struct NoMoreUsers {};
using NextUser = std::variant<UserId, BadLine, NoUserYet, NoMoreUsers, Fault>;

/// What coupon-apply did.
struct ApplyReport {
    AnswerCounts counts;
    std::int64_t bad_lines = 0;
    std::optional<FaultKind> worst_cause; ///< denied before anything else, of applications told error
    std::optional<ApplyServer> silent;    ///< did not answer any more, so not every user was asked for
    std::optional<Fault> refused;         ///< a right to publish is missing, so not every user was asked for
    bool interrupted = false;             ///< stopped by a signal; what was not sent is not counted
    std::optional<Fault> input_fault;     ///< the users could not be read to their end
    std::optional<Fault> history_fault;   ///< the history could not be written, so not every user was asked for

    /// The input named no user, and nothing that was meant to be one.
    [[nodiscard]] bool has_read_nobody() const {
        return counts.total() == 0 && bad_lines == 0 && !silent && !refused && !interrupted && !history_fault;
    }
};

/// Applies for every user `next` names, at most `in_flight` at once, and hands each outcome to `tell` as it comes (in order where
/// in_flight is 1).
/// `next` must not block: a source that has no line yet says NoUserYet. The caller has read the round from the gate and asked the publisher
/// for the topic before. `history` may be null.
[[nodiscard]] ApplyReport apply(ApplyEngine& engine, World& world, std::size_t in_flight, const std::function<NextUser()>& next,
                                const std::function<void(const Told&)>& tell, const std::function<void(const BadLine&)>& reject,
                                HistorySink* history);

} // namespace coupon
