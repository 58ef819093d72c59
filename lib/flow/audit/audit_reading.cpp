#include "flow/audit/audit_reading.hpp"

#include "audit/settled_records.hpp"
#include "core/gate_standing.hpp"
#include "flow/patience.hpp"
#include "flow/record_reading.hpp"

#include <algorithm>

namespace coupon {

namespace {

constexpr int gate_attempts = 3;

template <class T>
void connect(const std::function<Result<std::unique_ptr<T>>()>& open, std::unique_ptr<T>& store, std::vector<Fault>& unreadable,
             std::optional<Fault>& denied) {
    auto opened = open();
    if (opened) {
        store = std::move(*opened);
        return;
    }
    if (opened.fault().kind == FaultKind::denied) denied = opened.fault();
    unreadable.push_back(opened.fault());
}

/// Neither a refused login nor an interruption is a store that could not be read.
bool ends_the_audit(const Fault& fault) {
    return fault.kind == FaultKind::denied || fault.kind == FaultKind::interrupted;
}

/// Nor is the broker of another cluster: nothing may be judged by what it lacks.
bool is_another_cluster(const Status& topic_answer) {
    return !topic_answer && topic_answer.fault().kind == FaultKind::usage;
}

class StoreReading {
public:
    StoreReading(const AuditSettings& settings, AuditStores& stores, World& world) : settings_(settings), stores_(stores), world_(world) {
        input_.event = settings.event;
        input_.topic = settings.topic;
        input_.expect = settings.expect;
        input_.histories_are_partial = settings.histories_are_partial;
        input_.requires_all = settings.requires_all;
        input_.round = settings.round;
        input_.unreadable = stores.unreadable;
    }

    Result<AuditInput> read() {
        if (stores_.ledger) {
            if (auto done = keep(read_ledger()); !done) return done.fault();
        }
        if (!input_.is_older_round) {
            if (stores_.topic) {
                auto done = read_topic();
                if (is_another_cluster(done)) return done.fault();
                if (done = keep(std::move(done)); !done) return done.fault();
            }
            if (stores_.ledger && input_.ledger && input_.topic_log) {
                if (auto done = keep(read_other_coupons(input_, *stores_.ledger, world_, settings_.timeout)); !done) return done.fault();
                leave_out_settled(input_);
            }
            if (stores_.gate) {
                if (auto done = keep(read_gate()); !done) return done.fault();
            }
        }
        return std::move(input_);
    }

private:
    [[nodiscard]] Deadline soon(std::int64_t entries = 0) const { return world_.now() + time_for(entries, settings_.timeout); }

    /// A store that fails while it is read is named in the input; the rest goes on.
    Status keep(Status done) {
        if (done) return done;
        if (ends_the_audit(done.fault())) return done;
        input_.unreadable.push_back(done.fault());
        return Done{};
    }

    Status read_ledger();
    Status read_topic();
    Status read_gate();
    /// A gate that the ledger does not name says nothing about the event, however well it looks.
    [[nodiscard]] Status check_standing(const GateSight& sight) const;
    /// Whether the lists belong to one and the same memory of the gate.
    Result<bool> try_gate();

    const AuditSettings& settings_;
    AuditStores& stores_;
    World& world_;
    AuditInput input_;
};

Status StoreReading::read_ledger() {
    auto rounds = stores_.ledger->rounds(soon());
    if (!rounds) return rounds.fault();
    if (!input_.round && !rounds->empty()) input_.round = rounds->back().round;
    const bool is_known = std::any_of(rounds->begin(), rounds->end(), [&](const RoundRow& row) { return row.round == input_.round; });
    input_.is_older_round = input_.round && (rounds->empty() || *input_.round != rounds->back().round);
    if (rounds->empty()) {
        auto events = stores_.ledger->events(soon());
        if (!events) return events.fault();
        input_.events = std::move(*events);
    }
    if (!is_known) {
        input_.ledger.emplace();
        input_.ledger->rounds = std::move(*rounds);
        return Done{};
    }
    const auto count = stores_.ledger->coupon_count(*input_.round, soon());
    if (!count) return count.fault();
    auto snapshot = stores_.ledger->snapshot(*input_.round, soon(*count));
    if (!snapshot) return snapshot.fault();
    input_.ledger = std::move(*snapshot);
    return Done{};
}

Status StoreReading::read_topic() {
    auto partitions = stores_.topic->partitions(soon());
    if (!partitions) return partitions.fault();
    input_.topic_log.emplace();
    input_.topic_log->partitions = std::move(*partitions);
    auto done = read_records(input_, *stores_.topic, world_, settings_.timeout);
    // Half a topic would make rows look as if they had no record.
    if (!done) input_.topic_log.reset();
    return done;
}

Status StoreReading::check_standing(const GateSight& sight) const {
    if (!input_.ledger || input_.ledger->rounds.empty()) return Done{};
    const auto& row = input_.ledger->rounds.back();
    switch (const auto standing = standing_of(sight, row)) {
    case GateStanding::stray:
    case GateStanding::promotable:
    case GateStanding::other_seal: return refusal_of(standing, sight, row);
    case GateStanding::ahead: // a contradiction of its own, which a check names
    case GateStanding::counts:
    case GateStanding::unlisted:
    case GateStanding::to_be_armed: break;
    }
    return Done{};
}

Status StoreReading::read_gate() {
    for (int attempt = 0; attempt < gate_attempts; ++attempt) {
        const auto at_rest = try_gate();
        if (!at_rest) {
            input_.gate.reset();
            return at_rest.fault();
        }
        if (*at_rest) return Done{};
    }
    // Its lists may lack claims that were being put back, so nothing can be concluded from them.
    input_.gate.reset();
    return Fault{FaultKind::conflict, "the gate was reset or armed again while it was read",
                 "audit again when no reset and no arming runs"};
}

Result<bool> StoreReading::try_gate() {
    const auto before = stores_.gate->summary(soon());
    if (!before && before.fault().kind != FaultKind::missing) return before.fault();
    const auto address = stores_.gate->address();
    const auto counts = check_standing(before ? GateSight{address, before->fields, before->server} : GateSight{address, {}, {}});
    if (!counts) return counts.fault();
    if (!before) return before.fault();
    // The outbox first: a claim is there before and after its entry, so an entry without a claim is wrong even while things move.
    auto outbox = stores_.gate->outbox(soon(before->outbox));
    if (!outbox) return outbox.fault();
    auto claims = stores_.gate->claims(soon(before->claims));
    if (!claims) return claims.fault();
    const auto after = stores_.gate->summary(soon());
    if (!after) return after.fault();

    GateSnapshot gate{after->fields, after->server, after->now, after->claims, after->outbox, {}, {}, after->defects};
    gate.claims = std::move(claims->entries);
    gate.outbox = std::move(outbox->entries);
    for (const auto* more : {&claims->defects, &outbox->defects}) {
        for (const auto& defect : *more) {
            if (std::find(gate.defects.begin(), gate.defects.end(), defect) == gate.defects.end()) gate.defects.push_back(defect);
        }
    }
    if (!input_.round && !input_.ledger) input_.round = gate.fields.round;
    input_.gate = std::move(gate);
    const auto& old_fields = before->fields;
    const auto& new_fields = after->fields;
    return before->server == after->server && old_fields.round == new_fields.round && old_fields.epoch == new_fields.epoch &&
           old_fields.arming == new_fields.arming;
}

} // namespace

Result<AuditStores> open_stores(const AuditPorts& ports) {
    AuditStores stores;
    std::optional<Fault> denied;
    connect(ports.open_ledger, stores.ledger, stores.unreadable, denied);
    connect(ports.open_topic, stores.topic, stores.unreadable, denied);
    if (!stores.topic && stores.unreadable.back().kind == FaultKind::usage) return stores.unreadable.back();
    connect(ports.open_gate, stores.gate, stores.unreadable, denied);
    if (denied) return *denied;
    return stores;
}

Status drop_silent_topic(const AuditSettings& settings, AuditStores& stores, World& world) {
    if (!stores.topic) return Done{};
    const auto answer = stores.topic->partitions(world.now() + settings.timeout);
    if (answer) return Done{};
    if (answer.fault().kind == FaultKind::denied || is_another_cluster(Status(answer.fault()))) return answer.fault();
    stores.topic.reset();
    stores.unreadable.push_back(answer.fault());
    return Done{};
}

Result<AuditInput> read_stores(const AuditSettings& settings, AuditStores& stores, World& world) {
    return StoreReading(settings, stores, world).read();
}

} // namespace coupon
