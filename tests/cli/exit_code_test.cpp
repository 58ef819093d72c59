#include "cli/exit_code.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <tuple>
#include <vector>

using namespace coupon;

TEST_SUITE_BEGIN("cli/exit_code");

namespace {

AnswerCounts counts_of(const std::vector<Answer>& answers) {
    AnswerCounts counts;
    for (const auto answer : answers)
        counts.add(answer);
    return counts;
}

ApplyReport report_of(const std::vector<Answer>& answers, std::optional<FaultKind> cause = std::nullopt) {
    ApplyReport report;
    report.counts = counts_of(answers);
    report.worst_cause = cause;
    return report;
}

} // namespace

TEST_CASE("one user: the code is the answer") {
    struct Row {
        Answer answer;
        std::optional<FaultKind> cause;
        int code;
    };
    for (const auto& [answer, cause, code] : std::vector<Row>{{Answer::granted, {}, 0},
                                                              {Answer::sold_out, {}, 10},
                                                              {Answer::duplicate, {}, 11},
                                                              {Answer::closed, {}, 12},
                                                              {Answer::pending, {}, 13},
                                                              {Answer::unknown, {}, 5},
                                                              {Answer::error, FaultKind::unreachable, 3},
                                                              {Answer::error, FaultKind::not_armed, 3},
                                                              {Answer::error, FaultKind::corrupt, 3},
                                                              {Answer::error, FaultKind::refused, 3},
                                                              {Answer::error, FaultKind::denied, 4},
                                                              {Answer::error, FaultKind::missing, 3}, // the round was there when it began
                                                              {Answer::error, {}, 3}}) {
        CAPTURE(name_of(answer));
        CHECK(static_cast<int>(exit_code_for_one(report_of({answer}, cause), 0)) == code);
    }
}

TEST_CASE("one user: a definite answer outweighs the signal, anything less does not") {
    auto granted = report_of({Answer::granted});
    granted.interrupted = true;
    CHECK(exit_code_for_one(granted, SIGTERM) == ExitCode::yes);
    auto pending = report_of({Answer::pending});
    pending.interrupted = true;
    CHECK(exit_code_for_one(pending, SIGTERM) == ExitCode::terminated);
    CHECK(exit_code_for_one(pending, SIGINT) == ExitCode::interrupted);
    // Stopped because nobody reads the output any more.
    CHECK(exit_code_for_one(pending, 0) == ExitCode::pending);
    ApplyReport nothing;
    nothing.interrupted = true;
    CHECK(exit_code_for_one(nothing, SIGINT) == ExitCode::interrupted);
}

TEST_CASE("many users: 0 when each has a definite answer, otherwise the first of 4, 3, 5, 13, 1") {
    struct Row {
        std::vector<Answer> answers;
        std::optional<FaultKind> cause;
        std::int64_t bad_lines;
        int code;
    };
    using A = Answer;
    for (const auto& [answers, cause, bad_lines, code] :
         std::vector<Row>{{{A::granted, A::sold_out, A::duplicate, A::closed}, {}, 0, 0},
                          {{}, {}, 0, 5},
                          {{}, {}, 1, 1},
                          {{A::granted}, {}, 1, 1},
                          {{A::granted, A::pending}, {}, 1, 13},
                          {{A::unknown, A::pending}, {}, 1, 5},
                          {{A::error, A::unknown, A::pending}, FaultKind::unreachable, 1, 3},
                          {{A::error, A::unknown}, FaultKind::missing, 0, 3},
                          {{A::error, A::error, A::unknown, A::pending}, FaultKind::denied, 1, 4}}) {
        CAPTURE(code);
        auto report = report_of(answers, cause);
        report.bad_lines = bad_lines;
        CHECK(static_cast<int>(exit_code_for_many(report, 0)) == code);
    }
}

TEST_CASE("many users: where none can be read it is a matter of usage, unless some have applied before") {
    auto report = report_of({});
    report.input_fault = Fault{FaultKind::usage, "", ""};
    CHECK(exit_code_for_many(report, 0) == ExitCode::usage);
    report.counts.add(Answer::granted);
    CHECK(exit_code_for_many(report, 0) == ExitCode::no);
    report.silent = ApplyServer::kafka;
    CHECK(exit_code_for_many(report, 0) == ExitCode::unreachable);
}

TEST_CASE("many users: a stall or a signal never looks like success") {
    auto report = report_of({Answer::granted});
    report.silent = ApplyServer::redis;
    CHECK(exit_code_for_many(report, 0) == ExitCode::unreachable);
    report.counts.add(Answer::pending);
    CHECK(exit_code_for_many(report, 0) == ExitCode::pending);
    report.interrupted = true;
    CHECK(exit_code_for_many(report, SIGTERM) == ExitCode::terminated);
    CHECK(exit_code_for_many(report, SIGINT) == ExitCode::interrupted);
}

TEST_CASE("many users: a missing right to publish is denied, although claims are pending") {
    auto report = report_of({Answer::pending, Answer::pending});
    report.refused = Fault{FaultKind::denied, "", ""};
    CHECK(exit_code_for_many(report, 0) == ExitCode::denied);
    CHECK(exit_code_for_one(report_of({Answer::pending}), 0) == ExitCode::pending);
    FloodReport flood;
    flood.counts = counts_of({Answer::pending, Answer::sold_out});
    flood.refused = report.refused;
    CHECK(exit_code_of(flood, {}, 0) == ExitCode::denied);
}

TEST_CASE("a flood: thresholds come last, and no sample is no success") {
    FloodReport report;
    const Thresholds none;
    CHECK(exit_code_of(report, none, 0) == ExitCode::cannot_tell);
    report.counts = counts_of({Answer::granted, Answer::sold_out});
    CHECK(exit_code_of(report, none, 0) == ExitCode::yes);
    CHECK(exit_code_of(report, {0, 1}, 0) == ExitCode::yes);
    CHECK(exit_code_of(report, {0, 2}, 0) == ExitCode::no);
    CHECK(missed(report, {0, 2}) == std::vector<std::string>{"--expect-granted 2: 1 granted"});
    CHECK(exit_code_of(report, {0, 0}, 0) == ExitCode::no);

    report.counts.add(Answer::pending);
    CHECK(exit_code_of(report, {0, 2}, 0) == ExitCode::pending);
    report.counts.add(Answer::unknown);
    CHECK(exit_code_of(report, none, 0) == ExitCode::cannot_tell);
    report.counts.add(Answer::error);
    report.worst_cause = FaultKind::unreachable;
    CHECK(exit_code_of(report, none, 0) == ExitCode::unreachable);
    CHECK(exit_code_of(report, {1, {}}, 0) == ExitCode::unreachable);
    CHECK(missed(report, {1, {}}).size() == 1);
    // Two errors are allowed and two came: what remains is the pending one.
    CHECK(exit_code_of(report, {2, {}}, 0) == ExitCode::pending);
    CHECK(missed(report, {2, {}}).empty());
    report.worst_cause = FaultKind::denied;
    CHECK(exit_code_of(report, none, 0) == ExitCode::denied);
    report.interrupted = true;
    CHECK(exit_code_of(report, none, SIGINT) == ExitCode::interrupted);
}

TEST_CASE("a worker: a signal is its end, but not where it was to go on until drained") {
    ConsumeReport report;
    report.interrupted = true;
    CHECK(exit_code_of(report, false, SIGTERM) == ExitCode::yes);
    CHECK(exit_code_of(report, true, SIGTERM) == ExitCode::terminated);
    CHECK(exit_code_of(report, true, SIGINT) == ExitCode::interrupted);
    report.drained = true;
    CHECK(exit_code_of(report, true, SIGTERM) == ExitCode::yes);
    CHECK(exit_code_of(ConsumeReport{}, true, 0) == ExitCode::cannot_tell);
}

TEST_CASE("a dry run for one user has the code of the application, for several it is 0 only where the gate would grant") {
    const auto run_of = [](std::vector<Result<ClaimReply>> replies) {
        DryRun run;
        for (auto& reply : replies)
            run.users.push_back({std::nullopt, std::move(reply), 0});
        return run;
    };
    const auto reply_of = [](ClaimReply::Kind kind) {
        ClaimReply reply;
        reply.kind = kind;
        return reply;
    };
    using Kind = ClaimReply::Kind;
    for (const auto& [kind, one, many] : {std::tuple(Kind::granted, 0, 0), std::tuple(Kind::sold_out, 10, 1),
                                          std::tuple(Kind::duplicate, 11, 1), std::tuple(Kind::closed, 12, 1)}) {
        CHECK(static_cast<int>(exit_code_for_one(run_of({reply_of(kind)}))) == one);
        CHECK(static_cast<int>(exit_code_for_many(run_of({reply_of(kind)}))) == many);
        CHECK(static_cast<int>(exit_code_for_many(run_of({reply_of(Kind::granted), reply_of(kind)}))) == many);
    }
    for (const auto& [kind, one, many] : {std::tuple(FaultKind::not_armed, 3, 1), std::tuple(FaultKind::corrupt, 3, 3)}) {
        CHECK(static_cast<int>(exit_code_for_one(run_of({Fault{kind, "", ""}}))) == one);
        CHECK(static_cast<int>(exit_code_for_many(run_of({reply_of(Kind::granted), Fault{kind, "", ""}}))) == many);
    }
}

TEST_CASE("a retry of failed events is 1 while one of them is still failed") {
    RetryReport report;
    CHECK(exit_code_of(report) == ExitCode::yes);
    report.issued = 2;
    CHECK(exit_code_of(report) == ExitCode::yes);
    report.failed[FailedKind::conflict] = 1;
    CHECK(exit_code_of(report) == ExitCode::no);
}

TEST_CASE("a history that cannot be written is 74, whatever was answered and whichever signal came") {
    ApplyReport applied;
    applied.counts.add(Answer::granted);
    applied.interrupted = true;
    FloodReport flooded;
    flooded.counts.add(Answer::error);
    for (const int signal : {0, SIGTERM}) {
        applied.history_fault = flooded.history_fault = std::nullopt;
        CHECK(exit_code_for_one(applied, signal) != ExitCode::output_failed);
        applied.history_fault = flooded.history_fault = Fault{FaultKind::refused, "the disk is full", ""};
        CHECK(exit_code_for_one(applied, signal) == ExitCode::output_failed);
        CHECK(exit_code_for_many(applied, signal) == ExitCode::output_failed);
        CHECK(exit_code_of(flooded, Thresholds{}, signal) == ExitCode::output_failed);
    }
}

TEST_CASE("users that could not be read to their end are 1, as invalid lines are") {
    ApplyReport report;
    report.counts.add(Answer::granted);
    CHECK(exit_code_for_many(report, 0) == ExitCode::yes);
    report.input_fault = Fault{FaultKind::usage, "cannot read the users from stdin", ""};
    CHECK(exit_code_for_many(report, 0) == ExitCode::no);
}

TEST_CASE("a dismissal is done once all that was selected is dismissed, and something was selected") {
    DismissReport report;
    CHECK(exit_code_of(report) == ExitCode::no);
    report.found.open = {{FailedKind::undecodable, 2}};
    CHECK(exit_code_of(report) == ExitCode::no);
    report.dismissed = 2;
    CHECK(exit_code_of(report) == ExitCode::yes);
    report = {};
    report.found.dismissed = 2;
    CHECK(exit_code_of(report) == ExitCode::yes);
}

TEST_CASE("each fault has its code, in each program") {
    struct Row {
        FaultKind kind;
        int elsewhere;
        int reset;
        int audit;
    };
    for (const auto& [kind, elsewhere, reset, audit] : std::vector<Row>{{FaultKind::unreachable, 3, 3, 5},
                                                                        {FaultKind::denied, 4, 4, 4},
                                                                        {FaultKind::unknown, 5, 5, 5},
                                                                        {FaultKind::refused, 3, 1, 5},
                                                                        {FaultKind::not_armed, 3, 3, 5},
                                                                        {FaultKind::missing, 3, 3, 5},
                                                                        {FaultKind::corrupt, 3, 1, 5},
                                                                        {FaultKind::conflict, 6, 6, 5},
                                                                        {FaultKind::not_mine, 5, 5, 5},
                                                                        {FaultKind::not_quiescent, 5, 1, 5},
                                                                        {FaultKind::unsupported, 3, 3, 5},
                                                                        {FaultKind::usage, 2, 2, 2},
                                                                        {FaultKind::already_running, 6, 6, 5},
                                                                        {FaultKind::interrupted, 143, 143, 143}}) {
        CAPTURE(name_of(kind));
        CHECK(static_cast<int>(exit_code_of(kind)) == elsewhere);
        CHECK(static_cast<int>(exit_code_of_fault_of_reset(kind)) == reset);
        CHECK(static_cast<int>(exit_code_of_fault_of_audit(kind)) == audit);
    }
}

TEST_CASE("a preflight: a server that refuses or is away, then what is dangerous, then what was not told") {
    PreflightReport report;
    CHECK(exit_code_of(report) == ExitCode::yes);
    report.lines.resize(3);
    report.lines[0].status = PreflightStatus::warning;
    report.lines[1].status = PreflightStatus::accepted;
    CHECK(exit_code_of(report) == ExitCode::yes);
    report.lines[1].status = PreflightStatus::cannot_tell;
    CHECK(exit_code_of(report) == ExitCode::cannot_tell);
    report.lines[2].status = PreflightStatus::dangerous;
    CHECK(exit_code_of(report) == ExitCode::no);
    report.away = {{FaultKind::unreachable, "", ""}};
    CHECK(exit_code_of(report) == ExitCode::unreachable);
    report.away.push_back({FaultKind::denied, "", ""});
    CHECK(exit_code_of(report) == ExitCode::denied);
}

TEST_CASE("an audit: the code is the verdict") {
    for (const auto& [ending, code] : {std::pair(Story::Ending::has_coupon, 0), std::pair(Story::Ending::has_none, 1),
                                       std::pair(Story::Ending::on_its_way, 5), std::pair(Story::Ending::cannot_tell, 5)}) {
        Story story;
        story.ending = ending;
        CHECK(static_cast<int>(exit_code_of(story)) == code);
    }
    RecoverReport recovery;
    CHECK(exit_code_of(recovery) == ExitCode::yes);
    recovery.plan.for_a_person.resize(1);
    CHECK(exit_code_of(recovery) == ExitCode::no);
    recovery.left.emplace();
    CHECK(exit_code_of(recovery) == ExitCode::yes);
    recovery.left->steps.resize(1);
    CHECK(exit_code_of(recovery) == ExitCode::no);
    recovery.moving.resize(1);
    CHECK(exit_code_of(recovery) == ExitCode::cannot_tell);
    AuditReport report;
    report.verdict = Verdict::exact;
    CHECK(exit_code_of(report) == ExitCode::yes);
    report.verdict = Verdict::violated;
    CHECK(exit_code_of(report) == ExitCode::no);
    report.verdict = Verdict::cannot_tell;
    CHECK(exit_code_of(report) == ExitCode::cannot_tell);
}

TEST_SUITE_END();
