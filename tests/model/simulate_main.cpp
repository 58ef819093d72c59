#include "model/bugs.hpp"
#include "model/simulator.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>

using namespace coupon::model;
using Json = nlohmann::ordered_json;

namespace {

/// A run of so many seeds that never met one of these has not looked at what matters.
constexpr std::uint64_t enough_seeds = 10'000;
constexpr std::array must_be_reached{
    Situation::reply_lost_after_claim,
    Situation::record_delivered_twice,
    Situation::worker_dead_before_offset,
    Situation::record_stale,
    Situation::record_fenced,
    Situation::gate_rolled_back,
    Situation::rollback_detected,
    Situation::gate_armed_again,
    Situation::reset_done,
    Situation::close_done,
    Situation::reopen_done,
    Situation::close_finished,
    Situation::address_listed,
    Situation::void_claim_dropped,
    Situation::ledger_rolled_back,
    Situation::worker_replaced,
    Situation::gate_copied,
    Situation::record_forged,
    Situation::gate_went_back,
    Situation::roll_back_noticed,
    Situation::claims_together,
    Situation::replies_lost_after_claims_together,
};

struct Wishes {
    std::uint64_t seeds = enough_seeds;
    std::optional<std::uint64_t> seed;
    std::string bug;
    bool json = false;
};

struct Tally {
    std::uint64_t seeds = 0;
    std::uint64_t steps = 0;
    std::uint64_t violations = 0;
    std::uint64_t first_seed = 0; ///< the first that led to a violation
    std::string first_violation;
    Reached reached{};
};

void add(Tally& tally, std::uint64_t seed, const Simulation& found) {
    ++tally.seeds;
    tally.steps += found.steps;
    for (std::size_t i = 0; i < situation_count; ++i)
        tally.reached[i] += found.reached[i];
    if (found.violation.empty()) return;
    if (tally.violations++ > 0) return;
    tally.first_seed = seed;
    tally.first_violation = found.violation;
}

void print(const Wishes& wishes, const Tally& tally, double seconds) {
    Json reached = Json::object();
    for (std::size_t i = 0; i < situation_count; ++i)
        reached[name_of(static_cast<Situation>(i))] = tally.reached[i];
    if (wishes.json) {
        const bool is_sound = tally.violations == 0;
        const Json document{{"schema", "coupon.simulate/1"},
                            {"seeds", tally.seeds},
                            {"first_seed", wishes.seed.value_or(1)},
                            {"states", tally.steps + tally.seeds},
                            {"violations", tally.violations},
                            {"violation", is_sound ? Json(nullptr) : Json(tally.first_violation)},
                            {"violation_seed", is_sound ? Json(nullptr) : Json(tally.first_seed)},
                            {"reached", reached},
                            {"seconds", seconds}};
        std::printf("%s\n", document.dump(2).c_str());
        return;
    }
    std::printf("%lu seeds from %lu on, %lu steps, %lu violations, %.1f s\n", tally.seeds, wishes.seed.value_or(1), tally.steps,
                tally.violations, seconds);
    for (const auto& [name, times] : reached.items())
        std::printf("  %-28s %lu\n", name.c_str(), times.get<std::uint64_t>());
}

/// Walks one seed again, with its steps.
void replay(const Wishes& wishes, Bug bug, std::uint64_t seed) {
    const auto found = simulate(seed, bug, Trace::yes);
    std::fprintf(stderr, "%s", found.trace.c_str());
    const std::string planted = wishes.bug.empty() ? "" : " --bug " + wishes.bug;
    if (!found.violation.empty())
        std::fprintf(stderr, "simulate: %s\n  again: simulate --seed %lu%s\n", found.violation.c_str(), seed, planted.c_str());
}

int run(const Wishes& wishes) {
    const auto* planted = find_bug(wishes.bug);
    const auto bug = planted == nullptr ? Bug::none : planted->bug;
    const std::uint64_t first = wishes.seed.value_or(1);
    const auto begin = std::chrono::steady_clock::now();
    Tally tally;
    for (std::uint64_t seed = first; seed < first + wishes.seeds; ++seed)
        add(tally, seed, simulate(seed, bug, Trace::no));
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    if (tally.violations > 0 || wishes.seeds == 1) replay(wishes, bug, tally.violations > 0 ? tally.first_seed : first);
    print(wishes, tally, seconds.count());
    if (tally.violations > 0) return 1;
    if (wishes.seeds < enough_seeds) return 0;
    int missed = 0;
    for (const auto situation : must_be_reached) {
        if (tally.reached[static_cast<std::size_t>(situation)] > 0) continue;
        std::fprintf(stderr, "simulate: %s was never reached\n", name_of(situation));
        ++missed;
    }
    return missed > 0 ? 5 : 0;
}

} // namespace

int main(int argc, char** argv) {
    Wishes wishes;
    CLI::App app{"Takes random steps by the suite's rules, from seeds that can be repeated, and checks the invariants.\n"
                 "exit: 0 no violation; 1 one, with its seed and steps on stderr; 2 usage; 5 over 10,000 seeds or more something that\n"
                 "matters was never reached",
                 "simulate"};
    const auto* seeds = app.add_option("--seeds", wishes.seeds, "how many; default 10000")->check(CLI::PositiveNumber);
    const auto* seed = app.add_option("--seed", wishes.seed, "the first seed; without --seeds the only one, with its steps on stderr");
    const auto* bug = app.add_option("--bug", wishes.bug, "plant this bug; explore --list-bugs names them");
    app.add_flag("--json", wishes.json, "one document: seeds, states, violations, reached");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    if (bug->count() > 0 && find_bug(wishes.bug) == nullptr) {
        std::fprintf(stderr, "simulate: there is no bug %s; see explore --list-bugs\n", wishes.bug.c_str());
        return 2;
    }
    if (seed->count() > 0 && seeds->count() == 0) wishes.seeds = 1;
    return run(wishes);
}
