#include "flow/worker/group_watcher.hpp"

#include <utility>

namespace coupon {

namespace {

constexpr Milliseconds watch_interval{300};
/// The same for a worker that ends once nothing is left to do: somebody waits for it.
constexpr Milliseconds drain_interval{50};

} // namespace

GroupWatcher::GroupWatcher(const ConsumeSettings& settings, OpenTopicLog open, World& world, Journal& journal)
    : settings_(settings), open_(std::move(open)), world_(world), journal_(journal), strangers_(journal), untold_(journal),
      unasked_(journal) {}

void GroupWatcher::run() noexcept {
    try {
        while (!ended_ && !world_.stopping()) {
            look();
            world_.pause(settings_.until_drained ? drain_interval : watch_interval);
        }
        topic_.reset();
    } catch (...) {
        const std::lock_guard lock(mutex_);
        thrown_ = std::current_exception();
    }
}

void GroupWatcher::rethrow() const {
    const std::lock_guard lock(mutex_);
    if (thrown_) std::rethrow_exception(thrown_);
}

void GroupWatcher::note(const Membership& membership) {
    const std::lock_guard lock(mutex_);
    membership_ = membership;
}

void GroupWatcher::look() {
    const auto membership = [&] {
        const std::lock_guard lock(mutex_);
        return membership_;
    }();
    if (member_watch_.is_due(membership, world_.now())) tell_members(ask());
    switch (watch_.look(membership, world_.now())) {
    case GroupWatch::Due::nothing: return;
    case GroupWatch::Due::outside: journal_.warn(outside_text(membership, ask(), settings_.group)); return;
    case GroupWatch::Due::back: journal_.info(back_text(membership, settings_.group)); return;
    case GroupWatch::Due::idle: journal_.info(idle_text(ask(), settings_.group)); return;
    }
}

void GroupWatcher::tell_members(const Result<GroupSight>& asked) {
    if (!asked) {
        // A broker that is away is told by the subscriber.
        if (asked.fault().kind != FaultKind::unreachable) unasked_.trouble(asked.fault().text_with("who is in the group is not known"));
        return;
    }
    unasked_.over("the group can be asked for its members again");
    const auto strangers = strangers_text(*asked);
    const auto untold = untold_text(*asked);
    if (!untold.empty()) untold_.trouble(untold);
    if (!strangers.empty()) strangers_.trouble(strangers);
    if (!asked->members) return;
    untold_.over("the members of group " + settings_.group + " are known");
    if (strangers.empty()) strangers_.over("group " + settings_.group + " has no member but coupon-consume");
}

Result<GroupSight> GroupWatcher::ask() {
    if (!topic_) {
        auto opened = open_();
        if (!opened) return opened.fault();
        topic_ = std::move(*opened);
    }
    return topic_->group(world_.now() + settings_.timeout);
}

} // namespace coupon
