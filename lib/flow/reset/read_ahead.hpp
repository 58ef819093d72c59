#pragma once

#include "core/reset_brakes.hpp"
#include "flow/reset/reset.hpp"
#include "flow/topic_survey.hpp"
#include "flow/unsettled.hpp"

#include <optional>

namespace coupon {

/// The long readings of a reset, made before it changes anything. Those of the servers go on at the same time.
struct ReadAhead {
    TopicSurvey survey;                 ///< of the new round's topic
    std::optional<SettledGate> settled; ///< of the old round, where each of its claims had a row
};

/// A plan, or a look alone, ends no round, so that gate and ledger need not be read for it.
enum class ReadingFor { plan, reset };

/// Reads the topic within `scope`. Where the old round looks settled and the reset is going to end it, gate and ledger are read as well.
/// Faults: those of topic and ledger.
[[nodiscard]] Result<ReadAhead> read_ahead(const ForeignRecordScope& scope, const ResetScene& scene, const ResetSettings& settings,
                                           const ResetPorts& ports, ReadingFor what_for);

} // namespace coupon
