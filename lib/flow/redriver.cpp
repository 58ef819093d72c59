#include "flow/redriver.hpp"

#include "flow/arming.hpp"
#include "flow/patience.hpp"
#include "flow/quiescent.hpp"
#include "flow/redrive.hpp"
#include "flow/unsettled.hpp"

#include <algorithm>
#include <utility>

namespace coupon {

namespace {

/// How often the gate is looked at: a gate that lost something is armed again within a second or two, not within a redrive interval.
constexpr Milliseconds watch_interval{300};

/// The same for a worker that ends once nothing is left to do, and has nothing in hand: somebody waits for it.
constexpr Milliseconds drain_interval{50};

} // namespace

Redriver::Redriver(const ConsumeSettings& settings, RedriveSide side, std::function<Result<RedriveSide>()> open, World& world,
                   Journal& journal, EndsAt ends_at)
    : settings_(settings), side_(std::move(side)), open_(std::move(open)), world_(world), journal_(journal), ends_at_(ends_at),
      connection_trouble_(journal), gate_trouble_(journal) {}

void Redriver::run() noexcept {
    try {
        go_on();
    } catch (...) {
        const std::lock_guard lock(mutex_);
        thrown_ = std::current_exception();
        fatal_ = Fault{FaultKind::interrupted, "the redrive ended before its time", {}};
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
            if (opened) {
                side_ = std::move(*opened);
            } else {
                on_fault(opened.fault());
            }
        }
        if (side_ && is_time_to_look()) {
            last_look_ = world_.now();
            if (const auto looked = look()) {
                connection_trouble_.over("the redrive goes on");
            } else {
                on_fault(looked.fault());
            }
        }
        world_.pause(settings_.until_drained ? drain_interval : watch_interval);
    }
}

bool Redriver::is_time_to_look() const {
    if (!settings_.until_drained || has_caught_up_ || !last_look_) return true;
    return world_.now() - *last_look_ >= watch_interval;
}

void Redriver::on_fault(const Fault& fault) {
    if (fault.kind == FaultKind::denied) {
        const std::lock_guard lock(mutex_);
        fatal_ = fault;
        return;
    }
    set_not_drained_because(fault.message);
    connection_trouble_.trouble(fault.text_with("the redrive waits for it"));
    side_.reset();
}

Status Redriver::look() {
    const bool is_due = !last_redrive_ || world_.now() - *last_redrive_ >= settings_.redrive_interval;
    if (holds_first_) {
        if (auto armed = keep_armed(); !armed) return armed;
        if (is_due) {
            if (auto redriven = redrive(); !redriven) return redriven;
            last_redrive_ = world_.now();
        }
    }
    if (settings_.until_drained) return see_whether_drained();
    return Done{};
}

Status Redriver::keep_armed() {
    const auto summary = side_->reader->summary(world_.now() + time_left());
    if (!summary && summary.fault().kind != FaultKind::missing) return summary.fault();
    if (summary && summary->armed()) {
        if (summary->defects.empty()) {
            gate_trouble_.over("the gate is in order again");
        } else {
            gate_trouble_.trouble("the gate grants nothing: " + summary->defects.front() + "; run coupon-audit, it names what is wrong");
        }
        return Done{};
    }
    if (vain_arming_ && world_.now() - *vain_arming_ < settings_.redrive_interval) return Done{};
    vain_arming_.reset();
    const auto armed = arm_again(*side_->reader, *side_->keeper, *side_->topic, *side_->ledger, world_, world_.random_word(), time_left());
    if (armed) {
        journal_.info("the gate is armed again: round " + armed->round.text() + ", epoch " + armed->epoch.text() + ", " +
                      std::to_string(armed->restored) + " claims put back");
        if (armed->stays_closed) {
            journal_.warn("the gate stays closed although round " + armed->round.text() +
                          " is open: arming never opens; unless a reset is at work, coupon-reset --reopen --yes opens it");
        }
        return Done{};
    }
    switch (armed.fault().kind) {
    case FaultKind::conflict: return Done{}; // somebody else is at it, or has done it
    case FaultKind::corrupt: vain_arming_ = world_.now(); [[fallthrough]];
    case FaultKind::missing:
    case FaultKind::refused:
    case FaultKind::not_armed: gate_trouble_.trouble("the gate is not armed: " + armed.fault().text()); return Done{};
    case FaultKind::unreachable:
    case FaultKind::denied:
    case FaultKind::unknown:
    case FaultKind::not_mine:
    case FaultKind::not_quiescent:
    case FaultKind::unsupported:
    case FaultKind::usage:
    case FaultKind::already_running:
    case FaultKind::interrupted: return armed.fault();
    }
    return Done{};
}

Status Redriver::redrive() {
    const auto pending =
        redrive_pending(*side_->reader, *side_->gate, *side_->publisher, world_, settings_.event, settings_.redrive_grace, time_left());
    if (!pending) return pending.fault().kind == FaultKind::missing ? Status(Done{}) : Status(pending.fault());
    const auto missing =
        redrive_missing(*side_->reader, *side_->publisher, *side_->topic, *side_->ledger, world_, settings_.event, time_left());
    if (!missing) return missing.fault().kind == FaultKind::missing ? Status(Done{}) : Status(missing.fault());
    redriven_ += *pending + *missing;
    if (*pending > 0) journal_.info("redrive: " + std::to_string(*pending) + " pending claims published again");
    if (*missing > 0) journal_.info("redrive: " + std::to_string(*missing) + " claims without a row published again");
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
    std::string sentence;
    for (const auto& reason : reasons)
        sentence += (sentence.empty() ? "" : ", ") + reason;
    set_not_drained_because(std::move(sentence));
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
