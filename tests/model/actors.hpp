#pragma once

#include "model/act.hpp"
#include "model/scene.hpp"

#include <optional>
#include <vector>

/// Everybody who acts. Stepping an actor hands every step that it could take next to `take`; a step is atomic, as one call to a server is,
/// and anything may happen between two steps. A program that dies, waits, or is cut off is one that takes no further step.
namespace coupon::model {

struct Actor {
    enum class Kind : std::uint8_t {
        applicant,         ///< core/apply_steps.hpp, with requests that arrive late
        records,           ///< what is on its way to the topic arrives
        requests,          ///< what is on its way to the gate arrives
        worker,            ///< of one partition: its transactions and commits
        redriver,          ///< flow/worker/redrive.cpp, one call at a time
        losses,            ///< the gate loses its memory
        armer,             ///< flow/worker/arming.cpp, one call at a time
        resetter,          ///< flow/reset/reset.cpp, one call at a time; two at once are as if their lock had been lost
        closer,            ///< flow/reset/close.cpp, one call at a time
        reopener,          ///< flow/reset/reopen.cpp, one call at a time
        places,            ///< what happens to the other gate, and what workers do with addresses
        strangers,         ///< somebody who can write to the topic and has another round's key
        ledger,            ///< it falls back to an earlier moment
        broker,            ///< it comes back without the data of a partition
        worker_life,       ///< of one worker: its looks, and that a fresh one comes for it
        roll_back_watcher, ///< flow/worker/roll_back_watch.cpp
        alarm,             ///< of the program that applies, tools/gate_alarm.cpp
        watcher,           ///< a worker's look whether gate and ledger both know of a close: flow/worker/redriver.cpp and
                           ///< flow/worker/close_watcher.cpp
    };
    Kind kind = Kind::applicant;
    std::size_t index = 0;
    std::size_t place = 0; ///< of the gate it works at
};

/// Everybody there is within these bounds.
[[nodiscard]] std::vector<Actor> actors_of(const Bounds& bounds);
void step(const Actor& actor, const Scene& scene, const Take& take);

void step_applicant(const Scene& scene, std::size_t i, const Take& take);
void step_records(const Scene& scene, const Take& take);
void step_requests(const Scene& scene, const Take& take);
void step_worker(const Scene& scene, std::size_t partition, const Take& take);
void step_redriver(const Scene& scene, const Take& take);
void step_losses(const Scene& scene, const Take& take);
void step_armer(const Scene& scene, std::size_t who, const Take& take);
void step_resetter(const Scene& scene, std::size_t who, const Take& take);
void step_places(const Scene& scene, const Take& take);
void step_strangers(const Scene& scene, const Take& take);
void step_ledger(const Scene& scene, const Take& take);
void step_broker(const Scene& scene, const Take& take);
void step_worker_life(const Scene& scene, std::size_t worker, const Take& take);
void step_roll_back_watcher(const Scene& scene, const Take& take);
void step_alarm(const Scene& scene, const Take& take);
void step_closer(const Scene& scene, const Take& take);
void step_reopener(const Scene& scene, const Take& take);
void step_watcher(const Scene& scene, const Take& take);

/// Where a step has changed the gate: the same step, with the gate before it kept as the moment that a later loss brings back. To which
/// moment a loss falls back is thus guessed at the first write that it undoes; keeping takes the loss from the bounds. A moment kept
/// earlier, with the gate unchanged until then, would bring back the same.
[[nodiscard]] std::optional<Scene> with_saved_gate(const Scene& before, const Scene& after);
/// The same for the ledger.
[[nodiscard]] std::optional<Scene> with_saved_ledger(const Scene& before, const Scene& after);
/// Judges the next record of a partition. False when it is held: the ledger lost an arming, and nothing is issued before the next.
/// REQUIRES: there is one.
bool issue_next(Scene& scene, std::size_t partition);
/// The record before the worker's position delivered once more: the worker died between COMMIT and offset commit. REQUIRES: there is one,
/// and a redelivery left.
[[nodiscard]] Scene delivered_again(const Scene& scene, std::size_t partition);
/// One call further. False when the armer has nothing more to do, or met a fault.
[[nodiscard]] bool advance_armer(Scene& scene, std::size_t who);
/// The armer's first call: the ledger's highest round. Idle when there is nothing that this worker arms.
[[nodiscard]] Armer armer_that_begins(const Scene& scene, std::size_t worker);
/// The worker that reads this partition.
[[nodiscard]] std::size_t worker_of(const Bounds& bounds, std::size_t partition);
/// Looks whether the gate went back, and takes its arms away if it did.
void watch_for_roll_back(Scene& scene);
/// A gate that is there and may grant.
[[nodiscard]] bool is_gate_armed(const Scene& scene);
/// The worker looks at gate and ledger, and finishes a close that one of them does not know of, until both agree.
void watch_until_quiet(Scene& scene);
/// One call of a reset further; several worlds where the call may go several ways.
void advance_resetter(const Scene& scene, std::size_t who, const Take& take);
/// False when the redrive will find, at its second look, that the gate is another one than at its first.
[[nodiscard]] bool can_still_publish(const Scene& scene);
/// Claims that nothing is on its way for, by what the redrive has read.
[[nodiscard]] std::vector<ClaimedSlot> missing_claims(const Scene& scene, const Redriver& redriver);

} // namespace coupon::model
