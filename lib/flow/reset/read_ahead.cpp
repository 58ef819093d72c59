#include "flow/reset/read_ahead.hpp"

#include "flow/patience.hpp"

#include <future>
#include <utility>

namespace coupon {

namespace {

/// Whether each claim was published, so that it may have its row, and the reset ends the round.
bool looks_settled(const ResetScene& scene, const ResetSettings& settings) {
    const auto row = scene.highest();
    if (settings.once_key && opened_once(scene.rounds, *settings.once_key) != nullptr) return false;
    return row && scene.gate && scene.gate->round == row->round && scene.gate->published == scene.gate->granted &&
           may_begin(scene, settings.may_end);
}

} // namespace

Result<ReadAhead> read_ahead(const ForeignRecordScope& scope, const ResetScene& scene, const ResetSettings& settings,
                             const ResetPorts& ports, ReadingFor what_for) {
    std::future<Result<std::optional<SettledGate>>> rows;
    if (what_for == ReadingFor::reset && looks_settled(scene, settings)) {
        const auto deadline = ports.world.now() + time_for(2 * scene.gate->granted, settings.timeout);
        rows = std::async(std::launch::async, [&, deadline, round = scene.highest()->round] {
            return settled_gate(ports.reader, ports.ledger, round, deadline);
        });
    }
    auto records = read_surveyed(scope, ports.new_topic(), ports.world, settings.timeout);
    ReadAhead ahead;
    // The ledger's connection is free again from here on. What kept it from being read is told when the round is settled.
    if (rows.valid()) {
        if (const auto settled = rows.get()) ahead.settled = *settled;
    }
    if (!records) return records.fault();
    auto survey = without_failed(*std::move(records), ports.ledger, ports.world.now() + settings.timeout);
    if (!survey) return survey.fault();
    ahead.survey = *std::move(survey);
    return ahead;
}

} // namespace coupon
