#include "topic/own_broker.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>

namespace coupon {

namespace {

int run_sandbox(const std::filesystem::path& folder, const std::string& command) {
    const auto line = std::string(COUPON_SANDBOX) + " --dir " + folder.string() + " " + command;
    return std::system(line.c_str()); // NOLINT(cert-env33-c): a fixed command of ours
}

} // namespace

OwnBroker::OwnBroker(const std::string& options) {
    auto name = (std::filesystem::temp_directory_path() / "coupon-broker-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    folder_ = name;
    order("up --only kafka " + options);
}

OwnBroker::~OwnBroker() {
    static_cast<void>(run_sandbox(folder_, "down"));
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

void OwnBroker::order(const std::string& command) const {
    REQUIRE_MESSAGE(run_sandbox(folder_, command) == 0, "scripts/sandbox ", command);
}

std::string OwnBroker::line_of(const std::string& name) const {
    std::ifstream file(folder_ / name);
    std::string line;
    REQUIRE(std::getline(file, line));
    return line;
}

std::string OwnBroker::port_of(const std::string& server) const {
    std::ifstream file(folder_ / "ports");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(server + "=")) return line.substr(server.size() + 1);
    }
    FAIL("no port of ", server);
    return "";
}

} // namespace coupon
