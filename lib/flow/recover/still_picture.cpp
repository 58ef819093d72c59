#include "flow/recover/still_picture.hpp"

#include "core/batch_rule.hpp"
#include "core/unknown_event.hpp"
#include "flow/audit/audit_reading.hpp"
#include "flow/quiescent.hpp"

#include <algorithm>
#include <utility>

namespace coupon {

namespace {

constexpr Milliseconds look_interval{200};
constexpr std::int64_t failed_at_once = 500;

/// The numbers that change whenever anything happens, and what they say.
struct Look {
    std::optional<GatePulse> gate; ///< absent: there is none
    std::vector<PartitionLag> partitions;
    RoundRow round;
    std::vector<std::string> reasons; ///< why the event is not quiescent
    bool waits_for_confirm = false;   ///< pending claims are the only reason

    [[nodiscard]] bool is_same(const Look& other) const {
        return gate == other.gate && round == other.round &&
               std::equal(partitions.begin(), partitions.end(), other.partitions.begin(), other.partitions.end(),
                          [](const PartitionLag& one, const PartitionLag& another) {
                              return one.partition == another.partition && one.high == another.high && one.committed == another.committed;
                          });
    }
};

bool holds(const std::vector<GroupMember>& members, std::int32_t partition) {
    return std::any_of(members.begin(), members.end(), [&](const auto& one) { return one.partitions.contains(partition); });
}

class Looking {
public:
    Looking(const RecoverSettings& settings, const RecoverPorts& ports, AuditStores stores)
        : settings_(settings), world_(ports.world), ports_(ports), stores_(std::move(stores)) {
        audit_.event = settings.event;
        audit_.topic = settings.topic;
        audit_.timeout = settings.timeout;
    }

    Result<StillPicture> take() {
        const Tick until = world_.now() + settings_.wait;
        while (true) {
            auto before = wait_until_still(until);
            if (!before) return before.fault();
            if (!still_) return StillPicture{{}, {}, {}, before->reasons};
            auto input = read_stores(audit_, stores_, world_);
            if (!input) return input.fault();
            if (auto fault = first_fault(*input)) return *fault;
            auto failed = read_failed(before->round.round);
            if (!failed) return failed.fault();
            auto after = look();
            if (!after) return after.fault();
            if (input->gate.has_value() == after->gate.has_value() && after->is_same(*before)) {
                input->unreadable.clear();
                const auto strangers = ask_strangers();
                if (!strangers) return strangers.fault();
                take_from(*strangers, *input->topic_log);
                input->not_quiescent_because = before->reasons;
                return StillPicture{std::move(*input), std::move(*failed), *strangers, {}};
            }
            if (world_.now() >= until) return StillPicture{{}, {}, {}, {"the event changed while it was read"}};
        }
    }

private:
    [[nodiscard]] Deadline soon() const { return world_.now() + settings_.timeout; }

    Result<Look> look();
    /// A ledger that was set back does not know the fences it lost: what it says of the topic's records is no ground to issue them.
    Status unless_behind(const GatePulse& gate);
    Result<FailedClaims> read_failed(Round round);
    /// Members of the group that are no workers; none where the members are not told.
    Result<std::vector<GroupMember>> ask_strangers();
    /// Whether strangers hold all partitions with records that no worker has read. Asked once for as long as nothing moves.
    Result<bool> are_held_by_strangers(const Look& look, Tick since);
    /// What a stranger holds no worker reads: its records count as read, so that those without a class were skipped.
    static void take_from(const std::vector<GroupMember>& strangers, TopicSnapshot& topic);
    /// Sets still_ where the last look may be taken for granted.
    Result<Look> wait_until_still(Tick until);
    /// A gate that is missing, or was armed while it was read, is no fault: the next look shows it.
    static std::optional<Fault> first_fault(const AuditInput& input) {
        const auto fault = std::find_if(input.unreadable.begin(), input.unreadable.end(), [&](const Fault& one) {
            const bool is_of_gate = input.ledger && input.topic_log;
            return !is_of_gate || (one.kind != FaultKind::missing && one.kind != FaultKind::conflict);
        });
        return fault == input.unreadable.end() ? std::nullopt : std::optional(*fault);
    }

    const RecoverSettings& settings_;
    World& world_;
    const RecoverPorts& ports_;
    AuditStores stores_;
    AuditSettings audit_;
    bool still_ = false;
    std::optional<Tick> asked_since_;
    bool are_held_ = false;
};

Result<Look> Looking::look() {
    Look look;
    const auto rounds = stores_.ledger->rounds(soon());
    if (!rounds) return rounds.fault();
    if (rounds->empty()) {
        const auto events = stores_.ledger->events(soon());
        return events ? no_round_of(settings_.event, *events) : events.fault();
    }
    look.round = rounds->back();
    auto seen =
        look_for_quiescence(*stores_.gate, {settings_.event, settings_.topic}, *stores_.topic, *stores_.ledger, world_, settings_.timeout);
    if (seen) {
        if (auto known = unless_behind(seen->after); !known) return known.fault();
        look.gate = seen->after;
        look.reasons = not_quiescent_because(*seen);
        look.partitions = std::move(seen->partitions);
        look.waits_for_confirm =
            seen->before == seen->after && look.gate->armed &&
            std::all_of(look.partitions.begin(), look.partitions.end(), [](const PartitionLag& one) { return one.behind() == 0; });
        return look;
    }
    if (seen.fault().kind != FaultKind::missing) return seen.fault();
    // The gate or the topic; without the topic there is nothing to look at.
    auto partitions = stores_.topic->partitions(soon());
    if (!partitions) return partitions.fault();
    look.partitions = std::move(*partitions);
    look.reasons.push_back(seen.fault().message);
    return look;
}

Status Looking::unless_behind(const GatePulse& gate) {
    // After the gate: an arming stores the ledger's epoch first.
    const auto rounds = stores_.ledger->rounds(soon());
    if (!rounds) return rounds.fault();
    const bool is_of_it = !rounds->empty() && rounds->back().round == gate.round;
    return is_of_it && rounds->back().epoch < gate.epoch ? Status(ledger_lost_an_arming(rounds->back(), gate.epoch)) : Status(Done{});
}

Result<FailedClaims> Looking::read_failed(Round round) {
    FailedClaims claims;
    auto named = stores_.ledger->failed_claims(round, soon());
    if (!named) return named.fault();
    claims.dismissed = std::move(named->dismissed);
    // Of each portion only what names a claim of the event is held.
    std::optional<RecordIdentity> after;
    while (true) {
        const auto portion = stores_.ledger->open_failed(after, failed_at_once, soon());
        if (!portion) return portion.fault();
        for (const auto& failed : *portion) {
            auto read = read_record({failed.event.at, failed.raw});
            if (read.record && read.record->event == settings_.event) claims.open.push_back({std::move(read), failed.event.mark});
        }
        if (portion->empty()) return claims;
        after = portion->back().event.identity();
    }
}

Result<std::vector<GroupMember>> Looking::ask_strangers() {
    const auto group = stores_.topic->group(soon());
    if (!group) return group.fault();
    return strangers_in(*group);
}

Result<bool> Looking::are_held_by_strangers(const Look& look, Tick since) {
    if (asked_since_ == since) return are_held_;
    const auto strangers = ask_strangers();
    if (!strangers) return strangers.fault();
    asked_since_ = since;
    are_held_ = std::all_of(look.partitions.begin(), look.partitions.end(),
                            [&](const PartitionLag& one) { return one.behind() == 0 || holds(*strangers, one.partition); });
    return are_held_;
}

void Looking::take_from(const std::vector<GroupMember>& strangers, TopicSnapshot& topic) {
    for (auto& partition : topic.partitions) {
        if (!holds(strangers, partition.partition)) continue;
        partition.committed = partition.high;
        partition.unread = 0;
    }
}

Result<Look> Looking::wait_until_still(Tick until) {
    std::optional<Look> last;
    Tick since = world_.now();
    while (true) {
        auto now = look();
        const bool is_interrupted = !now && now.fault().kind == FaultKind::interrupted;
        if (is_interrupted || world_.stopping())
            return Fault{FaultKind::interrupted, "interrupted before there was a plan", "run it again; nothing was changed"};
        if (!now) return now.fault();
        if (!last || !now->is_same(*last)) since = world_.now();
        last = std::move(*now);
        const bool only_a_reset_helps = last->round.state != RoundState::open && last->round.state != RoundState::closed;
        const bool has_stood = world_.now() - since >= settings_.grace;
        const bool is_over = world_.now() >= until;
        const auto are_held = has_stood ? are_held_by_strangers(*last, since) : Result<bool>(false);
        if (!are_held) return are_held.fault();
        still_ = last->reasons.empty() || only_a_reset_helps || (has_stood && (last->waits_for_confirm || *are_held || is_over));
        if (still_ || is_over) return std::move(*last);
        if (ports_.look.waiting) ports_.look.waiting(last->reasons);
        world_.pause(look_interval);
    }
}

} // namespace

Result<StillPicture> take_still_picture(const RecoverSettings& settings, const RecoverPorts& ports) {
    auto stores = open_stores(ports.look);
    if (!stores) return stores.fault();
    if (!stores->unreadable.empty()) return stores->unreadable.front();
    return Looking(settings, ports, std::move(*stores)).take();
}

} // namespace coupon
