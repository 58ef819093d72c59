#include "report/preflight.hpp"

#include <fmt/format.h>

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
    if (!report.of(PreflightStatus::dangerous).empty()) return "dangerous";
    return report.of(PreflightStatus::cannot_tell).empty() ? "ready" : "cannot_tell";
}

std::string preflight_sentence(const PreflightLine& line) {
    return fmt::format("{} {}: {}{}", line.name, line.status == PreflightStatus::dangerous ? "is dangerous" : status_text(line.status),
                       line.found, line.fix.empty() ? "" : fmt::format("; what to do: {}", line.fix));
}

std::string preflight_text(const PreflightReport& report, Colour colour) {
    auto text = fmt::format("{}: {} ok, {} warnings, {} dangerous, {} cannot tell\n", verdict_of(report),
                            report.of(PreflightStatus::ok).size(), report.of(PreflightStatus::warning).size(),
                            report.of(PreflightStatus::dangerous).size(), report.of(PreflightStatus::cannot_tell).size());
    for (const auto& line : report.lines)
        text += line_text(line, colour);
    return text;
}

} // namespace coupon
