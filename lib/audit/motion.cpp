#include "audit/motion.hpp"

#include <algorithm>

namespace coupon {

namespace {

const PartitionLag* find(const QuiescenceLook& look, std::int32_t partition) {
    const auto found = std::ranges::find(look.partitions, partition, &PartitionLag::partition);
    return found == look.partitions.end() ? nullptr : &*found;
}

std::int64_t position(const PartitionLag& lag) {
    return lag.position();
}

bool is_armed(const QuiescenceLook& look) {
    return look.before.armed && look.after.armed;
}

bool same_epoch(const GatePulse& one, const GatePulse& other) {
    return one.round == other.round && one.epoch == other.epoch;
}

bool has_unread(const QuiescenceLook& look) {
    return std::ranges::any_of(look.partitions, [](const PartitionLag& lag) { return lag.behind() > 0; });
}

/// A partition that was added meanwhile begins at 0.
template <class Of>
bool any_grew(const QuiescenceLook& first, const QuiescenceLook& last, const Of& of) {
    return std::ranges::any_of(last.partitions, [&](const PartitionLag& lag) {
        const auto* before = find(first, lag.partition);
        return of(lag) > (before == nullptr ? 0 : of(*before));
    });
}

std::string seconds(Tick::duration time) {
    return std::to_string(std::chrono::floor<std::chrono::seconds>(time).count()) + " s";
}

} // namespace

bool Motion::is_one_epoch() const {
    return is_armed(before) && is_armed(after) && same_epoch(before.before, after.after);
}

std::int64_t Motion::settled_to(std::int32_t partition) const {
    const auto* lag = find(before, partition);
    return lag == nullptr ? 0 : lag->committed.value_or(0);
}

void MotionWatch::look(const QuiescenceLook& look, Tick now) {
    if (!is_armed(look) || !same_epoch(look.before, look.after)) {
        watched_.reset();
        return;
    }
    if (!watched_ || !same_epoch(watched_->last.after, look.before)) {
        watched_ = Watched{look, now, std::nullopt, look, now, {}, std::nullopt, {}};
    } else {
        watched_->last_but_one = std::move(watched_->last);
        watched_->last = look;
        watched_->last_at = now;
        note_going_back(*watched_);
    }
    note_standing(*watched_);
}

void MotionWatch::note_going_back(Watched& watched) {
    const auto& earlier = *watched.last_but_one;
    const auto& later = watched.last;
    const auto went_back = [&](const std::string& what, std::int64_t from, std::int64_t to) {
        if (to < from) watched.went_back.push_back(what + " went back from " + std::to_string(from) + " to " + std::to_string(to));
    };
    went_back("the gate's count of granted claims", earlier.after.granted, later.before.granted);
    went_back("the gate's count of published claims", earlier.after.published, later.before.published);
    for (const auto& lag : later.partitions) {
        const auto* before = find(earlier, lag.partition);
        if (before == nullptr) continue;
        const auto name = "topic partition " + std::to_string(lag.partition);
        went_back("the end of " + name, before->high, lag.high);
        went_back("the committed offset of " + name, position(*before), position(lag));
    }
}

void MotionWatch::note_standing(Watched& watched) {
    const auto keep = [&](Standing& standing, std::int64_t reached) {
        if (standing.position != reached) standing = {reached, watched.last_at};
    };
    for (const auto& lag : watched.last.partitions) {
        if (lag.behind() == 0) {
            watched.unread.erase(lag.partition);
            continue;
        }
        const auto [standing, is_new] = watched.unread.try_emplace(lag.partition, Standing{position(lag), watched.last_at});
        if (!is_new) keep(standing->second, position(lag));
    }
    const auto& gate = watched.last.after;
    if (gate.outbox == 0) {
        watched.pending.reset();
    } else if (watched.pending) {
        keep(*watched.pending, gate.published);
    } else {
        watched.pending = Standing{gate.published, watched.last_at};
    }
}

std::vector<std::string> MotionWatch::standstills(const Watched& watched) {
    std::vector<std::string> sentences;
    for (const auto& [partition, standing] : watched.unread) {
        const auto time = watched.last_at - standing.since;
        if (time < longest_standstill) continue;
        sentences.push_back("no record of topic partition " + std::to_string(partition) + " was read for " + seconds(time) +
                            ", the group stands at " + std::to_string(standing.position));
    }
    if (watched.pending && watched.last_at - watched.pending->since >= longest_standstill)
        sentences.push_back("no pending claim was published for " + seconds(watched.last_at - watched.pending->since));
    return sentences;
}

std::optional<Motion> MotionWatch::motion() const {
    if (!watched_ || !watched_->last_but_one) return std::nullopt;
    const auto& [first, first_at, last_but_one, last, last_at, unread, pending, went_back] = *watched_;
    Motion motion{*last_but_one, last, false, went_back};
    const auto high = [](const PartitionLag& lag) { return lag.high; };
    motion.goes_forward = last.after.granted > first.before.granted || last.after.published > first.before.published ||
                          any_grew(first, last, high) || any_grew(first, last, position);
    const auto still = standstills(*watched_);
    motion.faults.insert(motion.faults.end(), still.begin(), still.end());
    // A shorter watch must at least have seen somebody read what waited all the time.
    const bool waited = has_unread(first) && has_unread(last);
    if (motion.goes_forward && motion.faults.empty() && waited && !any_grew(first, last, position))
        motion.faults.emplace_back("no record was read while the event was watched");
    return motion;
}

} // namespace coupon
