#pragma once

#include "core/gate_rule.hpp"
#include "gate/gate_reader.hpp"
#include "topic/topic_log.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace coupon {

/// What the gate would say to one application, were it made now.
struct WouldBe {
    std::optional<UserId> user; ///< nullopt: a user who has not applied yet
    Result<ClaimReply> reply;   ///< by the rule of the gate (core/gate_rule.hpp)
    std::int64_t left = 0;      ///< coupons when this user applies

    [[nodiscard]] bool is_grant() const { return reply && reply->kind == ClaimReply::Kind::granted; }
};

/// A gate as it was read, and what it would say.
struct DryRun {
    GateFields gate;
    std::vector<WouldBe> users; ///< one at least
};

/// Reads the gate, and decides for these users in their order, each after the grants of those before, or for a user who has not applied yet
/// where none is named. Writes nothing. Faults: those of the reader, among them missing; corrupt.
[[nodiscard]] Result<DryRun> dry_run(GateReader& gate, std::span<const UserId> users, Deadline deadline);

/// The topic of a round, and whether it has to be there.
struct TopicOfRound {
    std::string name;
    bool has_open_round = false;
};

/// Whether records could be published: the topic is there, and every partition has a leader. Writes nothing. Faults: those of the log,
/// missing, unreachable.
[[nodiscard]] Status check_topic(TopicLog& topic, const TopicOfRound& wanted, Deadline deadline);

} // namespace coupon
