#include "flow/audit.hpp"

#include "flow/audit_reading.hpp"
#include "flow/quiescent.hpp"

#include <algorithm>
#include <future>
#include <utility>

namespace coupon {

namespace {

constexpr Milliseconds look_interval{100};

/// What came of waiting for the event to become quiescent.
struct Waited {
    std::optional<QuiescenceLook> look; ///< the last one
    std::vector<std::string> reasons;   ///< why it is not quiescent
    bool goes_on = true;                ///< a later look may be better
};

/// The reasons are empty when the highest round is quiescent. Not worth another look: a store that does not answer, no round, or a round
/// that only a reset can bring further.
Result<Waited> look_once(const AuditSettings& settings, AuditStores& stores, World& world) {
    Waited waited;
    const Deadline deadline = world.now() + settings.timeout;
    const auto give_up = [&](const Fault& fault) -> Result<Waited> {
        if (fault.kind == FaultKind::denied) return fault;
        // A server that is loading or busy answers, and will answer better.
        waited.goes_on = fault.kind == FaultKind::refused;
        waited.reasons.push_back(fault.message);
        return waited;
    };
    // A store that does not answer is waited for once: it is missing from now on.
    const auto lose = [&](auto& store, const Fault& fault) -> Result<Waited> {
        if (fault.kind != FaultKind::unreachable) return give_up(fault);
        store.reset();
        stores.unreadable.push_back(fault);
        waited.goes_on = false;
        return waited;
    };
    if (!stores.all()) {
        waited.goes_on = false;
        return waited;
    }
    const auto rounds = stores.ledger->rounds(deadline);
    if (!rounds) return lose(stores.ledger, rounds.fault());
    if (rounds->empty()) {
        waited.goes_on = false;
        return waited;
    }
    const auto& highest = rounds->back();
    const auto gate = stores.gate->summary(deadline);
    if (!gate && gate.fault().kind == FaultKind::missing) {
        // A worker makes a gate that was lost anew, but not in every state of the round.
        waited.goes_on = highest.state == RoundState::open || highest.state == RoundState::closed;
        waited.reasons.push_back(gate.fault().message);
        return waited;
    }
    if (!gate) return lose(stores.gate, gate.fault());
    auto partitions = stores.topic->partitions(deadline);
    if (!partitions) return lose(stores.topic, partitions.fault());
    const auto after = stores.gate->summary(deadline);
    if (!after) return lose(stores.gate, after.fault());
    waited.look = QuiescenceLook{pulse_of(*gate), std::move(*partitions), pulse_of(*after)};
    waited.reasons = not_quiescent_because(*waited.look);
    if (after->fields.round != highest.round) {
        waited.reasons.push_back("the gate holds round " + after->fields.round.text() + ", the ledger's highest is " +
                                 highest.round.text());
    }
    return waited;
}

Fault interrupted() {
    return {FaultKind::interrupted, "interrupted before the audit had judged anything", "run it again; nothing was changed"};
}

Result<Waited> wait_until_quiescent(const AuditSettings& settings, const AuditPorts& ports, AuditStores& stores, World& world, Tick until) {
    while (true) {
        if (world.stopping()) return interrupted();
        auto waited = look_once(settings, stores, world);
        if (!waited || waited->reasons.empty() || !waited->goes_on || world.now() >= until) return waited;
        if (ports.waiting) ports.waiting(waited->reasons);
        world.pause(std::min(look_interval, std::chrono::ceil<Milliseconds>(until - world.now())));
    }
}

/// Whether the ends of all partitions are the same. Committed offsets may go on, they only say what was done.
bool same_ends(const std::vector<PartitionLag>& before, const std::vector<PartitionLag>& after) {
    return std::equal(before.begin(), before.end(), after.begin(), after.end(), [](const PartitionLag& one, const PartitionLag& other) {
        return one.partition == other.partition && one.high == other.high;
    });
}

/// Looks again after everything was read; the reasons are empty when nothing moved meanwhile.
Result<std::vector<std::string>> moved_since(const QuiescenceLook& before, const AuditSettings& settings, AuditStores& stores,
                                             World& world) {
    auto after = look_once(settings, stores, world);
    if (!after) return after.fault();
    auto reasons = std::move(after->reasons);
    if (!after->look && reasons.empty()) reasons.emplace_back("a store went away while it was read");
    if (after->look && (before.after != after->look->before || !same_ends(before.partitions, after->look->partitions)))
        reasons.emplace_back("the event moved while it was read");
    return reasons;
}

/// What there is to read.
struct Opened {
    std::unique_ptr<HistorySource> histories; ///< nullptr: none was given
    AuditStores stores;
    bool is_older_round = false; ///< the stores are asked about a round that is over
};

/// The stores first, the histories' ends after them; what is written by now is read meanwhile, being work for another core.
Result<AuditInput> read_all(const AuditSettings& settings, Opened& opened, World& world) {
    if (!opened.histories) return read_stores(settings, opened.stores, world);
    auto begun = std::async(std::launch::async, [&] { return opened.histories->read_on(); });
    auto input = read_stores(settings, opened.stores, world);
    const auto done = begun.get();
    if (!input) return input;
    if (!done) return done.fault();
    auto histories = opened.histories->take();
    if (!histories) return histories.fault();
    input->histories = std::move(*histories);
    return input;
}

/// An older round is over: nobody waits for it, and nothing of it stands in gate or topic any more.
Result<bool> is_about_older_round(const AuditSettings& settings, AuditStores& stores, World& world) {
    if (!settings.round || !stores.ledger) return false;
    const auto rounds = stores.ledger->rounds(world.now() + settings.timeout);
    if (!rounds && rounds.fault().kind == FaultKind::denied) return rounds.fault();
    return rounds && (rounds->empty() || rounds->back().round != *settings.round);
}

/// Waits, reads, and looks again. `settled` says that another try would bring nothing new.
struct Attempt {
    AuditInput input;
    bool settled = true;
};

Result<Attempt> attempt(const AuditSettings& settings, const AuditPorts& ports, Opened& opened, World& world, bool waits, Tick until) {
    Waited waited;
    if (waits) {
        auto found = wait_until_quiescent(settings, ports, opened.stores, world, until);
        if (!found) return found.fault();
        waited = std::move(*found);
    }
    auto input = read_all(settings, opened, world);
    if (!input) return input.fault();
    if (world.stopping()) return interrupted();
    input->not_quiescent_because = waited.reasons;
    Attempt done{std::move(*input), true};
    if (waited.look && waited.reasons.empty()) {
        auto moved = moved_since(*waited.look, settings, opened.stores, world);
        if (!moved) return moved.fault();
        done.settled = moved->empty();
        done.input.not_quiescent_because = std::move(*moved);
    }
    return done;
}

/// A history that is not there is told before any server is asked.
Result<Opened> open_all(const AuditSettings& settings, const AuditPorts& ports, World& world) {
    Opened opened;
    if (ports.open_histories) {
        auto histories = ports.open_histories();
        if (!histories) return histories.fault();
        opened.histories = std::move(*histories);
    }
    auto stores = open_stores(ports);
    if (!stores) return stores.fault();
    const auto older = is_about_older_round(settings, *stores, world);
    if (!older) return older.fault();
    if (!*older) {
        if (const auto done = drop_silent_topic(settings, *stores, world); !done) return done.fault();
    }
    opened.stores = std::move(*stores);
    opened.is_older_round = *older;
    return opened;
}

/// What cannot be read any more is left out.
CloserLook look_closer(const AuditSettings& settings, AuditStores& stores, const AuditInput& input, World& world, UserId user) {
    CloserLook look{user, std::nullopt, {}};
    if (stores.gate && input.gate) {
        if (auto claim = stores.gate->claim_of(user, world.now() + settings.timeout)) look.claim = std::move(*claim);
    }
    if (stores.ledger && input.ledger && input.round) {
        if (auto coupons = stores.ledger->coupons_of(*input.round, user, world.now() + settings.timeout))
            look.coupons = std::move(*coupons);
    }
    return look;
}

} // namespace

Result<AuditReport> audit(const AuditSettings& settings, const AuditPorts& ports, World& world) {
    auto opened = open_all(settings, ports, world);
    if (!opened) return opened.fault();
    const bool waits = opened->stores.all() && !opened->is_older_round;
    const Tick until = world.now() + settings.wait;
    while (true) {
        auto tried = attempt(settings, ports, *opened, world, waits, until);
        if (!tried) return tried.fault();
        // An event that moved just while it was read deserves another look, as long as there is time.
        if (tried->settled || world.now() >= until) return reconcile(tried->input);
        world.pause(look_interval);
    }
}

Result<Story> story_now(const AuditSettings& settings, const AuditPorts& ports, World& world, UserId user) {
    auto opened = open_all(settings, ports, world);
    if (!opened) return opened.fault();
    const auto tried = attempt(settings, ports, *opened, world, false, world.now());
    if (!tried) return tried.fault();
    return story_of(tried->input, look_closer(settings, opened->stores, tried->input, world, user));
}

} // namespace coupon
