#include "cli/run.hpp"

#include "cli/process_limits.hpp"
#include "cli/process_start.hpp"
#include "cli/stop_signal.hpp"
#include "cli/suite_version.hpp"
#include "cli/usage_error.hpp"
#include "core/escape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <new>
#include <system_error>
#include <vector>

namespace coupon {

namespace {

/// Reads the command line; nullopt when the program is to work, otherwise --help or --version was all that was wanted.
std::optional<ExitCode> read_command_line(CommandLine& line, const std::vector<std::string>& words, const Program& program, Output& out) {
    switch (line.parse(words)) {
    case CommandLine::Asked::help: out.write(line.help()); return ExitCode::yes;
    case CommandLine::Asked::version:
        out.write(fmt::format("{} {}\n{}, {}\n{}", program.text.name, suite_version(), program.libraries, cli_library_versions(),
                              Failpoints::version_text()));
        return ExitCode::yes;
    case CommandLine::Asked::run: break;
    }
    return std::nullopt;
}

/// Before any work has begun nothing was claimed.
ExitCode exit_code_of_limit() {
    return has_work_in_hand() ? ExitCode::cannot_tell : ExitCode::unreachable;
}

ExitCode leave(Session& session, const Leaving& leaving) {
    if (leaving.code == ExitCode::usage) session.log.use(Log::Style::plain);
    session.log.error(leaving.fault.text());
    // A usage error has no result: nothing was asked of anybody.
    if (session.result_of_fault && leaving.code != ExitCode::usage) {
        const Fault fault{leaving.fault.kind, with_limits(leaving.fault.message), leaving.fault.hint};
        session.print(session.result_of_fault(leaving.code, fault));
    }
    return leaving.code;
}

ExitCode work_or_leave(Session& session, const std::function<ExitCode(Session&)>& work) {
    try {
        return work(session);
    } catch (const Leaving& leaving) {
        return leave(session, leaving);
    }
}

/// The code to end with, once all is told that there is to tell.
ExitCode told(Log& log, Output& out, ExitCode code) {
    log.progress("");
    // What was told before an exception is told all the same.
    out.flush();
    return out.has_failed() && code != ExitCode::internal ? ExitCode::output_failed : code;
}

Instant wall_clock() {
    return std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());
}

} // namespace

void Session::end(ExitCode code) const {
    std::_Exit(static_cast<int>(told(log, out, code)));
}

Heading Session::heading(const char* schema, const EventName& event, std::optional<Round> round, const char* verdict) const {
    return {schema, program, suite_version(), event.text(), round, started_at, wall_clock(), verdict};
}

int run(const Program& program, int argc, char** argv, const OutputOptions& output, const std::function<void(CommandLine&, Log&)>& declare,
        const std::function<ExitCode(Session&)>& work) {
    Log log(program.text.name, Log::Style::plain);
    Output out(log);
    const auto guarded = [&log](const std::function<ExitCode()>& part) {
        try {
            return part();
        } catch (const UsageError& error) {
            log.use(Log::Style::plain);
            log.error(error.what());
            return ExitCode::usage;
        } catch (const LimitReached& limit) {
            log.error(limit.what());
            return exit_code_of_limit();
        } catch (const std::bad_alloc&) {
            log.error(out_of_memory());
            return exit_code_of_limit();
        } catch (const std::system_error& error) {
            // Of what the suite calls only a thread that cannot be started throws it.
            log.error(reason_with_limit("cannot create a thread", error.code().value()));
            return exit_code_of_limit();
        } catch (const std::exception& error) {
            log.error(fmt::format("internal error: {}", error.what()));
            return ExitCode::internal;
        }
    };
    const auto code = guarded([&] {
        start_process();
        install_stop_signal();
        SystemWorld world;
        const Tick start = world.now();
        const Instant started_at = wall_clock();
        CommandLine line(program.text);
        declare(line, log);
        const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
        if (const auto answered = read_command_line(line, words, program, out)) return *answered;
        if (output.verbose) log.show_from(Log::Least::detail);
        if (output.quiet) log.show_from(Log::Least::warn);
        if (const auto early = program.early_end ? program.early_end() : std::nullopt) end_idle_with(*early);
        if (program.is_worker && program.is_worker()) log.use(Log::Style::stamped);
        let_signals_in();
        const auto failpoints = Failpoints::read(std::getenv("COUPON_FAILPOINTS"));
        if (!failpoints) throw UsageError(failpoints.fault().text());
        Session session{program.text.name, output, log, out, world, *failpoints, start, started_at, {}, {}};
        return work_or_leave(session, work);
    });
    return static_cast<int>(told(log, out, code));
}

} // namespace coupon
