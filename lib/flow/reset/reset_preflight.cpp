#include "flow/reset/reset_preflight.hpp"

#include <algorithm>

namespace coupon {

namespace {

std::string counted_lines(const PreflightReport& report, PreflightStatus status, const std::string& word) {
    const auto count = report.of(status).size();
    return count == 0 ? "" : ", " + std::to_string(count) + " " + word;
}

Fault refusal(const std::vector<PreflightLine>& dangers) {
    std::string names;
    std::string options;
    for (const auto& line : dangers) {
        names += (names.empty() ? "" : ", ") + line.name;
        options += " --accept-risk " + line.name;
    }
    return {FaultKind::refused, "refused, nothing was touched: dangerous before an event: " + names,
            "correct it and run this again, or take the risk:" + options};
}

} // namespace

Status preflight_reset(const PreflightSettings& settings, const ResetPorts& ports, ResetReport& report) {
    const auto looked = preflight(settings, PreflightStores{&ports.reader, &ports.new_topic(), &ports.ledger}, ports.world);
    if (!looked.away.empty()) return looked.away.front();
    std::copy_if(looked.lines.begin(), looked.lines.end(), std::back_inserter(report.preflight),
                 [](const auto& line) { return line.status != PreflightStatus::ok; });
    const auto dangers = looked.of(PreflightStatus::dangerous);
    const auto detail =
        std::to_string(looked.of(PreflightStatus::ok).size()) + " ok" + counted_lines(looked, PreflightStatus::warning, "warnings") +
        counted_lines(looked, PreflightStatus::cannot_tell, "cannot be told") +
        counted_lines(looked, PreflightStatus::accepted, "accepted") + counted_lines(looked, PreflightStatus::dangerous, "dangerous");
    report.steps.push_back({"preflight", dangers.empty() ? "done" : "failed", detail});
    if (!dangers.empty()) return refusal(dangers);
    return Done{};
}

} // namespace coupon
