#include "report/preflight.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace coupon {

namespace {

std::string status_text(PreflightStatus status) {
    switch (status) {
    case PreflightStatus::ok: return "ok";
    case PreflightStatus::warning: return "warning";
    case PreflightStatus::dangerous: return "DANGEROUS";
    case PreflightStatus::cannot_tell: return "cannot tell";
    case PreflightStatus::accepted: return "accepted";
    }
    return "cannot tell";
}

/// SGR codes of ECMA-48: bold green, bold red, bold yellow.
std::string painted(const std::string& text, PreflightStatus status, Colour colour) {
    if (colour == Colour::off || status == PreflightStatus::ok) return text;
    return fmt::format("\033[1;{}m{}\033[0m", status == PreflightStatus::dangerous ? 31 : 33, text);
}

/// The verdict as people read it.
std::string verdict_text(const PreflightReport& report) {
    std::string text = verdict_of(report);
    std::replace(text.begin(), text.end(), '_', ' ');
    return text;
}

std::string line_text(const PreflightLine& line, Colour colour) {
    auto text =
        fmt::format("{:<22} {} {}\n", line.name, painted(fmt::format("{:<12}", status_text(line.status)), line.status, colour), line.found);
    if (line.status == PreflightStatus::ok) return text;
    text += fmt::format("    should be: {}\n", line.wanted);
    if (!line.fix.empty()) text += fmt::format("    what to do: {}\n", line.fix);
    return text;
}

} // namespace

const char* verdict_of(const PreflightReport& report) {
    if (!report.of(PreflightStatus::dangerous).empty()) return "not_ready";
    return report.of(PreflightStatus::cannot_tell).empty() ? "ready" : "cannot_tell";
}

std::string preflight_sentence(const PreflightLine& line) {
    // The log says itself that a line is a warning.
    const auto status = line.status == PreflightStatus::dangerous ? " is dangerous"
                        : line.status == PreflightStatus::warning ? ""
                                                                  : " " + status_text(line.status);
    return fmt::format("{}{}: {}{}", line.name, status, line.found, line.fix.empty() ? "" : fmt::format("; what to do: {}", line.fix));
}

std::string preflight_text(const PreflightReport& report, Colour colour) {
    const auto count = [&report](PreflightStatus status) { return report.of(status).size(); };
    auto text = fmt::format("{}: {} ok, {} warnings, {} dangerous, {} cannot tell", verdict_text(report), count(PreflightStatus::ok),
                            count(PreflightStatus::warning), count(PreflightStatus::dangerous), count(PreflightStatus::cannot_tell));
    if (count(PreflightStatus::accepted) > 0) text += fmt::format(", {} accepted", count(PreflightStatus::accepted));
    if (report.not_made > 0) text += fmt::format("; {} checks were not made", report.not_made);
    text += '\n';
    for (const auto& line : report.lines)
        text += line_text(line, colour);
    return text;
}

} // namespace coupon
