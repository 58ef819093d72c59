#pragma once

#include "core/consumer_group.hpp"
#include "core/instant.hpp"
#include "core/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace coupon {

/// How a worker stands to its consumer group, as its own client knows.
struct Membership {
    bool is_answered = false;    ///< the group has given it partitions, perhaps none, and has not taken them back since
    std::size_t partitions = 0;  ///< that it has
    std::int64_t generation = 0; ///< grows with each answer
    bool is_broker_away = false; ///< no broker answers, which is told as such
    std::string last_error;      ///< the last refusal of the group or its coordinator since it was answered last, by name; may be empty

    friend bool operator==(const Membership&, const Membership&) = default;
};

/// When a worker tells that its group leaves it without work. Pure: the caller brings the time.
class GroupWatch {
public:
    enum class Due {
        nothing,
        outside, ///< it has been in no group, or in one without an answer, for `patience`
        back,    ///< that has ended
        idle,    ///< the group gave it no partition; once until it has had one
    };

    /// A rebalance takes a member back within its session of 6 s.
    static constexpr Milliseconds patience{10'000};
    /// A rebalance may leave a member without a partition for a moment.
    static constexpr Milliseconds settles_within{2'000};

    [[nodiscard]] Due look(const Membership& now_is, Tick now);

private:
    std::optional<Tick> outside_since_;
    std::optional<Tick> idle_since_;
    bool is_told_outside_ = false;
    bool is_told_idle_ = false;
};

/// When a worker asks who is in its group: soon after the group has given out partitions, as it does when a member comes or goes, and now
/// and then. Pure.
class MemberWatch {
public:
    static constexpr Milliseconds settles_within{1'000};
    static constexpr Milliseconds interval{30'000};

    [[nodiscard]] bool is_due(const Membership& now_is, Tick now);

private:
    std::optional<Tick> next_;
    bool was_answered_ = false;
    std::int64_t generation_ = 0;
};

/// The warning about members that are no workers, and the one about members that are not told; empty where there are none.
[[nodiscard]] std::string strangers_text(const GroupSight& sight);
[[nodiscard]] std::string untold_text(const GroupSight& sight);

/// The warning of a worker outside its group. `asked`: what the coordinator said of the group, or why it was not told.
[[nodiscard]] std::string outside_text(const Membership& membership, const Result<GroupSight>& asked, const std::string& group);
[[nodiscard]] std::string back_text(const Membership& membership, const std::string& group);
/// The information that others hold all partitions.
[[nodiscard]] std::string idle_text(const Result<GroupSight>& asked, const std::string& group);

} // namespace coupon
