#include "flow/audit/audit.hpp"

#include "flow/audit/audit_reading.hpp"
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
    bool moves = false;                 ///< the look alone says why it is not quiescent
};

/// The reasons are empty when the highest round is quiescent. Not worth another look: a store that does not answer, no round, or a round
/// that only a reset can bring further.
Result<Waited> look_once(const AuditSettings& settings, AuditStores& stores, World& world, MotionWatch& watch) {
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
        // A worker makes a lost gate again, but not in every state of the round.
        waited.goes_on = highest.state == RoundState::open || highest.state == RoundState::closed;
        waited.reasons.push_back(gate.fault().message);
        return waited;
    }
    if (!gate) return lose(stores.gate, gate.fault());
    auto partitions = stores.topic->partitions(deadline);
    if (!partitions) return lose(stores.topic, partitions.fault());
    const auto after = stores.gate->summary(deadline);
    if (!after) return lose(stores.gate, after.fault());
    auto group = leave_out_settled(*partitions, {settings.event, settings.topic}, *stores.topic, *stores.ledger, world, settings.timeout);
    if (!group) return give_up(group.fault());
    waited.look = QuiescenceLook{pulse_of(*gate), std::move(*partitions), pulse_of(*after), std::move(*group)};
    waited.reasons = not_quiescent_because(*waited.look);
    waited.moves = after->fields.round == highest.round;
    if (waited.moves) {
        watch.look(*waited.look, world.now());
    } else {
        waited.reasons.push_back("the gate holds round " + after->fields.round.text() + ", the ledger's highest is " +
                                 highest.round.text());
    }
    return waited;
}

Fault interrupted() {
    return {FaultKind::interrupted, "interrupted before the audit had judged anything", "run it again; nothing was changed"};
}

Result<Waited> wait_until_quiescent(const AuditSettings& settings, const AuditPorts& ports, AuditStores& stores, World& world,
                                    MotionWatch& watch, Tick until) {
    while (true) {
        if (world.stopping()) return interrupted();
        auto waited = look_once(settings, stores, world, watch);
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

/// Looks again after everything was read; the reasons are empty when nothing moved in between.
Result<Waited> look_after(const QuiescenceLook& before, const AuditSettings& settings, AuditStores& stores, World& world,
                          MotionWatch& watch) {
    auto after = look_once(settings, stores, world, watch);
    if (!after) return after.fault();
    if (!after->look && after->reasons.empty()) after->reasons.emplace_back("a store went away while it was read");
    if (after->look && (before.after != after->look->before || !same_ends(before.partitions, after->look->partitions)))
        after->reasons.emplace_back("the event changed while it was read");
    return after;
}

/// What there is to read.
struct Opened {
    std::unique_ptr<HistorySource> histories; ///< nullptr: none was given
    AuditStores stores;
    bool is_older_round = false; ///< the stores are asked about a round that is over
};

/// The stores first, the histories' ends after them; what is written by now is read on another core,
/// at the same time as the stores.
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

/// An older round is over: no worker waits for it, and nothing of it stands in gate or topic any more.
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

Result<Attempt> attempt(const AuditSettings& settings, const AuditPorts& ports, Opened& opened, World& world, MotionWatch& watch,
                        Tick until) {
    Waited before;
    if (opened.stores.all() && !opened.is_older_round) {
        auto found = wait_until_quiescent(settings, ports, opened.stores, world, watch, until);
        if (!found) return found.fault();
        before = std::move(*found);
    }
    auto input = read_all(settings, opened, world);
    if (!input) return input.fault();
    if (world.stopping()) return interrupted();
    Attempt done{std::move(*input), true};
    done.input.not_quiescent_because = before.reasons;
    if (!before.look) return done;
    auto after = look_after(*before.look, settings, opened.stores, world, watch);
    if (!after) return after.fault();
    if (before.reasons.empty()) {
        done.settled = after->reasons.empty();
        done.input.not_quiescent_because = after->reasons;
    }
    if (before.moves && after->moves && !done.input.not_quiescent_because.empty()) done.input.motion = watch.motion();
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

/// The user's claim, where the gate tells.
Result<std::optional<Claim>> claim_of(const AuditSettings& settings, AuditStores& stores, World& world, UserId user) {
    if (!stores.gate) return std::optional<Claim>();
    return stores.gate->claim_of(user, world.now() + settings.timeout);
}

/// What cannot be read any more is left out.
CloserLook look_closer(const AuditSettings& settings, AuditStores& stores, const AuditInput& input, World& world, UserId user) {
    CloserLook look;
    look.user = user;
    if (stores.gate && input.gate) {
        if (auto claim = claim_of(settings, stores, world, user)) {
            look.claim = std::move(*claim);
            look.asked_gate = true;
        }
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
    MotionWatch watch;
    const Tick until = world.now() + settings.wait;
    while (true) {
        auto tried = attempt(settings, ports, *opened, world, watch, until);
        if (!tried && tried.fault().kind == FaultKind::interrupted) return interrupted();
        if (!tried) return tried.fault();
        // An event that moved just while it was read deserves another look, as long as there is time.
        if (tried->settled || world.now() >= until) return reconcile(tried->input);
        world.pause(look_interval);
    }
}

Result<Story> story_now(const AuditSettings& settings, const AuditPorts& ports, World& world, UserId user) {
    auto opened = open_all(settings, ports, world);
    if (!opened) return opened.fault();
    std::optional<Claim> claim_before;
    if (!opened->is_older_round) {
        if (auto claim = claim_of(settings, opened->stores, world, user)) claim_before = std::move(*claim);
    }
    MotionWatch watch;
    const auto tried = attempt(settings, ports, *opened, world, watch, world.now());
    if (!tried) return tried.fault();
    auto look = look_closer(settings, opened->stores, tried->input, world, user);
    look.claim_before = std::move(claim_before);
    return story_of(tried->input, look);
}

} // namespace coupon
