#pragma once

#include "core/failures.hpp"
#include "flow/world.hpp"
#include "gate/gate.hpp"
#include "gate/gate_reader.hpp"
#include "ledger/ledger_reader.hpp"
#include "topic/publisher.hpp"
#include "topic/topic_log.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace coupon {

/// What became of grants that were sent to the topic again.
struct [[nodiscard]] PublishedAgain {
    std::vector<Grant> acknowledged{};
    Failures failures{};      ///< delivery reports that failed
    bool is_compared = false; ///< by redrive_missing(): claims and rows were compared; otherwise what is missing is not known
};

/// What became of pending claims.
struct [[nodiscard]] PendingAgain {
    std::int64_t published = 0;
    Failures unpublished;
    Failures unconfirmed; ///< published, and the gate did not confirm them: they stay pending
};

/// Publishes the grants, signed with their round's key, some at a time. A stop request or a denial ends it early.
[[nodiscard]] PublishedAgain publish_again(const std::vector<Grant>& grants, const std::optional<RoundKey>& key, Publisher& publisher,
                                           World& world, const std::string& event);

/// Tells the gate that these are on the topic. What it does not take out of its outbox now is republished later. A denial ends it
/// early: the account may not confirm.
[[nodiscard]] Failures confirm_published(const std::vector<Grant>& grants, const std::optional<RoundKey>& key, Gate& gate, World& world,
                                         Milliseconds timeout);

/// Publishes the claims that have been pending for longer than `grace` once more, each record identical to the first, and confirms them.
/// Faults: those of the reader; denied where a right to publish or to confirm is missing.
[[nodiscard]] Result<PendingAgain> redrive_pending(GateReader& reader, Gate& gate, Publisher& publisher, World& world,
                                                   const std::string& event, Milliseconds grace, Milliseconds timeout);

/// Compares all claims with the ledger and publishes what has neither a row nor a failed event. Does nothing while the topic is not read
/// to its end, the gate is not armed, or the round was given up. Faults: those of the readers; denied where the right to publish is
/// missing.
[[nodiscard]] Result<PublishedAgain> redrive_missing(GateReader& reader, Publisher& publisher, TopicLog& topic, LedgerReader& ledger,
                                                     World& world, const std::string& event, Milliseconds timeout);

} // namespace coupon
