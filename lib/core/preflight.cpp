#include "core/preflight.hpp"

#include "core/preflight_checks.hpp"

#include <algorithm>

namespace coupon {

namespace {

/// The line of a server itself, which stands for all its checks where it could not be read.
template <class Server>
PreflightLine server_line(const char* name, const std::optional<Server>& server, const std::optional<Fault>& away) {
    if (server) return {name, PreflightStatus::ok, server->address, "answers", {}};
    return {name, PreflightStatus::cannot_tell, away ? away->message : "not asked", "answers", away ? away->hint : ""};
}

void add(std::span<const PreflightCheck> checks, const PreflightInput& input, PreflightReport& report) {
    for (const auto& check : checks) {
        auto judged = check.judge(input);
        report.lines.push_back({check.name, judged.status, std::move(judged.found), check.wanted, std::move(judged.fix)});
    }
}

} // namespace

const char* name_of(PreflightStatus status) {
    switch (status) {
    case PreflightStatus::ok: return "ok";
    case PreflightStatus::warning: return "warning";
    case PreflightStatus::dangerous: return "dangerous";
    case PreflightStatus::cannot_tell: return "cannot_tell";
    case PreflightStatus::accepted: return "accepted";
    }
    return "cannot_tell";
}

std::vector<PreflightLine> PreflightReport::of(PreflightStatus status) const {
    std::vector<PreflightLine> chosen;
    std::copy_if(lines.begin(), lines.end(), std::back_inserter(chosen), [&](const auto& line) { return line.status == status; });
    return chosen;
}

PreflightReport preflight(const PreflightInput& input, const std::vector<std::string>& accepted) {
    PreflightReport report;
    report.lines.push_back(server_line("gate", input.gate, input.gate_away));
    if (input.gate) add(gate_checks(), input, report);
    report.lines.push_back(server_line("topic", input.topic, input.topic_away));
    if (input.topic) add(topic_checks(), input, report);
    report.lines.push_back(server_line("ledger", input.ledger, input.ledger_away));
    if (input.ledger) add(ledger_checks(), input, report);
    if (input.ledger) add(schema_checks(), input, report);
    // What one store says of a leftover means something beside the other two only.
    if (input.gate && input.topic && input.ledger) {
        if (input.ledger->leftovers) {
            add(leftover_checks(), input, report);
        } else {
            for (const auto& check : leftover_checks())
                report.lines.push_back({check.name, PreflightStatus::cannot_tell, "the ledger's tables cannot be asked", check.wanted,
                                        "mend the tables first"});
        }
    }
    for (const auto* away : {&input.gate_away, &input.topic_away, &input.ledger_away}) {
        if (*away) report.away.push_back(**away);
    }
    for (auto& line : report.lines) {
        const bool is_accepted = std::find(accepted.begin(), accepted.end(), line.name) != accepted.end();
        if (is_accepted && line.status == PreflightStatus::dangerous) line.status = PreflightStatus::accepted;
    }
    return report;
}

std::vector<std::string> preflight_names() {
    std::vector<std::string> names;
    for (const auto checks : {gate_checks(), topic_checks(), ledger_checks(), schema_checks(), leftover_checks()}) {
        for (const auto& check : checks)
            names.emplace_back(check.name);
    }
    return names;
}

} // namespace coupon
