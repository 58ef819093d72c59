#include "report/apply.hpp"

#include "core/wording.hpp"
#include "report/counts.hpp"

#include <fmt/format.h>

namespace coupon {

std::string apply_line_text(const Told& told) {
    std::string line = fmt::format("{} {}", told.user.text(), name_of(told.answer));
    if (told.slot) line += fmt::format(" slot {}", told.slot->text());
    if (told.level) line += fmt::format(" {}", name_of(*told.level));
    if (!told.reason.empty()) line += fmt::format(": {}", told.reason);
    return line + '\n';
}

std::string apply_counts_text(const ApplyReport& report) {
    std::string text = fmt::format("{}: {}", counted(report.counts.total(), "application"), counts_text(report.counts));
    if (report.bad_lines > 0) text += fmt::format("; {}", counted(report.bad_lines, "invalid line"));
    if (report.silent)
        text += fmt::format("; stopped early: {} stopped answering, the remaining users were not sent", name_of(*report.silent));
    if (report.interrupted) text += "; interrupted";
    if (report.input_fault) text += fmt::format("; stopped early: {}", report.input_fault->text());
    if (report.history_fault) text += fmt::format("; stopped early: {}", report.history_fault->text());
    return text + '\n';
}

} // namespace coupon
