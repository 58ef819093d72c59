#pragma once

#include "core/quiescence.hpp"
#include "flow/world.hpp"
#include "gate/gate_reader.hpp"
#include "ledger/ledger_reader.hpp"
#include "topic/topic_log.hpp"

namespace coupon {

/// What of the gate shows whether anything moves.
[[nodiscard]] GatePulse pulse_of(const GateSummary& summary);

/// Takes one look in the order that makes it mean something: gate, outbox, topic, gate. Faults are those of the readers.
[[nodiscard]] Result<QuiescenceLook> look_for_quiescence(GateReader& gate, TopicLog& topic, Deadline deadline);

/// An event, and the topic of its records.
struct EventTopic {
    const std::string& event;
    const std::string& topic;
};

/// Leaves out of the partitions without a committed offset what the ledger has settled (audit/settled_records.hpp). The group is the
/// newest round's, empty where there is nothing to leave out. Reads topic and ledger only where it has to. Faults are those of the two.
[[nodiscard]] Result<std::string> leave_out_settled(std::vector<PartitionLag>& partitions, const EventTopic& of, TopicLog& topic,
                                                    LedgerReader& ledger, World& world, Milliseconds timeout);

/// One look in that order, and what the ledger has settled left out. Faults are those of the readers.
[[nodiscard]] Result<QuiescenceLook> look_for_quiescence(GateReader& gate, const EventTopic& of, TopicLog& topic, LedgerReader& ledger,
                                                         World& world, Milliseconds timeout);

} // namespace coupon
