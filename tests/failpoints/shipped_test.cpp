#include "failpoints/failpoint_set.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

using namespace coupon;

TEST_SUITE_BEGIN("failpoints/shipped");

namespace {

std::string bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    REQUIRE(file.good());
    return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace

TEST_CASE("the programs in bin hold nothing of failpoints but the refusal of their variable") {
    // What has them shows them: this test does.
    const auto mine = bytes_of("/proc/self/exe");
    CHECK(mine.find("FailingGate") != std::string::npos);
    for (const std::string verb : {"apply", "consume", "reset", "flood", "audit"}) {
        CAPTURE(verb);
        const auto bytes = bytes_of(COUPON_BIN_DIR "/coupon-" + verb);
        CHECK(bytes.find("COUPON_FAILPOINTS is set, and this program has no failpoints") != std::string::npos);
        for (const std::string trace : {"kill|stop|error", "FailingGate", "FailingLedger", "FailingPublisher"})
            CHECK(bytes.find(trace) == std::string::npos);
        for (const auto& failpoint : all_failpoints()) {
            CAPTURE(failpoint.name);
            CHECK(mine.find(failpoint.name) != std::string::npos);
            CHECK(bytes.find(failpoint.name) == std::string::npos);
        }
    }
}

TEST_SUITE_END();
