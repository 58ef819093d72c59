#include "flow/quiescent.hpp"

namespace coupon {

GatePulse pulse_of(const GateSummary& summary) {
    return {summary.armed(), summary.fields.round, summary.fields.epoch, summary.fields.granted, summary.fields.published, summary.outbox};
}

Result<QuiescenceLook> look_for_quiescence(GateReader& gate, TopicLog& topic, Deadline deadline) {
    const auto before = gate.summary(deadline);
    if (!before) return before.fault();
    auto partitions = topic.partitions(deadline);
    if (!partitions) return partitions.fault();
    const auto after = gate.summary(deadline);
    if (!after) return after.fault();
    return QuiescenceLook{pulse_of(*before), std::move(*partitions), pulse_of(*after)};
}

} // namespace coupon
