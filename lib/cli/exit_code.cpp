#include "cli/exit_code.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

namespace coupon {

namespace {

/// What became of many applications, as far as the exit code goes by it.
struct Outcome {
    std::optional<FaultKind> worst_cause;
    std::int64_t errors = 0;
    std::int64_t unknowns = 0;
    std::int64_t pending = 0;
    bool stalled = false;
    bool is_refused = false; ///< a right to publish is missing
    bool has_misses = false; ///< bad lines, missed thresholds
};

ExitCode exit_code_of_outcome(const Outcome& outcome) {
    if (outcome.is_refused) return ExitCode::denied;
    if (outcome.errors > 0) return outcome.worst_cause == FaultKind::denied ? ExitCode::denied : ExitCode::unreachable;
    if (outcome.unknowns > 0) return ExitCode::cannot_tell;
    if (outcome.pending > 0) return ExitCode::pending;
    // Everybody who was asked for has an answer, but the servers went away before all were asked for.
    if (outcome.stalled) return ExitCode::unreachable;
    return outcome.has_misses ? ExitCode::no : ExitCode::yes;
}

std::int64_t errors_and_unknowns(const AnswerCounts& counts) {
    return counts.of(Answer::error) + counts.of(Answer::unknown);
}

} // namespace

const char* name_of(ExitCode code) {
    switch (code) {
    case ExitCode::yes: return "yes";
    case ExitCode::no: return "no";
    case ExitCode::usage: return "usage";
    case ExitCode::unreachable: return "unreachable";
    case ExitCode::denied: return "denied";
    case ExitCode::cannot_tell: return "cannot_tell";
    case ExitCode::already_running: return "already_running";
    case ExitCode::sold_out: return "sold_out";
    case ExitCode::duplicate: return "duplicate";
    case ExitCode::closed: return "closed";
    case ExitCode::pending: return "pending";
    case ExitCode::internal: return "internal";
    case ExitCode::output_failed: return "output_failed";
    case ExitCode::hung_up: return "interrupted";
    case ExitCode::interrupted: return "interrupted";
    case ExitCode::terminated: return "interrupted";
    }
    return "internal";
}

ExitCode exit_code_of_signal(int number) {
    if (number == SIGHUP) return ExitCode::hung_up;
    return number == SIGINT ? ExitCode::interrupted : ExitCode::terminated;
}

ExitCode exit_code_of(FaultKind kind) {
    switch (kind) {
    case FaultKind::unreachable: return ExitCode::unreachable;
    case FaultKind::denied: return ExitCode::denied;
    case FaultKind::unknown: return ExitCode::cannot_tell;
    case FaultKind::refused: return ExitCode::unreachable;
    case FaultKind::not_armed: return ExitCode::unreachable;
    case FaultKind::missing: return ExitCode::unreachable;
    case FaultKind::corrupt: return ExitCode::unreachable;
    case FaultKind::conflict: return ExitCode::already_running;
    case FaultKind::not_mine: return ExitCode::cannot_tell;
    case FaultKind::not_quiescent: return ExitCode::cannot_tell;
    case FaultKind::unsupported: return ExitCode::unreachable;
    case FaultKind::usage: return ExitCode::usage;
    case FaultKind::already_running: return ExitCode::already_running;
    case FaultKind::interrupted: return ExitCode::terminated;
    }
    return ExitCode::internal;
}

ExitCode exit_code_of_fault_of_reset(FaultKind kind) {
    const bool is_refusal = kind == FaultKind::not_quiescent || kind == FaultKind::refused || kind == FaultKind::corrupt;
    return is_refusal ? ExitCode::no : exit_code_of(kind);
}

ExitCode exit_code_of(CloseEnd end, const std::optional<Fault>& fault) {
    switch (end) {
    case CloseEnd::closed: return ExitCode::yes;
    case CloseEnd::not_told:
    case CloseEnd::in_doubt: return ExitCode::cannot_tell;
    case CloseEnd::still_open:
    case CloseEnd::nothing_closed: return fault && fault->kind == FaultKind::denied ? ExitCode::denied : ExitCode::unreachable;
    }
    return ExitCode::internal;
}

ExitCode exit_code_of_fault_of_audit(FaultKind kind) {
    const bool is_own = kind == FaultKind::denied || kind == FaultKind::usage || kind == FaultKind::interrupted;
    return is_own ? exit_code_of(kind) : ExitCode::cannot_tell;
}

ExitCode exit_code_for_one(const ApplyReport& report, int signal) {
    if (report.history_fault) return ExitCode::output_failed;
    const auto& counts = report.counts;
    if (counts.of(Answer::granted) > 0) return ExitCode::yes;
    if (counts.of(Answer::sold_out) > 0) return ExitCode::sold_out;
    if (counts.of(Answer::duplicate) > 0) return ExitCode::duplicate;
    if (counts.of(Answer::closed) > 0) return ExitCode::closed;
    if (report.interrupted && signal != 0) return exit_code_of_signal(signal);
    if (counts.of(Answer::pending) > 0) return ExitCode::pending;
    if (counts.of(Answer::error) > 0) return exit_code_of(report.worst_cause.value_or(FaultKind::unreachable));
    return ExitCode::cannot_tell;
}

ExitCode exit_code_for_many(const ApplyReport& report, int signal) {
    if (report.history_fault) return ExitCode::output_failed;
    if (report.interrupted && signal != 0) return exit_code_of_signal(signal);
    if (report.has_read_nobody()) return report.input_fault ? ExitCode::usage : ExitCode::cannot_tell;
    return exit_code_of_outcome({report.worst_cause, report.counts.of(Answer::error), report.counts.of(Answer::unknown),
                                 report.counts.of(Answer::pending), report.silent.has_value(), report.refused.has_value(),
                                 report.bad_lines > 0 || report.input_fault.has_value()});
}

ExitCode exit_code_for_one(const DryRun& run) {
    const auto& reply = run.users.front().reply;
    if (!reply) return exit_code_of(reply.fault().kind);
    switch (reply->kind) {
    case ClaimReply::Kind::granted: return ExitCode::yes;
    case ClaimReply::Kind::duplicate: return ExitCode::duplicate;
    case ClaimReply::Kind::sold_out: return ExitCode::sold_out;
    case ClaimReply::Kind::closed: return ExitCode::closed;
    }
    return ExitCode::internal;
}

ExitCode exit_code_for_many(const DryRun& run) {
    for (const auto& one : run.users) {
        if (!one.reply && one.reply.fault().kind != FaultKind::not_armed) return exit_code_of(one.reply.fault().kind);
    }
    const bool all = std::all_of(run.users.begin(), run.users.end(), [](const WouldBe& one) { return one.is_grant(); });
    return all ? ExitCode::yes : ExitCode::no;
}

std::vector<std::string> missed(const FloodReport& report, const Thresholds& thresholds) {
    std::vector<std::string> out;
    const auto granted = report.counts.of(Answer::granted);
    if (thresholds.expect_granted && granted != *thresholds.expect_granted) {
        out.push_back(fmt::format("--expect-granted {}: {} granted", *thresholds.expect_granted, granted));
    }
    const auto errors = errors_and_unknowns(report.counts);
    if (errors > thresholds.max_errors) {
        out.push_back(fmt::format("--max-errors {}: {} answers are error or unknown", thresholds.max_errors, errors));
    }
    return out;
}

ExitCode exit_code_of(const FloodReport& report, const Thresholds& thresholds, int signal) {
    if (report.history_fault) return ExitCode::output_failed;
    if (report.interrupted && signal != 0) return exit_code_of_signal(signal);
    if (report.counts.total() == 0) return report.silent ? ExitCode::unreachable : ExitCode::cannot_tell;
    const bool are_tolerated = errors_and_unknowns(report.counts) <= thresholds.max_errors;
    return exit_code_of_outcome({report.worst_cause, are_tolerated ? 0 : report.counts.of(Answer::error),
                                 are_tolerated ? 0 : report.counts.of(Answer::unknown), report.counts.of(Answer::pending),
                                 report.silent.has_value(), report.refused.has_value(), !missed(report, thresholds).empty()});
}

ExitCode exit_code_of(const ConsumeReport& report, bool until_drained, int signal) {
    if (!until_drained || report.drained) return ExitCode::yes;
    if (report.interrupted && signal != 0) return exit_code_of_signal(signal);
    return ExitCode::cannot_tell;
}

ExitCode exit_code_of(const RecoverReport& report) {
    if (!report.moving.empty()) return ExitCode::cannot_tell;
    return report.open().is_empty() ? ExitCode::yes : ExitCode::no;
}

ExitCode exit_code_of(const RetryReport& report) {
    return report.failed.empty() ? ExitCode::yes : ExitCode::no;
}

ExitCode exit_code_of(const DismissReport& report) {
    return report.matched() && report.dismissed >= report.found.open_total() ? ExitCode::yes : ExitCode::no;
}

ExitCode exit_code_of(const AuditReport& report) {
    switch (report.verdict) {
    case Verdict::exact: return ExitCode::yes;
    case Verdict::violated: return ExitCode::no;
    case Verdict::in_progress:
    case Verdict::cannot_tell: return ExitCode::cannot_tell;
    }
    return ExitCode::internal;
}

ExitCode exit_code_of(const PreflightReport& report) {
    const auto is_denial = [](const Fault& fault) { return fault.kind == FaultKind::denied; };
    if (std::any_of(report.away.begin(), report.away.end(), is_denial)) return ExitCode::denied;
    if (!report.away.empty()) return ExitCode::unreachable;
    if (!report.of(PreflightStatus::dangerous).empty()) return ExitCode::no;
    return report.of(PreflightStatus::cannot_tell).empty() ? ExitCode::yes : ExitCode::cannot_tell;
}

ExitCode exit_code_of(const Story& story) {
    switch (story.ending) {
    case Story::Ending::has_coupon: return ExitCode::yes;
    case Story::Ending::has_none:
    case Story::Ending::broken: return ExitCode::no;
    case Story::Ending::on_its_way:
    case Story::Ending::cannot_tell: return ExitCode::cannot_tell;
    }
    return ExitCode::internal;
}

} // namespace coupon
