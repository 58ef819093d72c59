#pragma once

#include "cli/command_line.hpp"
#include "cli/exit_code.hpp"
#include "cli/log.hpp"
#include "cli/options/output_options.hpp"
#include "cli/output.hpp"
#include "cli/stop_notice.hpp"
#include "cli/stop_signal.hpp"
#include "cli/system_world.hpp"
#include "core/event_name.hpp"
#include "core/result.hpp"
#include "failpoints/failpoints.hpp"
#include "report/heading.hpp"

#include <functional>
#include <optional>
#include <string>
#include <utility>

/// How every program begins and ends.
namespace coupon {

/// What a program has at hand while it works.
struct Session {
    const std::string& program;
    const OutputOptions& output;
    Log& log;
    Output& out;
    SystemWorld& world;
    const Failpoints& failpoints; ///< goes around every port that a program opens
    Tick start;                   ///< of the program; "+30s" counts from here
    Instant started_at;           ///< the same by the wall clock of this machine
    /// What goes to stdout when the program leaves early: text or, with --json, a document. Tools set it once they know what it is about.
    std::function<std::string(ExitCode, const Fault&)> result_of_fault;
    std::optional<StopNotice> notice;

    /// The result: JSON as it is, text unless -q.
    void print(const std::string& text) {
        if (output.json || !output.quiet) out.write(text);
    }
    /// From here on the first signal only asks; it is told what the program is `doing` before it ends, such as "finishing the batch".
    void take_work_in_hand(std::string doing) {
        notice.emplace(log, std::move(doing));
        coupon::take_work_in_hand();
    }
    /// The head of this program's JSON document, finished now.
    [[nodiscard]] Heading heading(const char* schema, const EventName& event, std::optional<Round> round, const char* verdict) const;
    /// Ends the program, with what was told so far on stdout: for the end of its work, once all that matters is told, written and
    /// acknowledged. What it still holds, connections and threads of client libraries, is the system's to take away: a millisecond or two
    /// without a use. Never returns.
    [[noreturn]] void end(ExitCode code) const;
    /// When a call to a server that begins now must be over.
    [[nodiscard]] Deadline deadline(Milliseconds timeout) const { return world.now() + timeout; }
};

/// A fault that ends the program. Thrown by or_leave(), caught once, in run().
struct Leaving {
    ExitCode code;
    Fault fault;
};

/// The value, or the end of the program with the code that `code_of` gives the fault.
template <class T>
T or_leave(Result<T> result, ExitCode (*code_of)(FaultKind) = exit_code_of) {
    if (!result) throw Leaving{code_of(result.fault().kind), result.fault()};
    return std::move(result).value();
}

/// What run() must know of a program.
struct Program {
    ProgramText text;
    std::string libraries; ///< of the places it uses, for --version
    /// The code to end with at a signal before any work has begun; without it 130 or 143. Asked when the options are known.
    std::function<std::optional<ExitCode>()> early_end = {};
    /// Whether lines of the log carry time and level once the work begins. Asked when the options are known.
    std::function<bool()> is_worker = {};
};

/// Declares the program's options on the line, reads them, works, and returns the exit code. Whatever ends the program early is said here,
/// in one sentence: a UsageError (2), a Leaving (its code), a limit of the process (3, or 5 once work has begun), any other exception (70).
[[nodiscard]] int run(const Program& program, int argc, char** argv, const OutputOptions& output,
                      const std::function<void(CommandLine&, Log&)>& declare, const std::function<ExitCode(Session&)>& work);

/// The same for a program whose Options know how to declare themselves: text(), declare(CommandLine&, Log&), output; where a signal at the
/// start means something of its own, early_end(); where it can be a worker, is_worker().
template <class Options>
[[nodiscard]] int run(int argc, char** argv, const std::string& libraries, ExitCode (*work)(const Options&, Session&)) {
    Options options;
    Program program{Options::text(), libraries, {}, {}};
    if constexpr (requires { options.early_end(); }) program.early_end = [&options] { return options.early_end(); };
    if constexpr (requires { options.is_worker(); }) program.is_worker = [&options] { return options.is_worker(); };
    return run(
        program, argc, argv, options.output, [&options](CommandLine& line, Log& log) { options.declare(line, log); },
        [&options, work](Session& session) { return work(options, session); });
}

} // namespace coupon
