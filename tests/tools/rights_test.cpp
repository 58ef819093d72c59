#include "gate/redis/redis_caller.hpp"
#include "gate/redis/redis_gate.hpp"
#include "tools/live_event.hpp"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

using namespace coupon;

TEST_SUITE_BEGIN("live/tools/rights");

namespace {

/// The administrator of the sandbox's Redis, redis://127.0.0.1:PORT/0 in COUPON_REDIS.
RedisOptions administrator() {
    const char* address = std::getenv("COUPON_REDIS");
    REQUIRE(address != nullptr);
    const std::string text(address);
    RedisOptions options;
    options.port = std::stoi(text.substr(text.rfind(':') + 1));
    return options;
}

/// Revokes a command of an account of the sandbox while it lives.
class Without {
public:
    Without(std::string account, std::string command)
        : account_(std::move(account)), command_(std::move(command)), redis_(RedisCaller::open(administrator(), Effect::possible).value()) {
        change("-");
    }
    Without(const Without&) = delete;
    Without& operator=(const Without&) = delete;
    ~Without() { change("+"); }

private:
    void change(const std::string& sign) {
        const auto rule = sign + command_;
        const std::vector<std::string_view> words{"ACL", "SETUSER", account_, rule};
        CHECK(redis_->call(words, std::chrono::steady_clock::now() + std::chrono::seconds(5)));
    }

    std::string account_;
    std::string command_;
    std::unique_ptr<RedisCaller> redis_;
};

} // namespace

TEST_CASE("each program logs in with its own account, and ends with 4 before it changes anything where a right is missing") {
    const char* sandbox = std::getenv("COUPON_SANDBOX");
    REQUIRE_MESSAGE((sandbox != nullptr && std::filesystem::exists(std::string(sandbox) + "/accounts")),
                    "bring the sandbox up with --accounts least, as scripts/test does");
    const auto event = fresh_event();
    reset(event);
    struct Row {
        std::string program;
        std::string account;
        std::string command;
        Words words;
    };
    for (const auto& row : {
             Row{"coupon-apply", "apply", "hdel", {"7"}},
             Row{"coupon-flood", "apply", "hset", {"--requests=3"}},
             Row{"coupon-consume", "worker", "hsetnx", {"--until-drained"}},
             Row{"coupon-reset", "reset", "unlink", {"--yes", "--end-running"}},
             Row{"coupon-audit", "audit", "hscan", {}},
         }) {
        CAPTURE(row.program);
        const Without without(row.account, row.command);
        const auto outcome = run_program(row.program, event_options(event) + row.words);
        CAPTURE(outcome.err);
        CHECK(outcome.exit_code == 4);
        CHECK((outcome.err + outcome.out).find(": the account " + row.account + " lacks " + row.command + " on ") != std::string::npos);
    }
    drain(event);
    const auto verdict = audit(event, {"--expect=0"});
    CAPTURE(verdict.out);
    CHECK(verdict.exit_code == 0);
}

TEST_SUITE_END();
