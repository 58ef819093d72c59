#include "report/reset.hpp"

#include <fmt/format.h>

namespace coupon {

std::string reset_text(const ResetReport& report) {
    std::string text;
    for (const auto& step : report.steps) {
        text += fmt::format("{:<8} {}{}{}\n", step.status, step.name, step.detail.empty() ? "" : ": ", step.detail);
    }
    for (const auto& warning : report.warnings)
        text += fmt::format("warning: {}\n", warning);
    if (report.running) text += report.running->text() + "\n";
    if (!report.outcome.empty()) text += report.outcome + "\n";
    return text;
}

} // namespace coupon
