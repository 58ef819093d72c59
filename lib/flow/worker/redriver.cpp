#include "flow/worker/redriver.hpp"

#include "core/gate_faults.hpp"
#include "core/wording.hpp"
#include "flow/patience.hpp"
#include "flow/quiescent.hpp"
#include "flow/unsettled.hpp"
#include "flow/worker/redrive.hpp"

#include <algorithm>
#include <utility>

namespace coupon {

namespace {

/// How often the gate is looked at: a gate that lost something is armed again within a second or two, not within a redrive interval.
constexpr Milliseconds watch_interval{300};

/// How long no listed address must have answered as a master before a worker takes a gate elsewhere for the promoted replica.
constexpr Milliseconds patience_with_masters{10'000};

/// The same for a worker that ends once nothing is left to do, and has nothing in flight: an operator waits for it.
constexpr Milliseconds drain_interval{50};

} // namespace

Redriver::Redriver(const ConsumeSettings& settings, RedriveSide side, std::function<Result<RedriveSide>()> open, EpochWatch& epochs,
                   IssuedLately& issued, World& world, Journal& journal, EndsAt ends_at)
    : settings_(settings), side_(std::move(side)), open_(std::move(open)), epochs_(epochs), world_(world), journal_(journal),
      ends_at_(ends_at), connection_trouble_(journal), gate_trouble_(journal), close_watcher_(world, journal),
      roll_back_watch_(issued, world, journal), log_watch_(world, journal), claims_journal_(journal), pace_(settings.redrive_interval) {}

void Redriver::run() noexcept {
    try {
        go_on();
    } catch (...) {
        const std::lock_guard lock(mutex_);
        thrown_ = std::current_exception();
        fatal_ = Fault{FaultKind::interrupted, "republishing ended early", {}};
    }
}

void Redriver::rethrow() const {
    const std::lock_guard lock(mutex_);
    if (thrown_) std::rethrow_exception(thrown_);
}

void Redriver::go_on() {
    while (!ended_ && !drained_ && !world_.stopping() && !fatal()) {
        if (!side_) {
            auto opened = open_();
            if (!opened) on_fault(opened.fault());
            if (opened) side_ = std::move(*opened);
        }
        if (side_ && is_time_to_look()) {
            last_look_ = world_.now();
            if (const auto looked = look()) {
                connection_trouble_.over("the servers are back: republishing resumes");
            } else {
                on_fault(looked.fault());
            }
        }
        log_watch_.pause(settings_.until_drained ? drain_interval : watch_interval);
    }
}

bool Redriver::is_time_to_look() const {
    if (!settings_.until_drained || has_caught_up_ || !last_look_ || !log_watch_.has_compared()) return true;
    return world_.now() - *last_look_ >= watch_interval;
}

void Redriver::on_fault(const Fault& fault) {
    if (fault.kind == FaultKind::denied) return end_because(fault);
    set_not_drained_because(fault.message);
    connection_trouble_.trouble(fault.text_with(has_compared_ ? "retrying; claims are safe, republishing resumes when it is back"
                                                              : "retrying; no coupon is issued before gate and ledger are compared"));
    side_.reset();
}

Status Redriver::look() {
    if (auto looked = look_at_gate(); !looked) return looked;
    if (fatal()) return Done{};
    if (auto same = log_watch_.look(*side_->topic, *side_->ledger, time_left()); !same) return same;
    // Issuing waits for the next comparison, which must not wait for questions about a topic that is still to be read.
    if (settings_.until_drained && !std::exchange(has_looked_, true)) return Done{};
    if (holds_first_ && counts_ && is_redrive_due()) {
        if (auto redriven = redrive(); !redriven) return redriven;
        last_redrive_ = world_.now();
    }
    if (settings_.until_drained && counts_) return see_whether_drained();
    if (!counts_) set_not_drained_because("the gate is not the armed gate that the ledger names");
    return Done{};
}

Status Redriver::look_at_gate() {
    counts_ = false;
    const auto before = side_->ledger->rounds(world_.now() + time_left());
    if (!before) return before.fault();
    if (!before->empty()) {
        if (auto looked = roll_back_watch_.look_at_ledger(*side_->ledger, before->back(), time_left()); !looked) return looked;
    }
    const auto summary = side_->reader->summary(world_.now() + time_left());
    if (!summary && summary.fault().kind != FaultKind::missing) return summary.fault();
    const auto after = side_->ledger->rounds(world_.now() + time_left());
    if (!after) return after.fault();
    if (before->empty() || after->empty() || before->back() != after->back()) return Done{};
    const auto address = side_->reader->address();
    const auto gate = summary ? GateSight{address, summary->fields, summary->server} : GateSight{address, {}, {}};
    defects_ = summary ? summary->defects : std::vector<std::string>{};
    const auto standing = standing_of_seen(gate, after->back());
    has_compared_ = has_compared_ || tells_all_epochs(gate, after->back());
    const bool is_the_gate =
        standing == GateStanding::counts || standing == GateStanding::unlisted || standing == GateStanding::to_be_armed;
    if (is_the_gate && gate.fields) {
        const auto acted = close_watcher_.look(after->back(), *gate.fields, *side_->keeper, *side_->ledger, time_left());
        if (!acted) return acted.fault();
        if (*acted) return Done{};
    }
    if (standing == GateStanding::counts || standing == GateStanding::unlisted) {
        const auto went_back = roll_back_watch_.look_at_gate(*gate.fields, after->back(), *side_->reader, *side_->keeper, time_left());
        if (!went_back) return went_back.fault();
        if (*went_back) return Done{};
    }
    return act_on(standing, gate, after->back());
}

GateStanding Redriver::standing_of_seen(const GateSight& gate, const RoundRow& row) {
    const auto standing = standing_of(gate, row);
    epochs_.meet(row.round, row.epoch);
    const bool is_of_the_round = standing == GateStanding::counts || standing == GateStanding::to_be_armed;
    if (is_of_the_round && gate.fields && gate.fields->round == row.round) epochs_.meet(row.round, gate.fields->epoch);
    // A row and a gate that are both older than what was met have both lost an arming.
    return standing == GateStanding::counts && epochs_.highest(row.round) > row.epoch ? GateStanding::to_be_armed : standing;
}

Status Redriver::act_on(GateStanding standing, const GateSight& gate, const RoundRow& row) {
    if (standing != GateStanding::promotable) no_master_since_.reset();
    switch (standing) {
    case GateStanding::unlisted: {
        const ArmingPlace here{gate.server.run_id, gate.server.database, gate.address, false};
        const auto listed = side_->ledger->list_address(row.round, row.epoch, here, world_.now() + time_left());
        if (!listed && listed.fault().kind != FaultKind::conflict) return listed;
        note_in_order(gate);
        return Done{};
    }
    case GateStanding::counts: note_in_order(gate); return Done{};
    case GateStanding::to_be_armed:
        // Where gate and row agree, perhaps no other worker has met the epoch that is above both.
        if (!holds_first_ && standing_of(gate, row) != GateStanding::counts) return Done{};
        if (!gate.fields && counts_elsewhere(gate, row)) {
            end_because(refusal_of(GateStanding::stray, gate, row));
            return Done{};
        }
        return arm({GateMove::refused, epochs_.highest(row.round)});
    case GateStanding::promotable: return consider_moving(gate, row);
    case GateStanding::stray: end_because(refusal_of(standing, gate, row)); return Done{};
    case GateStanding::other_seal:
        // A server that changed its data under a running worker is away, as far as this event goes.
        if (!has_counted_) {
            end_because(refusal_of(standing, gate, row));
        } else {
            gate_trouble_.trouble(refusal_of(standing, gate, row).text_with("republishing waits for the right gate"));
        }
        return Done{};
    case GateStanding::ahead: gate_trouble_.trouble(refusal_of(standing, gate, row).text_with("nothing is armed")); return Done{};
    }
    return Done{};
}

bool Redriver::counts_elsewhere(const GateSight& gate, const RoundRow& row) const {
    if (!side_->look_elsewhere) return false;
    return std::any_of(row.home.addresses.begin(), row.home.addresses.end(), [&](const std::string& address) {
        if (address == gate.address) return false;
        const auto other = side_->look_elsewhere(address);
        return other && standing_of(*other, row) == GateStanding::counts;
    });
}

Status Redriver::consider_moving(const GateSight& gate, const RoundRow& row) {
    for (const auto& address : row.home.addresses) {
        const auto other =
            side_->look_elsewhere ? side_->look_elsewhere(address) : Result<GateSight>(Fault{FaultKind::usage, "it cannot be asked", {}});
        // A master that answers there is the gate, whatever it still knows; an address that means nothing here proves nothing.
        if (other || other.fault().kind != FaultKind::unreachable) {
            end_because(refusal_of(GateStanding::promotable, gate, row));
            return Done{};
        }
    }
    if (!no_master_since_) no_master_since_ = world_.now();
    if (world_.now() - *no_master_since_ < patience_with_masters) return Done{};
    return holds_first_ ? arm({GateMove::allowed, epochs_.highest(row.round)}) : Status(Done{});
}

void Redriver::note_in_order(const GateSight& gate) {
    counts_ = true;
    has_counted_ = true;
    if (defects_.empty()) {
        gate_trouble_.over("the gate is consistent again");
    } else {
        gate_trouble_.trouble("the gate at " + gate.address + " grants nothing: " + defects_.front() + "; " + rebuild_gate_hint);
    }
}

void Redriver::end_because(const Fault& fault) {
    const std::lock_guard lock(mutex_);
    fatal_ = fault;
}

Status Redriver::arm(const ArmingWish& wish) {
    if (vain_arming_ && world_.now() - *vain_arming_ < settings_.redrive_interval) return Done{};
    vain_arming_.reset();
    const auto armed =
        arm_again(*side_->reader, *side_->keeper, *side_->topic, *side_->ledger, world_, world_.random_word(), time_left(), wish);
    if (armed) {
        journal_.info("the gate is armed again: round " + armed->round.text() + ", epoch " + armed->epoch.text() + ", " +
                      std::to_string(armed->restored) + " claims put back");
        claims_journal_.tell_void(armed->voided);
        claims_journal_.tell_lost_logs(armed->lost_logs);
        if (armed->stays_closed) {
            journal_.warn("the gate stays closed although round " + armed->round.text() +
                          " is open: arming never opens it; unless a reset is running, coupon-reset --reopen --yes opens it");
        }
        return Done{};
    }
    switch (armed.fault().kind) {
    case FaultKind::conflict: return Done{}; // somebody else is at it, or has done it
    case FaultKind::corrupt:
    case FaultKind::not_quiescent: vain_arming_ = world_.now(); [[fallthrough]];
    case FaultKind::missing:
    case FaultKind::refused:
    case FaultKind::not_armed: gate_trouble_.trouble("the gate is not armed: " + armed.fault().text()); return Done{};
    case FaultKind::unreachable:
    case FaultKind::denied:
    case FaultKind::unknown:
    case FaultKind::not_mine:
    case FaultKind::unsupported:
    case FaultKind::already_running:
    case FaultKind::interrupted: return armed.fault();
    case FaultKind::usage: end_because(armed.fault()); return Done{}; // the gate moved elsewhere since the look
    }
    return Done{};
}

Status Redriver::redrive() {
    const auto pending =
        redrive_pending(*side_->reader, *side_->gate, *side_->publisher, world_, settings_.event, settings_.redrive_grace, time_left());
    if (!pending) return pending.fault().kind == FaultKind::missing ? Status(Done{}) : Status(pending.fault());
    const auto missing = pace_.is_due(world_.now()) ? redrive_missing(*side_->reader, *side_->publisher, *side_->topic, *side_->ledger,
                                                                      world_, settings_.event, time_left())
                                                    : Result<PublishedAgain>(PublishedAgain{});
    if (!missing) return missing.fault().kind == FaultKind::missing ? Status(Done{}) : Status(missing.fault());
    auto unpublished = pending->unpublished;
    unpublished.add(missing->failures);
    claims_journal_.tell_failures(unpublished, pending->unconfirmed);
    if (missing->is_compared) claims_journal_.tell_published(missing->acknowledged, pace_, world_.now());
    redriven_ += pending->published + std::ssize(missing->acknowledged);
    claims_journal_.tell_redriven(pending->published, std::ssize(missing->acknowledged));
    return Done{};
}

Status Redriver::see_whether_drained() {
    const auto look = look_for_quiescence(*side_->reader, *side_->topic, world_.now() + time_left());
    if (!look) {
        if (look.fault().kind != FaultKind::missing) return look.fault();
        set_not_drained_because(look.fault().text());
        return Done{};
    }
    auto reasons = not_quiescent_because(*look);
    if (reasons.empty()) {
        auto unsettled = claims_without_row(*side_->reader, *side_->ledger, look->after.round,
                                            world_.now() + time_for(2 * look->after.granted, time_left()));
        if (!unsettled) return unsettled.fault();
        reasons = std::move(*unsettled);
    }
    if (reasons.empty()) {
        drained_ = true;
        return Done{};
    }
    if (!claims_journal_.last_failures().empty()) reasons.push_back(claims_journal_.last_failures());
    set_not_drained_because(joined(reasons, ", "));
    return Done{};
}

void Redriver::set_not_drained_because(std::string reason) {
    const std::lock_guard lock(mutex_);
    not_drained_because_ = std::move(reason);
}

std::string Redriver::not_drained_because() const {
    const std::lock_guard lock(mutex_);
    return not_drained_because_;
}

std::optional<Fault> Redriver::fatal() const {
    const std::lock_guard lock(mutex_);
    return fatal_;
}

} // namespace coupon
