#pragma once

#include <chrono>
#include <map>
#include <string>
#include <sys/types.h>
#include <vector>

namespace coupon {

/// What a program left behind.
struct Outcome {
    int exit_code = -1; ///< 128 + signal where a signal killed it; -1 where the deadline did
    std::string out;
    std::string err;
    std::chrono::milliseconds took{0};
};

/// One of the five programs, as a user starts it: no shell, no terminal, the environment of this test plus `environment` (an empty value
/// unsets). At a sandbox with accounts (scripts/sandbox up --accounts least) it logs in with its own. Killed when the test ends before it.
class Program {
public:
    /// `name` is for example "coupon-apply"; `input` is its standard input.
    Program(const std::string& name, const std::vector<std::string>& arguments, const std::map<std::string, std::string>& environment = {},
            const std::string& input = {});
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;
    ~Program();

    void signal(int number) const;
    /// Waits until it has arranged to catch a signal itself; false when it does not within the deadline.
    [[nodiscard]] bool catches(int number, std::chrono::milliseconds deadline) const;
    [[nodiscard]] pid_t pid() const { return pid_; }
    /// What it has written to stderr so far.
    [[nodiscard]] std::string errors_so_far() const;
    /// Waits until stderr holds `piece`; false when it does not within the deadline or the program ended without it.
    [[nodiscard]] bool says(const std::string& piece, std::chrono::milliseconds deadline);
    /// Waits for the end; kills it at the deadline.
    [[nodiscard]] Outcome finish(std::chrono::milliseconds deadline = std::chrono::seconds(60));

private:
    [[nodiscard]] bool has_ended();

    pid_t pid_ = -1;
    int status_ = 0;
    bool ended_ = false;
    std::string folder_; ///< holds the files its streams go to and come from
    std::chrono::steady_clock::time_point start_;
};

/// Starts and finishes in one go.
[[nodiscard]] Outcome run_program(const std::string& name, const std::vector<std::string>& arguments,
                                  const std::map<std::string, std::string>& environment = {}, const std::string& input = {});

/// The lines of a config file with which the program logs in to Kafka, for a test with a file of its own; empty without accounts.
[[nodiscard]] std::string login_config(const std::string& name);

/// An event name nobody has used before, so that tests leave each other alone.
[[nodiscard]] std::string fresh_event();

/// --event NAME --topic NAME --group NAME for such an event.
[[nodiscard]] std::vector<std::string> event_options(const std::string& event);

/// Two lists in one.
[[nodiscard]] std::vector<std::string> operator+(std::vector<std::string> left, const std::vector<std::string>& right);

} // namespace coupon
