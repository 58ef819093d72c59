#include "preflight/preflight.hpp"

#include "preflight/preflight_checks.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace coupon {

namespace {

/// Checks that are made where all servers they need were read.
struct Group {
    std::span<const PreflightCheck> checks;
    bool has_all;
    std::string_view needs; ///< names of the servers' lines
};

/// The line of a server itself, which stands for all checks that need it where it could not be read.
template <class Server>
void add_server(const char* name, const std::optional<Server>& server, const std::optional<Fault>& away, std::span<const Group> groups,
                PreflightReport& report) {
    if (server) {
        report.lines.push_back({name, PreflightStatus::ok, server->address, "answers", {}});
        return;
    }
    std::size_t checks = 0;
    for (const auto& group : groups)
        checks += group.needs.find(name) == std::string_view::npos ? 0 : group.checks.size();
    report.lines.push_back({name, PreflightStatus::cannot_tell,
                            (away ? away->message : "not asked") + "; " + std::to_string(checks) + " checks were not made", "answers",
                            away ? away->hint : ""});
}

void add(std::span<const PreflightCheck> checks, const PreflightInput& input, PreflightReport& report) {
    for (const auto& check : checks) {
        auto judged = check.judge(input);
        report.lines.push_back({check.name, judged.status, std::move(judged.found), check.wanted, std::move(judged.fix)});
    }
}

/// Checks of what the ledger's tables hold, which can be too wrong to be asked.
void add_of_tables(std::span<const PreflightCheck> checks, const PreflightInput& input, PreflightReport& report) {
    if (input.ledger->leftovers) {
        add(checks, input, report);
        return;
    }
    for (const auto& check : checks)
        report.lines.push_back(
            {check.name, PreflightStatus::cannot_tell, "the ledger's tables cannot be asked", check.wanted, "repair the tables first"});
}

bool is_accepted(const PreflightLine& line, const AcceptedLines& accepted) {
    const auto is_in = [&line](const std::vector<std::string>& names) {
        return std::find(names.begin(), names.end(), line.name) != names.end();
    };
    return (line.status == PreflightStatus::dangerous && is_in(accepted.risks)) ||
           (line.status == PreflightStatus::warning && is_in(accepted.warnings));
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

PreflightReport preflight(const PreflightInput& input, const AcceptedLines& accepted) {
    PreflightReport report;
    const bool gate = input.gate.has_value();
    const bool topic = input.topic.has_value();
    const bool ledger = input.ledger.has_value();
    const std::array groups{Group{gate_checks(), gate, "gate"},
                            Group{topic_checks(), topic, "topic"},
                            Group{group_checks(), topic, "topic"},
                            Group{ledger_checks(), ledger, "ledger"},
                            Group{schema_checks(), ledger, "ledger"},
                            Group{round_checks(), gate && ledger, "gate ledger"},
                            Group{leftover_checks(), gate && topic && ledger, "gate topic ledger"}};
    add_server("gate", input.gate, input.gate_away, groups, report);
    if (gate) add(gate_checks(), input, report);
    add_server("topic", input.topic, input.topic_away, groups, report);
    if (topic) add(topic_checks(), input, report);
    if (topic) add(group_checks(), input, report);
    add_server("ledger", input.ledger, input.ledger_away, groups, report);
    if (ledger) add(ledger_checks(), input, report);
    if (ledger) add(schema_checks(), input, report);
    if (gate && ledger) add_of_tables(round_checks(), input, report);
    if (gate && topic && ledger) add_of_tables(leftover_checks(), input, report);
    for (const auto& group : groups)
        report.not_made += group.has_all ? 0 : group.checks.size();
    for (const auto* away : {&input.gate_away, &input.topic_away, &input.ledger_away}) {
        if (*away) report.away.push_back(**away);
    }
    // Besides the lines of servers, which are no checks themselves.
    const std::size_t absent = (gate ? 0 : 1) + (topic ? 0 : 1) + (ledger ? 0 : 1);
    report.not_made += report.of(PreflightStatus::cannot_tell).size() - absent;
    for (auto& line : report.lines) {
        if (is_accepted(line, accepted)) line.status = PreflightStatus::accepted;
    }
    return report;
}

std::vector<std::string> preflight_names() {
    std::vector<std::string> names;
    for (const auto checks :
         {gate_checks(), topic_checks(), group_checks(), ledger_checks(), schema_checks(), round_checks(), leftover_checks()}) {
        for (const auto& check : checks)
            names.emplace_back(check.name);
    }
    return names;
}

} // namespace coupon
