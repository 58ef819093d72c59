#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

// No engine is needed: this reads the files, and holds them to what they promise.

namespace {

std::string text_of(const std::string& path) {
    std::ifstream stream(COUPON_SOURCE_DIR "/docker/" + path);
    REQUIRE_MESSAGE(stream.good(), "cannot read docker/" << path);
    return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::string> matches(const std::string& text, const std::regex& pattern) {
    std::vector<std::string> found;
    for (std::sregex_iterator match(text.begin(), text.end(), pattern); match != std::sregex_iterator(); ++match) {
        found.push_back((*match)[1]);
    }
    return found;
}

/// The text of each service: its name's line, two blanks deep, and what is indented below it.
std::vector<std::string> services() {
    const auto text = text_of("compose.yaml");
    const auto start = text.find("\nservices:\n");
    REQUIRE(start != std::string::npos);
    std::istringstream lines(text.substr(start + 11, text.find("\nvolumes:\n") - start - 11));
    std::vector<std::string> found;
    static const std::regex name(R"(^  [a-z]+:$)");
    for (std::string line; std::getline(lines, line);) {
        if (std::regex_match(line, name)) found.emplace_back();
        if (!found.empty()) found.back() += line + "\n";
    }
    return found;
}

} // namespace

TEST_SUITE_BEGIN("docker/compose");

TEST_CASE("every server is pinned to a release, listens on loopback only and proves its health") {
    const auto all = services();
    REQUIRE(all.size() == 4);
    for (const auto& service : all) {
        CAPTURE(service);
        const auto image = matches(service, std::regex(R"(\n    image: (\S+)\n)"));
        REQUIRE(image.size() == 1);
        if (image.front() == "coupon-suite") continue; // built here
        CHECK(std::regex_match(image.front(), std::regex(R"([a-z/]+:\d+\.\d+\.\d+)")));
        const auto ports = matches(service, std::regex(R"(\n    ports: \[(.*)\]\n)"));
        REQUIRE(ports.size() == 1);
        CHECK(ports.front().starts_with("\"127.0.0.1:"));
        CHECK(std::count(ports.front().begin(), ports.front().end(), ',') == 0);
        CHECK(service.find("\n    healthcheck:\n") != std::string::npos);
    }
}

TEST_CASE("passwords come from files") {
    const auto text = text_of("compose.yaml");
    const auto names = matches(text, std::regex(R"(\n *([A-Z_]*PASSWORD[A-Z_]*):)"));
    CHECK(names.size() == 4);
    for (const auto& name : names) {
        CAPTURE(name);
        CHECK(name.ends_with("_FILE"));
    }
    CHECK(text.find("--requirepass") == std::string::npos);
}

TEST_CASE("Redis keeps every write and evicts nothing") {
    const auto text = text_of("redis.conf");
    for (const auto* setting : {"appendonly yes", "appendfsync always", "no-appendfsync-on-rewrite no", "maxmemory-policy noeviction"}) {
        CAPTURE(setting);
        CHECK(text.find("\n" + std::string(setting) + "\n") != std::string::npos);
    }
}

TEST_CASE("the image holds the five programs and runs none of them as root") {
    const auto text = text_of("Dockerfile");
    for (const auto* program : {"coupon-apply", "coupon-consume", "coupon-reset", "coupon-flood", "coupon-audit"}) {
        CAPTURE(program);
        CHECK(text.find("/src/build/bin/" + std::string(program) + " ") != std::string::npos);
    }
    const auto bases = matches(text, std::regex(R"(\n?FROM (\S+))"));
    CHECK(bases == std::vector<std::string>(2, bases.front()));
    CHECK(std::regex_match(bases.front(), std::regex(R"(debian:\d+\.\d+-slim)")));
    const auto users = matches(text, std::regex(R"(\nUSER (\S+)\n)"));
    REQUIRE(users.size() == 1);
    CHECK(users.front() != "root");
}

TEST_SUITE_END();
