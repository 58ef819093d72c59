#pragma once

#include "fakes/fake_settings.hpp"
#include "preflight/preflight.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

/// What the tests of the preflight begin with: everything read, and every line ok.
namespace coupon {

inline PreflightInput good_input() {
    PreflightInput input;
    input.event = "coupon";
    input.topic_name = "coupon_create";
    input.group = "coupon_issuer";
    input.now = Instant(Milliseconds{1'700'000'000'000});
    input.gate = good_gate_settings();
    input.gate->now = input.now;
    input.topic = good_topic_settings();
    input.group_sight.emplace();
    input.group_sight->brokers = "fake:9092";
    input.group_sight->group = input.group;
    input.group_sight->members = {{own_client_id, "/10.0.0.1", {0, 1, 2, 3}}};
    input.ledger = good_ledger_settings();
    RoundRow row;
    row.event = "coupon";
    row.round = Round(3);
    row.limit = Limit(100);
    row.topic = "coupon_create";
    row.state = RoundState::open;
    input.rounds = {row};
    input.look.emplace();
    input.look->fields.round = Round(3);
    input.look->fields.limit = Limit(100);
    input.look->fields.door = GateDoor::open;
    input.look->fields.epoch = row.epoch;
    input.look->server = {"the-server", "its-history", 0};
    input.look->fields.armed_with = input.look->server;
    input.gate_address = "redis://here:6379/0";
    for (std::int32_t i = 0; i < 4; ++i)
        input.partitions.push_back({i, 0, 10, 10});
    return input;
}

inline PreflightLine line_of(const PreflightReport& report, const std::string& name) {
    const auto line = std::find_if(report.lines.begin(), report.lines.end(), [&](const auto& one) { return one.name == name; });
    if (line == report.lines.end()) throw std::runtime_error("the report has no line " + name);
    return *line;
}

/// One thing about the servers that is not as it should be, and the line that must say so.
struct PlantedSetting {
    const char* name;
    PreflightStatus status;
    void (*plant)(PreflightInput& input);
    const char* found; ///< a piece of what it must say
};

/// Each is said by its line, and the line says what to do.
inline void check_planted(const std::vector<PlantedSetting>& rows) {
    for (const auto& row : rows) {
        auto input = good_input();
        row.plant(input);
        const auto line = line_of(preflight(input), row.name);
        CAPTURE(line.name);
        CAPTURE(line.found);
        CHECK(line.status == row.status);
        CHECK(line.found.find(row.found) != std::string::npos);
        CHECK(line.fix.empty() == (row.status == PreflightStatus::ok));
        CHECK_FALSE(line.wanted.empty());
    }
}

} // namespace coupon
