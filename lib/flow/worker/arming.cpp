#include "flow/worker/arming.hpp"

#include "core/gate_faults.hpp"
#include "core/void_claims.hpp"
#include "flow/patience.hpp"
#include "flow/worker/lost_logs.hpp"
#include "flow/worker/skipped_records.hpp"
#include "flow/worker/topic_claims.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace coupon {

namespace {

/// Claims that one script puts back or drops.
constexpr std::size_t chunk_size = 2000;

template <class Entry>
std::map<UserId, Slot> slots_by_user(const std::vector<Entry>& entries) {
    std::vector<std::pair<UserId, Slot>> slots;
    slots.reserve(entries.size());
    for (const auto& entry : entries)
        slots.emplace_back(entry.user, entry.slot);
    std::sort(slots.begin(), slots.end());
    return {slots.begin(), slots.end()};
}

/// Steps 2 to 4: everything that is known of the round, read after its epoch was stored.
struct Reading {
    RoundRow round;
    KnownClaims known;
    std::string contradiction; ///< of the topic with itself, if there is one
    std::set<UserId> doubled;  ///< the users whom that is about
    std::vector<OffsetRange> up_to_end;
    std::int64_t unissued = 0;     ///< records before the fence that the workers had not committed before the rows were read
    std::vector<VoidClaim> voided; ///< taken out of known
    GateDoor door = GateDoor::closed;
    std::vector<std::string> lost_logs;
};

void take_out(Reading& reading, const std::vector<VoidClaim>& voided) {
    for (const auto& claim : voided) {
        reading.known.gate.erase(claim.user);
        if (claim.reason != VoidReason::old_copy) reading.known.topic.erase(claim.user);
    }
    reading.voided.insert(reading.voided.end(), voided.begin(), voided.end());
}

/// Pending claims of an old copy are left out unless a row or a record says the same: the copy may be older than what made them void.
Status read_gate(GateReader& reader, const ArmingTicket& ticket, World& world, Milliseconds timeout, Reading& reading) {
    const auto summary = reader.summary(world.now() + timeout);
    if (!summary) return summary.fault();
    reading.door = summary->fields.door;
    const auto claims = reader.claims(world.now() + time_for(summary->claims, timeout));
    if (!claims) return claims.fault();
    if (!claims->defects.empty()) {
        return Fault{FaultKind::corrupt, "cannot arm the gate: " + claims->defects.front(), rebuild_gate_hint};
    }
    reading.known.gate = slots_by_user(claims->entries);
    if (!ticket.is_old_copy) return Done{};
    const auto outbox = reader.outbox(world.now() + time_for(summary->outbox, timeout));
    if (!outbox) return outbox.fault();
    take_out(reading, unproven_pending(outbox->entries, reading.known, ticket.epoch));
    return Done{};
}

/// Records before the fence that the workers have not committed yet.
Result<std::int64_t> count_unissued(TopicLog& topic, const std::map<std::int32_t, LogEnd>& ends, Deadline deadline) {
    const auto partitions = topic.partitions(deadline);
    if (!partitions) return partitions.fault();
    std::int64_t unissued = 0;
    for (const auto& one : *partitions) {
        const auto end = ends.find(one.partition);
        if (end != ends.end()) unissued += one.behind_before(end->second.offset);
    }
    return unissued;
}

/// The chunks of a long list, one call each.
template <class Entry, class Call>
Status in_chunks(std::span<const Entry> entries, const Call& call) {
    for (std::size_t from = 0; from < entries.size(); from += chunk_size) {
        if (const auto done = call(entries.subspan(from, std::min(chunk_size, entries.size() - from))); !done) return done;
    }
    return Done{};
}

Result<RoundRow> round_of(Round round, LedgerReader& ledger, Deadline deadline) {
    const auto rounds = ledger.rounds(deadline);
    if (!rounds) return rounds.fault();
    const auto row = std::find_if(rounds->begin(), rounds->end(), [&](const RoundRow& one) { return one.round == round; });
    if (row == rounds->end()) return Fault{FaultKind::conflict, "round " + round.text() + " vanished from the ledger", {}};
    return *row;
}

/// The topic as it was when the epoch was stored.
struct Fenced {
    std::map<std::int32_t, LogEnd> ends; ///< of the new epoch's fence
    std::vector<std::string> lost_logs;
    std::vector<OffsetRange> up_to_end;
    std::int64_t records = 0;
    RoundState state = RoundState::closed;
};

/// Steps 2 and 3. A ledger that is in a lower epoch than gate or caller have met lost an arming, and the fence with it. Where this very
/// server remembers that epoch it holds all that is not void, and the new fence begins at the beginning. Otherwise what the lost fence
/// fenced is fenced again, and the records of the epoch itself count.
Result<Fenced> fence_topic(const ArmingTicket& ticket, const std::string& address, TopicLog& topic, Ledger& ledger, World& world,
                           Milliseconds timeout, const ArmingWish& wish) {
    const auto partitions = topic.partitions(world.now() + timeout);
    if (!partitions) return partitions.fault();
    // As it is after the gate was read: an arming that ended in between is no lost one.
    const auto before = round_of(ticket.round, ledger, world.now() + timeout);
    if (!before) return before.fault();
    const auto remembered = ticket.remembered.value_or(Epoch(0));
    const bool is_remembered = remembered > before->epoch;
    Fenced fenced;
    auto lost_logs = let_lost_logs_go(ticket.round, *partitions, topic, ledger, world, timeout);
    if (!lost_logs) return lost_logs.fault();
    fenced.lost_logs = std::move(*lost_logs);
    auto ends = log_ends(*partitions, topic, world.now() + timeout);
    if (!ends) return ends.fault();
    std::map<std::int32_t, LogEnd> beginning;
    for (const auto& partition : *partitions) {
        beginning.emplace(partition.partition, 0);
        fenced.up_to_end.push_back({partition.partition, partition.low, partition.high});
        fenced.records += partition.high - partition.low;
    }
    fenced.ends = is_remembered ? beginning : std::move(*ends);
    const ArmingPlace place{ticket.server.run_id, ticket.server.database, address, wish.move == GateMove::allowed};
    if (wish.met > before->epoch && wish.met > remembered) {
        const auto lost = ledger.store_fence(ticket.round, wish.met, beginning, place, world.now() + timeout);
        if (!lost) return lost.fault();
    }
    const auto state = ledger.store_fence(ticket.round, ticket.epoch, fenced.ends, place, world.now() + timeout);
    if (!state) return state.fault();
    fenced.state = *state;
    return fenced;
}

Result<Reading> read_everything(const ArmingTicket& ticket, GateReader& reader, TopicLog& topic, Ledger& ledger, World& world,
                                Milliseconds timeout, const ArmingWish& wish) {
    const auto fenced = fence_topic(ticket, reader.address(), topic, ledger, world, timeout, wish);
    if (!fenced) return fenced.fault();
    const auto row = round_of(ticket.round, ledger, world.now() + timeout);
    if (!row) return row.fault();
    Reading reading{*row, {}, {}, {}, fenced->up_to_end, 0, {}, {}, fenced->lost_logs};
    reading.round.state = fenced->state;
    // Before rows and failed events are read: what was committed by now is among them.
    const auto unissued = count_unissued(topic, fenced->ends, world.now() + timeout);
    if (!unissued) return unissued.fault();
    reading.unissued = *unissued;
    const auto fences = ledger.fences(ticket.round, world.now() + timeout);
    if (!fences) return fences.fault();
    const auto rows = ledger.coupon_count(ticket.round, world.now() + timeout);
    if (!rows) return rows.fault();
    const auto coupons = ledger.coupons(ticket.round, world.now() + time_for(*rows, timeout));
    if (!coupons) return coupons.fault();
    reading.known.ledger = slots_by_user(*coupons);
    const auto failed = ledger.failed_identities(world.now() + timeout);
    if (!failed) return failed.fault();
    auto on_topic =
        claims_on_topic(topic, fenced->up_to_end, reading.round, *fences, *failed, world.now() + time_for(fenced->records, timeout));
    if (!on_topic) return on_topic.fault();
    reading.known.topic = std::move(on_topic->claims);
    reading.contradiction = std::move(on_topic->contradiction);
    reading.doubled = std::move(on_topic->doubled);
    if (auto read = read_gate(reader, ticket, world, timeout, reading); !read) return read.fault();
    if (wish.carried.empty()) return reading;
    auto carried = carry_over(wish.carried, reading.known, reading.round.limit, ticket.epoch);
    // Like those on the topic: known elsewhere than in this gate.
    reading.known.topic.merge(carried.kept);
    reading.voided.insert(reading.voided.end(), carried.voided.begin(), carried.voided.end());
    return reading;
}

/// Another program in the workers' group may have read what would settle a contradiction: no worker issues it then.
Status issue_skipped(Reading& reading, TopicLog& topic, Ledger& ledger, World& world, Milliseconds timeout) {
    auto undecided = undecided_in(reading.known);
    for (const auto user : reading.doubled) {
        if (!reading.known.ledger.contains(user)) undecided.users.insert(user);
    }
    if (undecided.empty()) return Done{};
    return issue_skipped(undecided, reading.up_to_end, reading.round, topic, ledger, world, timeout, reading.known);
}

/// Two users of a slot, or two slots of a user, are settled by the ledger once it has all that it will ever issue: then rows win.
Result<RestorePlan> plan_where_rows_win(Reading& reading, Epoch epoch, TopicLog& topic, Ledger& ledger, World& world,
                                        Milliseconds timeout) {
    auto plan = plan_restore(reading.known, reading.round.limit);
    if (!reading.contradiction.empty()) plan.contradictions.insert(plan.contradictions.begin(), reading.contradiction);
    if (plan.contradictions.empty()) return plan;
    if (reading.unissued > 0) {
        return Fault{FaultKind::not_quiescent,
                     "cannot arm the gate before the workers have issued " + std::to_string(reading.unissued) +
                         " more records, for then rows win: " + plan.contradictions.front(),
                     "run coupon-consume"};
    }
    if (auto issued = issue_skipped(reading, topic, ledger, world, timeout); !issued) return issued.fault();
    take_out(reading, claims_against_rows(reading.known, epoch));
    plan = plan_restore(reading.known, reading.round.limit);
    if (plan.contradictions.empty()) return plan;
    return Fault{FaultKind::corrupt,
                 "cannot arm the gate, " + std::to_string(plan.contradictions.size()) +
                     " contradictions, the first: " + plan.contradictions.front(),
                 rebuild_gate_hint};
}

/// The ledger first: a claim that is gone from the gate must not be gone without a word.
Status give_up_void_claims(const ArmingTicket& ticket, const std::vector<VoidClaim>& voided, GateKeeper& keeper, Ledger& ledger,
                           World& world, Milliseconds timeout) {
    if (voided.empty()) return Done{};
    if (auto kept = ledger.keep_void(ticket.round, voided, world.now() + time_for(voided.size(), timeout)); !kept) return kept;
    std::vector<UserId> users;
    users.reserve(voided.size());
    for (const auto& claim : voided)
        users.push_back(claim.user);
    return in_chunks(std::span<const UserId>(users), [&](auto chunk) { return keeper.drop(ticket, chunk, world.now() + timeout); });
}

} // namespace

Result<Armed> arm_again(GateReader& reader, GateKeeper& keeper, TopicLog& topic, Ledger& ledger, World& world, const std::string& token,
                        Milliseconds timeout, const ArmingWish& wish) {
    const auto rounds = ledger.rounds(world.now() + timeout);
    if (!rounds) return rounds.fault();
    if (rounds->empty()) return Fault{FaultKind::missing, "the ledger has no round of this event", {}};
    const auto& highest = rounds->back();
    const bool is_listed = highest.home.addresses.empty() || highest.home.lists(reader.address());
    if (!is_listed && wish.move == GateMove::refused) return not_the_gate(highest, reader.address());
    auto facts = highest.facts();
    facts.met = wish.met;
    const auto ticket = keeper.begin_arming(facts, token, world.now() + timeout);
    if (!ticket) return ticket.fault();
    auto reading = read_everything(*ticket, reader, topic, ledger, world, timeout, wish);
    if (!reading) return reading.fault();

    const auto planned = plan_where_rows_win(*reading, ticket->epoch, topic, ledger, world, timeout);
    if (!planned) return planned.fault();
    auto plan = *planned;
    if (auto voided = give_up_void_claims(*ticket, reading->voided, keeper, ledger, world, timeout); !voided) return voided.fault();
    const auto restored = in_chunks(std::span<const RestoredClaim>(plan.missing),
                                    [&](auto chunk) { return keeper.restore(*ticket, chunk, world.now() + timeout); });
    if (!restored) return restored.fault();
    plan.order.ledger_closed = reading->round.state == RoundState::closed;
    if (const auto armed = keeper.arm(*ticket, plan.order, world.now() + timeout); !armed) return armed.fault();
    const bool stays_closed = reading->round.state == RoundState::open && reading->door == GateDoor::closed;
    return Armed{ticket->round,
                 ticket->epoch,
                 static_cast<std::int64_t>(plan.missing.size()),
                 std::move(reading->voided),
                 std::move(reading->lost_logs),
                 stays_closed};
}

} // namespace coupon
