#include "cli/run.hpp"

#include "cli/scratch_folder.hpp"
#include "cli/stop_signal.hpp"
#include "cli/usage_error.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <regex>
#include <sstream>

using namespace coupon;

TEST_SUITE_BEGIN("cli/run");

namespace {

struct SampleOptions {
    OutputOptions output;
    std::int64_t number = 1;

    [[nodiscard]] bool is_worker() const { return number == 7; }
    static ProgramText text() { return {"coupon-sample", "[options]", "About.", "  coupon-sample\n", "  0 done\n"}; }
    void declare(CommandLine& line, Log& /*log*/) {
        line.value({"--number", "N", "a number"}, whole_number(0), number);
        add_output_options(line, output);
    }
};

struct Outcome {
    int code = 0; ///< 128 + N when signal N killed it
    std::string out;
    std::string err;
};

std::string text_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// Runs a program in a process of its own; `out` is a file that is there already to take its stdout.
Outcome run_sample(ExitCode (*work)(const SampleOptions&, Session&), std::vector<std::string> words, std::string out = {}) {
    const ScratchFolder folder;
    words.insert(words.begin(), "coupon-sample");
    const auto child = ::fork();
    if (child == 0) {
        ::alarm(20); // a case that hangs must not outlive the test
        if (out.empty()) out = folder.path("out");
        ::dup2(::open(out.c_str(), O_WRONLY | O_CREAT, 0600), STDOUT_FILENO);
        ::dup2(::open(folder.path("err").c_str(), O_WRONLY | O_CREAT, 0600), STDERR_FILENO);
        std::vector<char*> argv;
        for (auto& word : words)
            argv.push_back(word.data());
        ::_exit(run<SampleOptions>(static_cast<int>(argv.size()), argv.data(), "library 1.2.3", work));
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), text_of(folder.path("out")), text_of(folder.path("err"))};
}

ExitCode print_number(const SampleOptions& options, Session& session) {
    session.log.detail("thinking");
    session.log.info("almost done");
    session.log.warn("beware");
    session.print(std::to_string(options.number) + "\n");
    return ExitCode::no;
}

ExitCode leave_early(const SampleOptions& /*options*/, Session& session) {
    session.result_of_fault = [&](ExitCode code, const Fault& fault) {
        return std::string(session.output.json ? "json " : "text ") + name_of(code) + " " + fault.message + "\n";
    };
    return or_leave(Result<ExitCode>(Fault{FaultKind::denied, "redis refused the password", "check the file"}));
}

ExitCode misuse(const SampleOptions& /*options*/, Session& session) {
    session.result_of_fault = [](ExitCode, const Fault&) { return std::string("a result\n"); };
    return or_leave(Result<ExitCode>(Fault{FaultKind::usage, "that file is there already", ""}));
}

/// Says on stderr that it was destroyed.
struct Witness {
    Log& log;
    ~Witness() { log.warn("destroyed"); }
};

ExitCode end_at_once(const SampleOptions& /*options*/, Session& session) {
    const Witness witness{session.log};
    session.print("told before\n");
    session.end(ExitCode::no);
}

ExitCode fail(const SampleOptions& /*options*/, Session& session) {
    session.print("told before\n");
    throw std::runtime_error("the disk is gone");
}

ExitCode be_ended(const SampleOptions& /*options*/, Session& /*session*/) {
    ::raise(SIGPIPE);
    ::raise(SIGTERM);
    return ExitCode::yes;
}

} // namespace

TEST_CASE("a program prints its result on stdout, says the rest on stderr, and ends with its code") {
    const auto plain = run_sample(print_number, {"--number", "5"});
    CHECK(plain.code == 1);
    CHECK(plain.out == "5\n");
    CHECK(plain.err == "coupon-sample: almost done\ncoupon-sample: warning: beware\n");
    const auto quiet = run_sample(print_number, {"-q"});
    CHECK(quiet.code == 1);
    CHECK(quiet.out.empty());
    CHECK(quiet.err == "coupon-sample: warning: beware\n");
    const auto verbose = run_sample(print_number, {"-v"});
    CHECK(verbose.err == "coupon-sample: thinking\ncoupon-sample: almost done\ncoupon-sample: warning: beware\n");
    CHECK(run_sample(print_number, {"-q", "--json"}).out == "1\n");
}

TEST_CASE("help and version are results") {
    const auto help = run_sample(print_number, {"--help"});
    CHECK(help.code == 0);
    CHECK(help.out.find("usage: coupon-sample [options]") == 0);
    CHECK(help.err.empty());
    const auto version = run_sample(print_number, {"-V"});
    CHECK(version.code == 0);
    CHECK(std::regex_search(
        version.out,
        std::regex(
            "^coupon-sample [0-9]+\\.[0-9]+\\.[0-9]+\nlibrary 1\\.2\\.3, CLI11 [0-9.]+, fmt [0-9.]+\nfailpoints: not compiled in\n$")));
}

TEST_CASE("a usage error is one sentence, exit 2, and no result") {
    const auto wrong = run_sample(print_number, {"--number", "x"});
    CHECK(wrong.code == 2);
    CHECK(wrong.out.empty());
    CHECK(wrong.err.find("coupon-sample: --number: invalid value \"x\": expected ") == 0);
    const auto later = run_sample(misuse, {"--json"});
    CHECK(later.code == 2);
    CHECK(later.out.empty());
    CHECK(later.err == "coupon-sample: that file is there already\n");
}

TEST_CASE("a worker's lines carry time and level once it works, its usage errors never do") {
    CHECK(run_sample(print_number, {"--number", "7", "--number", "x"}).err.starts_with("coupon-sample: --number"));
    CHECK(run_sample(misuse, {"--number", "7"}).err == "coupon-sample: that file is there already\n");
    const auto fault = run_sample(leave_early, {"--number", "7"});
    CHECK(fault.code == 4);
    CHECK(fault.err.ends_with("Z error coupon-sample: redis refused the password; check the file\n"));
}

TEST_CASE("a fault ends the program with its code, its sentence, and a result that says so") {
    const auto text = run_sample(leave_early, {});
    CHECK(text.code == 4);
    CHECK(text.err == "coupon-sample: redis refused the password; check the file\n");
    CHECK(text.out == "text denied redis refused the password\n");
    CHECK(run_sample(leave_early, {"-q"}).out.empty());
    CHECK(run_sample(leave_early, {"-q", "--json"}).out == "json denied redis refused the password\n");
}

TEST_CASE("a program that ends at once has told all, with its code, and takes nothing apart") {
    const auto ended = run_sample(end_at_once, {});
    CHECK(ended.code == 1);
    CHECK(ended.out == "told before\n");
    CHECK(ended.err.empty());
    const auto unheard = run_sample(end_at_once, {}, "/dev/full");
    CHECK(unheard.code == 74);
    CHECK(unheard.err.find("told before\n") != std::string::npos);
}

TEST_CASE("an exception is exit 70, and what was told before is told all the same") {
    const auto failed = run_sample(fail, {});
    CHECK(failed.code == 70);
    CHECK(failed.out == "told before\n");
    CHECK(failed.err == "coupon-sample: internal error: the disk is gone\n");
}

TEST_CASE("a broken pipe does not kill the program, a signal while nothing is in hand does") {
    CHECK(run_sample(be_ended, {}).code == 143);
}

TEST_CASE("a stamped line has the time, the level and the program, and stays one line") {
    const ScratchFolder folder;
    const auto child = ::fork();
    if (child == 0) {
        ::dup2(::open(folder.path("err").c_str(), O_WRONLY | O_CREAT, 0600), STDERR_FILENO);
        Log log("coupon-consume", Log::Style::stamped);
        log.warn("two\nlines \x1b[31m");
        log.progress("only on a terminal");
        log.error("last");
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    const auto text = text_of(folder.path("err"));
    CAPTURE(text);
    const std::string stamp = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z";
    CHECK(
        std::regex_match(text, std::regex(stamp + " warn coupon-consume: two lines  \\[31m\n" + stamp + " error coupon-consume: last\n")));
}

TEST_SUITE_END();
