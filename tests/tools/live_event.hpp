#pragma once

#include "tools/program.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

/// What the live tests of the programs do with an event.
namespace coupon {

using Words = std::vector<std::string>;

inline void reset(const std::string& event, const Words& more = {}) {
    const auto outcome = run_program("coupon-reset", event_options(event) + Words{"--yes", "-q", "--end-running"} + more);
    CAPTURE(outcome.err);
    REQUIRE(outcome.exit_code == 0);
    CHECK_MESSAGE(outcome.out.empty(), "-q is silent when all is well");
    CHECK(outcome.err.empty());
}

inline Outcome apply_for(const std::string& event, const Words& arguments, const std::string& input = {}) {
    return run_program("coupon-apply", event_options(event) + arguments, {}, input);
}

inline void drain(const std::string& event) {
    const auto outcome = run_program("coupon-consume", event_options(event) + Words{"--until-drained", "--timeout=30s"});
    CAPTURE(outcome.err);
    REQUIRE(outcome.exit_code == 0);
}

inline Outcome audit_of_user(const std::string& event, const std::string& user) {
    return run_program("coupon-audit", event_options(event) + Words{"--user", user});
}

inline Outcome audit(const std::string& event, const Words& more = {}) {
    return run_program("coupon-audit", event_options(event) + Words{"--wait=10s"} + more);
}

/// A folder that goes with the test.
class Folder {
public:
    Folder() : path_(std::filesystem::temp_directory_path() / ("coupon-test-" + fresh_event())) {
        std::filesystem::create_directory(path_);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] std::string operator/(const std::string& name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

} // namespace coupon
