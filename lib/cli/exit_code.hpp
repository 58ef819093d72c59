#pragma once

#include "audit/reconcile.hpp"
#include "audit/story.hpp"
#include "core/close_steps.hpp"
#include "core/result.hpp"
#include "core/retry_outcome.hpp"
#include "flow/apply/apply.hpp"
#include "flow/apply/flood_report.hpp"
#include "flow/dry_run.hpp"
#include "flow/recover/dismiss.hpp"
#include "flow/recover/recover.hpp"
#include "flow/recover/retry_failed.hpp"
#include "flow/worker/consume.hpp"
#include "preflight/preflight.hpp"

#include <cstdint>
#include <optional>

namespace coupon {

/// What a caller sees of a program that has ended (README.md, "The programs").
enum class ExitCode : int {
    yes = 0,             ///< granted; exact; reset verified; drained; a worker ended by SIGTERM
    no = 1,              ///< a violation; a threshold missed; a reset refused; some lines invalid; a recovery or a retry left something
    usage = 2,           ///< nothing was touched
    unreachable = 3,     ///< a server is away, or not fit, and certainly nothing was claimed by this call
    denied = 4,          ///< credentials or permission refused
    cannot_tell = 5,     ///< reply unknown, not quiescent, unreadable, zero samples
    already_running = 6, ///< another process is at it
    sold_out = 10,       ///< 10 to 13: coupon-apply with one user
    duplicate = 11,
    closed = 12, ///< by an operator, or by the window; a gate that is missing is 3
    pending = 13,
    internal = 70,      ///< a bug of this program, and nothing else
    output_failed = 74, ///< stdout or --history cannot be written: what was told may not have arrived
    hung_up = 129,      ///< interrupted by SIGHUP
    interrupted = 130,  ///< by SIGINT
    terminated = 143,   ///< by SIGTERM
};

/// The code's own name; reports give it as their verdict.
[[nodiscard]] const char* name_of(ExitCode code);
[[nodiscard]] ExitCode exit_code_of_signal(int number);

/// What a fault of a call to a server ends a program with. A missing gate, table or topic is 3.
[[nodiscard]] ExitCode exit_code_of(FaultKind kind);
/// The same for a reset: what it refuses is 1, another one that took over is 6.
[[nodiscard]] ExitCode exit_code_of_fault_of_reset(FaultKind kind);
/// What a kill switch came to: 0 gate and ledger know of it, 5 the ledger does not, or a reply was lost, 3 nothing was closed, 4 the same
/// for want of a right. Never 0 with an open gate.
[[nodiscard]] ExitCode exit_code_of(CloseEnd end, const std::optional<Fault>& fault);
/// The same for an audit: whatever cannot be read is 5, but for a refused login.
[[nodiscard]] ExitCode exit_code_of_fault_of_audit(FaultKind kind);

/// How many errors and unknowns a flood may have, and how many grants it must have.
struct Thresholds {
    std::int64_t max_errors = 0; ///< applications told error or unknown; as many are no fault of the run
    std::optional<std::int64_t> expect_granted;
};

/// `signal` is the one that interrupted the run, 0 when none did.
[[nodiscard]] ExitCode exit_code_for_one(const ApplyReport& report, int signal);
/// 0 when each got a definite answer, otherwise the first that applies of 4, 3, 5, 13, 1. No user at all is 5; 2 where none can be read.
[[nodiscard]] ExitCode exit_code_for_many(const ApplyReport& report, int signal);
/// The same with thresholds, a missed one is 1 and comes last. Nothing sent is 5.
[[nodiscard]] ExitCode exit_code_of(const FloodReport& report, const Thresholds& thresholds, int signal);
/// A dry run for one user: the code that the application would have.
[[nodiscard]] ExitCode exit_code_for_one(const DryRun& run);
/// For several: 0 if the gate would grant each, 1 if it would not. A gate that cannot decide is a fault, but for one that is not armed.
[[nodiscard]] ExitCode exit_code_for_many(const DryRun& run);
/// A worker ended by a signal is 0, but 130 or 143 where it was to go on until drained.
[[nodiscard]] ExitCode exit_code_of(const ConsumeReport& report, bool until_drained, int signal);
/// 0 nothing (more) to do, 1 something is left or needs a person, 5 the event moved.
[[nodiscard]] ExitCode exit_code_of(const RecoverReport& report);
/// 0 all that was selected is dismissed, 1 nothing was selected, or something is still open.
[[nodiscard]] ExitCode exit_code_of(const DismissReport& report);
/// 1 while an event is still failed.
[[nodiscard]] ExitCode exit_code_of(const RetryReport& report);
[[nodiscard]] ExitCode exit_code_of(const AuditReport& report);
[[nodiscard]] ExitCode exit_code_of(const Story& story);
/// The first that applies of 4, 3 (a server refuses or is away), 1 (dangerous), 5 (something was not told).
[[nodiscard]] ExitCode exit_code_of(const PreflightReport& report);

/// The thresholds a flood missed, one sentence each.
[[nodiscard]] std::vector<std::string> missed(const FloodReport& report, const Thresholds& thresholds);

} // namespace coupon
