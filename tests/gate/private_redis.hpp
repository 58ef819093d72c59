#pragma once

#include "gate/live_redis.hpp"
#include "gate/scripted_server.hpp"

#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace coupon {

/// A redis-server of a test's own, to be stopped, killed and reconfigured. Its data lies in a folder of its own, gone afterwards.
class PrivateRedis {
public:
    /// `options`: further words of redis-server.
    explicit PrivateRedis(std::vector<std::string> options = {})
        : further_words_(std::move(options)), folder_(std::filesystem::temp_directory_path() / ("coupon-redis-" + fresh_event().text())) {
        std::filesystem::create_directories(folder_);
        {
            const DeadPort port;
            options_.port = port.port();
        }
        options_.timeout = Milliseconds(1000);
        start();
    }
    ~PrivateRedis() {
        if (pid_ > 0) {
            ::kill(pid_, SIGCONT);
            kill();
        }
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    PrivateRedis(const PrivateRedis&) = delete;
    PrivateRedis& operator=(const PrivateRedis&) = delete;

    [[nodiscard]] const RedisOptions& options() const { return options_; }

    /// Returns when the server answers, its data loaded.
    void start() {
        std::vector<std::string> words{"redis-server", "--bind",         "127.0.0.1", "--port",    std::to_string(options_.port),
                                       "--dir",        folder_.string(), "--save",    "",          "--appendonly",
                                       "yes",          "--appendfsync",  "always",    "--logfile", "server.log"};
        words.insert(words.end(), further_words_.begin(), further_words_.end());
        pid_ = ::fork();
        if (pid_ == 0) {
            std::vector<char*> arguments;
            for (const auto& word : words)
                arguments.push_back(const_cast<char*>(word.c_str()));
            arguments.push_back(nullptr);
            ::execvp(arguments.front(), arguments.data());
            ::_exit(127);
        }
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!answers()) {
            int status = 0;
            if (::waitpid(pid_, &status, WNOHANG) == pid_ || std::chrono::steady_clock::now() > end) {
                throw std::runtime_error("redis-server did not start; is it installed? see " + (folder_ / "server.log").string());
            }
            std::this_thread::sleep_for(Milliseconds(10));
        }
    }

    void kill() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = 0;
    }

    void pause() const { ::kill(pid_, SIGSTOP); }
    void resume() const { ::kill(pid_, SIGCONT); }

private:
    /// A server that still loads lets one log in, but runs nothing. One without some command says that it does not know it.
    [[nodiscard]] bool answers() const {
        const auto reader = open_redis_gate_reader(options_, fresh_event());
        const auto kind = reader ? reader.value()->summary(soon()).fault().kind : reader.fault().kind;
        return kind == FaultKind::missing || kind == FaultKind::unsupported;
    }

    std::vector<std::string> further_words_;
    std::filesystem::path folder_;
    RedisOptions options_;
    pid_t pid_ = 0;
};

} // namespace coupon
