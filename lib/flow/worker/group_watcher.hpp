#pragma once

#include "core/group_watch.hpp"
#include "flow/worker/consume.hpp"
#include "flow/worker/say_once.hpp"
#include "flow/world.hpp"
#include "topic/topic_log.hpp"

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace coupon {

/// Watches how a worker stands to its consumer group, and tells it. In a thread of its own: it asks the group's coordinator, which may not
/// answer, and neither issuing nor the redrive waits for that.
class GroupWatcher {
public:
    /// `open` connects to the topic; it is called when something has to be asked, in the watcher's thread.
    GroupWatcher(const ConsumeSettings& settings, OpenTopicLog open, World& world, Journal& journal);

    /// Runs until end() or the stop signal. Throws nothing: what would end the program is kept for rethrow().
    void run() noexcept;
    /// Throws what ended run() before its time, if anything did. Call after run().
    void rethrow() const;
    void end() { ended_ = true; }

    /// What the member's client knows now; called in another thread.
    void note(const Membership& membership);

private:
    void look();
    [[nodiscard]] Result<GroupSight> ask();
    void tell_members(const Result<GroupSight>& asked);

    const ConsumeSettings& settings_;
    OpenTopicLog open_;
    World& world_;
    Journal& journal_;
    std::unique_ptr<TopicLog> topic_;
    GroupWatch watch_;
    MemberWatch member_watch_;
    SayOnce strangers_;
    SayOnce untold_;
    SayOnce unasked_;
    std::atomic<bool> ended_{false};
    mutable std::mutex mutex_; ///< guards what is below
    Membership membership_;
    std::exception_ptr thrown_;
};

} // namespace coupon
