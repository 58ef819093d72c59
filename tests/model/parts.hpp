#pragma once

#include "core/apply_steps.hpp"
#include "core/batch_rule.hpp"
#include "core/close_steps.hpp"
#include "core/quiescence.hpp"
#include "core/reopen_steps.hpp"
#include "core/reset_steps.hpp"
#include "core/restore_plan.hpp"
#include "core/roll_back.hpp"
#include "core/void_claims.hpp"
#include "fakes/plain_grants.hpp"
#include "model/interned.hpp"

#include <array>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

/// The parts of the modelled world: values of core's own types, and what the programs remember between two steps.
namespace coupon::model {

inline const std::string event_name = "coupon";
inline const std::string topic_name = "coupon_create";

/// The gate's memory and which server process holds it.
struct GateSide {
    GateMemory memory;
    std::int64_t server = 1;
    std::int64_t database = 0;
    bool went_back = false;      ///< while its server went on, and no arming that began since has ended
    bool is_armed_again = false; ///< such an arming has begun

    [[nodiscard]] ServerIdentity identity() const {
        return {"run-" + std::to_string(server), "replid-" + std::to_string(server), database};
    }
    void add_to(Key& key) const;
};

/// The tables.
struct LedgerSide {
    KnownRows rows;
    std::map<RecordIdentity, FailedGrant> failed;
    std::map<Round, std::set<std::pair<Slot, UserId>>> given_up; ///< abandoned_claim
    std::map<Round, std::map<std::int32_t, std::int64_t>> purge_offsets;

    [[nodiscard]] std::optional<RoundRow> highest() const;
    void add_to(Key& key) const;
};

/// The topic with the one group that reads it.
struct TopicSide {
    struct Partition {
        std::vector<Grant> records;    ///< the index is the offset
        std::set<std::int64_t> forged; ///< offsets of records that another round's key signed
        std::int64_t low = 0;
        std::int64_t position = 0; ///< of the worker that has the partition
        std::int64_t committed = 0;
        std::int64_t log = 0; ///< how often another one took its place
    };
    std::vector<Partition> partitions;

    [[nodiscard]] std::int32_t partition_of(UserId user) const;
    void append(const Grant& grant);
    [[nodiscard]] std::map<std::int32_t, std::int64_t> ends() const;
    /// Which log each partition is.
    [[nodiscard]] std::map<std::int32_t, std::int64_t> logs() const;
    void add_to(Key& key) const;
};

/// The order of grants in a list where it does not matter.
[[nodiscard]] inline bool is_before(const Grant& a, const Grant& b) {
    return std::tie(a.user, a.slot, a.epoch, a.round) < std::tie(b.user, b.slot, b.epoch, b.round);
}

/// A request for a claim that got no reply.
struct LateClaim {
    std::int64_t number = 0; ///< of the application
    UserId user;
    Round round;

    friend auto operator<=>(const LateClaim&, const LateClaim&) = default;
};

/// What is on its way. Each of these arrives later or never.
struct Air {
    std::vector<Grant> redriven;                    ///< records of a redrive that will confirm them
    std::vector<Grant> records;                     ///< records nobody waits for
    std::vector<Grant> to_confirm;                  ///< redriven records on the topic whose confirm is still to be sent
    std::vector<LateClaim> claims;                  ///< requests without a reply
    std::vector<Grant> confirms;                    ///< requests without a reply
    std::vector<std::array<LateClaim, 2>> together; ///< claims that are decided as one step, without a reply

    void add_to(Key& key) const;
};

/// One application.
struct Applicant {
    explicit Applicant(UserId who) : way(who), user(who) {}

    Applying way;
    UserId user;
    std::optional<Round> round;   ///< as read at its start; absent: not started
    std::optional<Slot> checked;  ///< with the bug claim_in_two_steps: the slot that was free when it asked
    bool landed = false;          ///< its record is on the topic, the report is on its way
    std::int64_t told_before = 0; ///< the applications that had their answer before this one was sent, as bits

    Epoch sold_out_in; ///< the gate's epoch when it was told sold out

    GrantMark sent;             ///< what its program knew when it was first sent
    int claims_sent = 0;        ///< up to two: more make no difference
    bool in_doubt = false;      ///< answered between the moment the gate went back and the next arming
    bool late_in_doubt = false; ///< a request of it that nobody waited for any more arrived within that time

    [[nodiscard]] bool is_told() const { return way.step() == ApplyStep::tell; }
    void add_to(Key& key) const;
};

/// One worker: what flow/worker/epoch_memory.hpp remembers of the round.
struct Worker {
    Epoch met{1};
    bool has_looked = true; ///< at row and gate, since it was started, while no arming was ahead of the row

    friend bool operator==(const Worker&, const Worker&) = default;
};

inline constexpr std::size_t most_workers = 2;

/// Each with a memory of its own. The first redrives; it reads all partitions, or all but the second one where the other is at home, too.
struct Workers {
    std::array<Worker, most_workers> each;
    int fresh = 0; ///< that came for one that died, and have met nothing

    void add_to(Key& key) const;
};

/// What flow/worker/roll_back_watch.hpp remembers between two looks of the first worker, and flow/worker/issued_lately.hpp.
struct RollBackWatcher {
    std::optional<GateProgress> before;
    std::set<std::pair<UserId, Slot>> written; ///< rows
    std::vector<Grant> losers;                 ///< records that lost their slot
    std::optional<GateProgress> to_disarm;     ///< the gate that went back, its arms to be taken away

    void add_to(Key& key) const;
};

/// What the program that all applications belong to knows of the order of grants.
struct ApplyProgram {
    struct Heard {
        Grant grant;
        GrantMark sent;
        bool is_fresh = false;
    };
    std::vector<Heard> heard;
    std::optional<Grant> alarm; ///< cannot have been given by a gate that did not go back, whose arms are to be taken away

    [[nodiscard]] GrantOrder<PlainGrants> order() const;
    void add_to(Key& key) const;
};

/// Somebody who arms the gate: what flow/worker/arming.cpp remembers between two calls.
struct Armer {
    enum class Step { idle, begin, take_ends, store_fence, read_ledger, read_topic, read_gate, drop, restore, arm };
    Step step = Step::idle;
    RoundFacts facts;
    ArmingTicket ticket;
    std::map<std::int32_t, std::int64_t> ends;
    RoundRow row;
    std::vector<Fence> fences;
    std::set<RecordIdentity> failed;
    std::map<std::int32_t, std::int64_t> logs; ///< of which `ends` are the ends
    KnownClaims known;
    std::vector<UserId> voided; ///< users of claims that do not count
    std::vector<RestoredClaim> missing;
    ArmOrder order;
    std::map<std::int32_t, std::int64_t> topic_ends; ///< where the fence does not end with the topic
    std::optional<Epoch> lost;                       ///< of an arming that the ledger lost, and whose fence is stored again
    bool is_issued = false;                          ///< the ledger has all that it will ever issue before the fence

    void add_to(Key& key) const;
};

/// The redrive of a worker: what flow/worker/redrive.cpp remembers between two calls.
struct Redriver {
    enum class Step {
        idle,
        pending_seen,
        pending_listed,
        missing_seen,
        missing_claims,
        missing_outbox,
        missing_round,
        missing_lag,
        missing_rows
    };
    Step step = Step::idle;
    Round round;
    Epoch epoch;
    std::vector<ClaimedSlot> claims;
    std::vector<PendingClaim> outbox;

    void add_to(Key& key) const;
};

/// One run of coupon-reset: what flow/reset/reset.cpp remembers between two calls.
struct Resetter {
    bool runs = false;
    Resetting way{"", Force::no};
    int call = 0; ///< within the stage, from 0
    std::optional<GateMark> gate;
    QuiescenceLook look;
    std::map<UserId, Slot> claims; ///< read from the gate, and when giving up also from the topic
    std::map<std::int32_t, std::int64_t> ends;
    bool misjudged = false; ///< it found the round quiescent, and a claim had no row

    void add_to(Key& key) const;
};

/// One run of coupon-reset --close: what flow/reset/close.cpp remembers between two calls. Of one that has ended only its end is kept.
struct Closer {
    enum class Stands { idle, runs, closed, failed };
    Stands stands = Stands::idle;
    Closing way{event_name};
    Round round;               ///< with closed: the round it closed
    bool after_reopen = false; ///< it began after the reopener had ended
    bool misjudged = false;    ///< it ended with 0, and the gate let users in
    bool before_reset = false; ///< the ledger knew of it when a reset looked, which may open the event

    void add_to(Key& key) const;
};

/// One run of coupon-reset --reopen: what flow/reset/reopen.cpp remembers between two calls. Of one that has ended only its end is kept.
struct Reopener {
    enum class Stands { idle, runs, open, refused };
    Stands stands = Stands::idle;
    Reopening way{"reopener"};
    std::optional<RoundRow> row; ///< read, and the gate is read next
    bool has_told = false;       ///< the ledger, of a close
    bool has_armed = false;
    bool after_close = false; ///< it began after the closer had ended

    /// It will compare the gate with what it has read of it.
    [[nodiscard]] bool knows_gate() const;
    void add_to(Key& key) const;
};

/// A worker's look at gate and ledger: what flow/worker/redriver.cpp and flow/worker/close_watcher.cpp remember between two calls.
struct Watcher {
    enum class Step { idle, read_gate, read_again, tell_ledger, mark_told, close_gate };
    Step step = Step::idle;
    std::string token; ///< the one it drew, once it knows what is to be done
    RoundRow row;
    GateMark seen;
    Step then = Step::idle; ///< the first call of what is to be done, once the row was read again

    void add_to(Key& key) const;
};

} // namespace coupon::model
