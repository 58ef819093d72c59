#include "flow/arming.hpp"

#include "core/restore_plan.hpp"
#include "flow/patience.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace coupon {

namespace {

/// Claims that one script puts back or drops.
constexpr std::size_t chunk_size = 2000;

/// The claims that the topic speaks for: records of this round the ledger would issue. A record that is a failed event already speaks
/// for nobody.
Result<std::map<UserId, Slot>> claims_on_topic(TopicLog& topic, const std::vector<OffsetRange>& up_to_end, const RoundRow& round,
                                               const std::vector<Fence>& fences, const std::set<SourcePosition>& failed,
                                               Deadline deadline) {
    // Sorted before they become a map: a million insertions in no order would each search the whole of it.
    std::vector<std::pair<UserId, Slot>> claims;
    const auto read = topic.read(
        up_to_end,
        [&](const SourceRecord& record) {
            const auto decoded = decode(record.raw);
            const auto* issue = std::get_if<IssueRecord>(&decoded);
            if (issue == nullptr || issue->event != round.event || issue->grant.round != round.round || failed.contains(record.at)) return;
            if (admit(*issue, record.at, &round, fences).admission != Admission::issue) return;
            claims.emplace_back(issue->grant.user, issue->grant.slot);
        },
        deadline);
    if (!read) return read.fault();
    std::sort(claims.begin(), claims.end());
    const auto other = std::adjacent_find(claims.begin(), claims.end(),
                                          [](const auto& a, const auto& b) { return a.first == b.first && a.second != b.second; });
    if (other != claims.end()) {
        return Fault{FaultKind::corrupt,
                     "cannot arm the gate: the topic gives user " + other->first.text() + " slot " + other->second.text() + " and slot " +
                         std::next(other)->second.text(),
                     "the worker makes one of them a failed event; then it arms"};
    }
    return std::map<UserId, Slot>(claims.begin(), claims.end());
}

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
    std::vector<UserId> unproven; ///< users of an old copy's pending claims that nothing else speaks for
    GateDoor door = GateDoor::closed;
};

/// Pending claims of an old copy are left out unless a row or a record says the same: the copy may be older than what made them void.
Status read_gate(GateReader& reader, const ArmingTicket& ticket, World& world, Milliseconds timeout, Reading& reading) {
    const auto summary = reader.summary(world.now() + timeout);
    if (!summary) return summary.fault();
    reading.door = summary->fields.door;
    const auto claims = reader.claims(world.now() + time_for(summary->claims, timeout));
    if (!claims) return claims.fault();
    if (!claims->defects.empty()) {
        return Fault{FaultKind::corrupt, "cannot arm the gate: " + claims->defects.front(), "coupon-audit names what is wrong"};
    }
    reading.known.gate = slots_by_user(claims->entries);
    if (!ticket.is_old_copy) return Done{};
    const auto outbox = reader.outbox(world.now() + time_for(summary->outbox, timeout));
    if (!outbox) return outbox.fault();
    reading.unproven = unproven_pending(outbox->entries, reading.known);
    for (const auto user : reading.unproven)
        reading.known.gate.erase(user);
    return Done{};
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

/// The gate remembers an epoch of this very server that is above the ledger's: the ledger lost an arming, and the fence with it.
bool lost_a_fence(const ArmingTicket& ticket, const RoundRow& row) {
    return ticket.remembered && *ticket.remembered > row.epoch;
}

Result<Reading> read_everything(const ArmingTicket& ticket, GateReader& reader, TopicLog& topic, Ledger& ledger, World& world,
                                Milliseconds timeout, GateMove move) {
    const auto partitions = topic.partitions(world.now() + timeout);
    if (!partitions) return partitions.fault();
    // As it is after the gate was read: an arming that ended in between is no lost one.
    const auto before = round_of(ticket.round, ledger, world.now() + timeout);
    if (!before) return before.fault();
    std::map<std::int32_t, std::int64_t> ends;
    std::vector<OffsetRange> up_to_end;
    std::int64_t records = 0;
    for (const auto& partition : *partitions) {
        ends[partition.partition] = lost_a_fence(ticket, *before) ? 0 : partition.high;
        up_to_end.push_back({partition.partition, partition.low, partition.high});
        records += partition.high - partition.low;
    }
    const ArmingPlace place{ticket.server.run_id, ticket.server.database, reader.address(), move == GateMove::allowed};
    const auto state = ledger.store_fence(ticket.round, ticket.epoch, ends, place, world.now() + timeout);
    if (!state) return state.fault();

    const auto row = round_of(ticket.round, ledger, world.now() + timeout);
    if (!row) return row.fault();
    Reading reading{*row, {}, {}, {}};
    reading.round.state = *state;
    const auto fences = ledger.fences(ticket.round, world.now() + timeout);
    if (!fences) return fences.fault();
    const auto rows = ledger.coupon_count(ticket.round, world.now() + timeout);
    if (!rows) return rows.fault();
    const auto coupons = ledger.coupons(ticket.round, world.now() + time_for(*rows, timeout));
    if (!coupons) return coupons.fault();
    reading.known.ledger = slots_by_user(*coupons);
    const auto failed = ledger.failed(world.now() + timeout);
    if (!failed) return failed.fault();
    std::set<SourcePosition> failed_at;
    for (const auto& event : *failed)
        failed_at.insert(event.at);
    auto on_topic = claims_on_topic(topic, up_to_end, reading.round, *fences, failed_at, world.now() + time_for(records, timeout));
    if (!on_topic) return on_topic.fault();
    reading.known.topic = std::move(*on_topic);
    if (auto read = read_gate(reader, ticket, world, timeout, reading); !read) return read.fault();
    return reading;
}

} // namespace

Result<Armed> arm_again(GateReader& reader, GateKeeper& keeper, TopicLog& topic, Ledger& ledger, World& world, const std::string& token,
                        Milliseconds timeout, GateMove move) {
    const auto rounds = ledger.rounds(world.now() + timeout);
    if (!rounds) return rounds.fault();
    if (rounds->empty()) return Fault{FaultKind::missing, "the ledger has no round of this event", "run coupon-reset"};
    const auto& highest = rounds->back();
    const bool is_listed = highest.home.addresses.empty() || highest.home.lists(reader.address());
    if (!is_listed && move == GateMove::refused) return not_the_gate(highest, reader.address());
    const auto ticket = keeper.begin_arming(highest.facts(), token, world.now() + timeout);
    if (!ticket) return ticket.fault();
    const auto reading = read_everything(*ticket, reader, topic, ledger, world, timeout, move);
    if (!reading) return reading.fault();

    auto plan = plan_restore(reading->known, reading->round.limit);
    if (!plan.contradictions.empty()) {
        return Fault{FaultKind::corrupt,
                     "cannot arm the gate, " + std::to_string(plan.contradictions.size()) +
                         " contradictions, the first: " + plan.contradictions.front(),
                     "coupon-audit names all of them"};
    }
    const auto dropped =
        in_chunks(std::span(reading->unproven), [&](auto chunk) { return keeper.drop(*ticket, chunk, world.now() + timeout); });
    if (!dropped) return dropped.fault();
    const auto restored = in_chunks(std::span<const RestoredClaim>(plan.missing),
                                    [&](auto chunk) { return keeper.restore(*ticket, chunk, world.now() + timeout); });
    if (!restored) return restored.fault();
    plan.order.ledger_closed = reading->round.state == RoundState::closed;
    if (const auto armed = keeper.arm(*ticket, plan.order, world.now() + timeout); !armed) return armed.fault();
    const bool stays_closed = reading->round.state == RoundState::open && reading->door == GateDoor::closed;
    return Armed{ticket->round, ticket->epoch, static_cast<std::int64_t>(plan.missing.size()),
                 static_cast<std::int64_t>(reading->unproven.size()), stays_closed};
}

} // namespace coupon
