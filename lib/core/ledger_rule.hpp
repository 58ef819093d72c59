#pragma once

#include "core/gate_rule.hpp"
#include "core/issue_record.hpp"
#include "core/record_identity.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// The rule of the ledger, pure: what becomes of one record, and which changes of a round are allowed. The worker's transaction, the
/// audit, the fake ledger and the model explorer all call it.
namespace coupon {

/// Where the gate that counts is (lib/README.md, "One gate counts"). At none of its addresses but these a gate is made or armed.
struct GateHome {
    std::string run_id;                 ///< of the server it was armed in last; empty: not known yet
    std::int64_t database = 0;          ///< the number of its database there
    std::vector<std::string> addresses; ///< at which that very gate was seen, and those an operator named beforehand

    [[nodiscard]] bool lists(const std::string& address) const;
    friend bool operator==(const GateHome&, const GateHome&) = default;
};

/// One round as the ledger's table `coupon_round` keeps it: enough to create a lost gate again.
struct RoundRow {
    std::string event;
    Round round;
    Limit limit;
    std::string topic;
    RoundState state = RoundState::opening;
    Epoch epoch{1};
    Window window;
    std::string owner;             ///< the token of who last wrote the state
    std::string group{};           ///< the consumer group of the workers
    std::string cluster_id{};      ///< of the Kafka cluster the topic is in
    std::optional<RoundKey> key{}; ///< none in a round opened by a release without keys: nothing is compared with it
    GateHome home{};
    std::optional<std::string> once_key{}; ///< that of --once, where the round was opened with one

    [[nodiscard]] RoundFacts facts() const {
        return {round, limit, window, state, epoch, key, topic, cluster_id, home.run_id, home.database};
    }
    friend bool operator==(const RoundRow&, const RoundRow&) = default;
};

/// The end of an epoch in one partition: records of an epoch older than `epoch` at or after `end_offset` are fenced. An epoch's fences name
/// every partition the topic had; in one that was added later every record of an older epoch is fenced.
struct Fence {
    Epoch epoch;
    std::int32_t partition = 0;
    std::int64_t end_offset = 0;
    std::optional<RecordIdentity> below{}; ///< the last record before it, which tells the log from another one

    friend auto operator<=>(const Fence&, const Fence&) = default;
};

/// Where a partition ends.
struct LogEnd {
    LogEnd(std::int64_t end_offset, std::optional<RecordIdentity> last_record = {})
        : offset(end_offset), below(last_record) {} // NOLINT(google-explicit-constructor): an offset alone will do

    std::int64_t offset;                 ///< one past the last
    std::optional<RecordIdentity> below; ///< the last record before it, where one was read
};

/// One issued coupon.
struct Coupon {
    Slot slot;
    UserId user;

    friend bool operator==(const Coupon&, const Coupon&) = default;
};

/// A coupon with its times: those of the record, and of the ledger's server.
struct DatedCoupon : Coupon {
    Instant granted_at;
    Instant issued_at;

    friend bool operator==(const DatedCoupon&, const DatedCoupon&) = default;
};

/// A record that was not issued, as the table `failed_event` keeps it, without its bytes.
struct FailedEvent {
    std::string topic;
    SourcePosition at;
    std::string event;          ///< empty where the record does not say
    std::optional<Round> round; ///< where the record says
    std::optional<UserId> user; ///< where the record says
    FailedKind kind = FailedKind::undecodable;
    std::string reason;
    std::int64_t attempts = 1;
    bool resolved = false;                    ///< a later retry issued it
    std::optional<std::string> dismissed_why; ///< an operator dismissed it, in the operator's words
    RecordMark mark{};                        ///< of the record

    [[nodiscard]] RecordIdentity identity() const { return {at, mark}; }
};

/// A failed event with the record itself.
struct FailedRecord {
    FailedEvent event;
    RawRecord raw;
};

/// The exactly one class of every record (I9).
enum class RecordClass : std::uint8_t { issued, already_issued, stale, fenced, failed };

[[nodiscard]] const char* name_of(RecordClass value);

/// What a round's own state says about a record of it.
enum class Admission : std::uint8_t { issue, stale, fenced, failed };

struct Admitted {
    Admission admission = Admission::failed;
    FailedKind kind = FailedKind::undecodable; ///< with failed
    std::string reason;                        ///< with failed
};

/// Whether a decoded record may be issued: unknown round, not signed with the round's key, impossible slot, impossible epoch -> failed;
/// abandoned or purged round -> stale; behind a fence -> fenced. `round` is the row of the record's round, or nullptr when the ledger has
/// none.
[[nodiscard]] Admitted admit(const IssueRecord& record, const SourcePosition& at, const RoundRow* round, const std::vector<Fence>& fences);

/// Why a record that its round's key did not sign is a failed event. Such a record is evidence of nothing, also where a gate is armed.
inline constexpr auto not_signed = "not signed by this round's gate";

/// Whether an epoch older than a fence wrote this record at or after the fence.
[[nodiscard]] bool is_fenced(Epoch epoch, const SourcePosition& at, const std::vector<Fence>& fences);

/// What an admitted record meets in the coupon table.
struct Settlement { // NOLINT(clang-analyzer-core.uninitialized.Assign): as with Fault
    RecordClass becomes = RecordClass::issued;
    FailedKind kind = FailedKind::conflict; ///< with failed
    std::string reason;                     ///< with failed
};

/// user_row: the slot this user has, slot_row: the user who has this slot. Either is the grant's own: already issued. Otherwise a
/// conflict, failed.
[[nodiscard]] Settlement settle(const Grant& grant, const std::optional<Slot>& user_row, const std::optional<UserId>& slot_row);

/// Why a failed event that could be issued must not be while nobody has looked at the gate; empty where it may. Arming passes a failed
/// event over, so a gate that had forgotten the claim may have given its slot to somebody else in a later epoch.
[[nodiscard]] std::string not_without_the_gate(const Grant& grant, const RoundRow& round);

/// May the round go from one state to the other? (opening -> open <-> closed -> abandoned or purged; opening -> closed never: a reset
/// takes it over; opening -> abandoned never: nobody was let in.)
[[nodiscard]] bool may_become(RoundState from, RoundState to);

} // namespace coupon
