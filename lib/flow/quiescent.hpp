#pragma once

#include "core/quiescence.hpp"
#include "gate/gate_reader.hpp"
#include "topic/topic_log.hpp"

namespace coupon {

/// What of the gate shows whether anything moves.
[[nodiscard]] GatePulse pulse_of(const GateSummary& summary);

/// Takes one look in the order that makes it mean something: gate, outbox, topic, gate. Faults are those of the readers.
[[nodiscard]] Result<QuiescenceLook> look_for_quiescence(GateReader& gate, TopicLog& topic, Deadline deadline);

} // namespace coupon
