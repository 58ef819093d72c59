#include "tools/program.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <random>
#include <spawn.h>
#include <sstream>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

extern char** environ; // NOLINT(readability-redundant-declaration)

namespace coupon {

namespace {

using namespace std::chrono_literals;

std::string contents(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::vector<std::string> environment_with(const std::map<std::string, std::string>& changes) {
    std::vector<std::string> entries;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string text(*entry);
        if (!changes.contains(text.substr(0, text.find('=')))) entries.push_back(text);
    }
    for (const auto& [name, value] : changes) {
        if (!value.empty()) entries.push_back(name + "=" + value);
    }
    return entries;
}

/// The program's account in a sandbox that has accounts.
std::string account_of(const std::string& program) {
    if (program == "coupon-consume") return "worker";
    if (program == "coupon-reset" || program == "coupon-audit") return program.substr(std::string("coupon-").size());
    return "apply";
}

/// A file of the program's account in the sandbox; empty where it has no accounts.
std::string account_file(const std::string& program, const std::string& ending) {
    const char* sandbox = std::getenv("COUPON_SANDBOX");
    return sandbox == nullptr ? std::string() : contents(std::string(sandbox) + "/accounts/" + account_of(program) + ending);
}

/// `changes` and the settings of the program's account. An account is not sent to another server than the sandbox's.
std::map<std::string, std::string> with_account(const std::string& program, std::map<std::string, std::string> changes) {
    std::istringstream settings(account_file(program, ".env"));
    std::map<std::string, std::string> account;
    for (std::string line; std::getline(settings, line);)
        account.emplace(line.substr(0, line.find('=')), line.substr(line.find('=') + 1));
    if (changes.contains("COUPON_REDIS")) account.erase("COUPON_REDIS_PASSWORD_FILE");
    if (changes.contains("COUPON_MYSQL")) account.erase("COUPON_MYSQL_PASSWORD_FILE");
    if (changes.contains("COUPON_BROKERS")) {
        account.erase("COUPON_KAFKA_PASSWORD_FILE");
        account.erase("COUPON_CONFIG");
    }
    changes.merge(account);
    return changes;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (auto& text : texts)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

} // namespace

Program::Program(const std::string& name, const std::vector<std::string>& arguments, const std::map<std::string, std::string>& environment,
                 const std::string& input)
    : start_(std::chrono::steady_clock::now()) {
    std::string pattern = (std::filesystem::temp_directory_path() / "coupon-program-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    std::ofstream(folder_ + "/in", std::ios::binary) << input;

    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, (folder_ + "/in").c_str(), O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, (folder_ + "/out").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, (folder_ + "/err").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);

    std::vector<std::string> words{std::string(COUPON_BIN_DIR) + "/" + name};
    words.insert(words.end(), arguments.begin(), arguments.end());
    auto entries = environment_with(with_account(name, environment));
    const int failed = posix_spawn(&pid_, words.front().c_str(), &actions, nullptr, pointers_to(words).data(), pointers_to(entries).data());
    posix_spawn_file_actions_destroy(&actions);
    REQUIRE_MESSAGE(failed == 0, "cannot start " << words.front() << ": " << std::strerror(failed));
}

Program::~Program() {
    if (!has_ended()) {
        signal(SIGKILL);
        waitpid(pid_, &status_, 0);
    }
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

void Program::signal(int number) const {
    if (!ended_) kill(pid_, number);
}

bool Program::catches(int number, std::chrono::milliseconds deadline) const {
    const auto until = std::chrono::steady_clock::now() + deadline;
    while (true) {
        // The line "SigCgt:" is a mask in hexadecimal, proc(5); signal 1 is its lowest bit.
        const auto status = contents("/proc/" + std::to_string(pid_) + "/status");
        const auto at = status.find("SigCgt:");
        if (at != std::string::npos && (std::strtoull(status.c_str() + at + 7, nullptr, 16) >> (number - 1) & 1U) != 0) return true;
        if (std::chrono::steady_clock::now() >= until) return false;
        std::this_thread::sleep_for(1ms);
    }
}

std::string Program::errors_so_far() const {
    return contents(folder_ + "/err");
}

bool Program::has_ended() {
    if (!ended_ && waitpid(pid_, &status_, WNOHANG) == pid_) ended_ = true;
    return ended_;
}

bool Program::says(const std::string& piece, std::chrono::milliseconds deadline) {
    const auto until = std::chrono::steady_clock::now() + deadline;
    while (true) {
        const bool is_last_look = has_ended() || std::chrono::steady_clock::now() >= until;
        if (errors_so_far().find(piece) != std::string::npos) return true;
        if (is_last_look) return false;
        std::this_thread::sleep_for(10ms);
    }
}

Outcome Program::finish(std::chrono::milliseconds deadline) {
    const auto until = std::chrono::steady_clock::now() + deadline;
    while (!has_ended() && std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(2ms);
    Outcome outcome;
    outcome.took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start_);
    if (ended_) {
        outcome.exit_code = WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
    } else {
        signal(SIGKILL);
        waitpid(pid_, &status_, 0);
        ended_ = true;
    }
    outcome.out = contents(folder_ + "/out");
    outcome.err = contents(folder_ + "/err");
    return outcome;
}

Outcome run_program(const std::string& name, const std::vector<std::string>& arguments,
                    const std::map<std::string, std::string>& environment, const std::string& input) {
    return Program(name, arguments, environment, input).finish();
}

std::string login_config(const std::string& name) {
    return account_file(name, ".conf");
}

std::string fresh_event() {
    static constexpr char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    std::random_device chance;
    std::string name = "t";
    for (int i = 0; i < 12; ++i)
        name += letters[chance() % 36];
    return name;
}

std::vector<std::string> event_options(const std::string& event) {
    return {"--event", event, "--topic", "topic-" + event, "--group", "group-" + event};
}

std::vector<std::string> operator+(std::vector<std::string> left, const std::vector<std::string>& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

} // namespace coupon
