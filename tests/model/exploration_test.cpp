#include "model/budget.hpp"
#include "model/explorer.hpp"

#include <doctest/doctest.h>

#include <ctime>
#include <string>

using namespace coupon::model;

namespace {

void check(const std::string& name, const Bounds& bounds) {
    const auto before = std::clock();
    const auto found = explore(bounds, most_states);
    const auto seconds = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
    MESSAGE(name << ": " << found.states << " states, " << found.transitions << " transitions, " << found.aftermaths << " aftermaths, "
                 << seconds << " s");
    CAPTURE(name);
    CAPTURE(found.trace);
    CHECK(found.violation == "");
    CHECK((found.completed || is_sanitized));
}

} // namespace

// What the bounds of explorations.hpp leave out: I8, which speaks of a gate that loses nothing, a user who applies twice, several
// partitions, three attempts to arm, two resets at once, forced ones, a gate that lies.
TEST_SUITE_BEGIN("model/exploration");

TEST_CASE("a gate that loses nothing: every promise is kept, whatever arrives late, and who comes first is served first") {
    check("2 users, 1 slot", {.users = {1, 2}, .delayed_requests = 2});
    check("3 users, 2 slots", {.users = {1, 2, 3}, .limit = 2, .delayed_requests = 1, .redrives = 1});
    check("4 users, 2 slots", {.users = {1, 2, 3, 4}, .limit = 2, .redrives = 1});
    check("3 users, 3 slots", {.users = {1, 2, 3}, .limit = 3, .redeliveries = 1, .redrives = 1});
}

TEST_CASE("claims of two applications that are decided as one step, lost as one, answered twice, and rolled back") {
    check("2 users, 1 slot", {.users = {1, 2}, .delayed_requests = 2, .together = true});
    check("3 users, 2 slots", {.users = {1, 2, 3}, .limit = 2, .delayed_requests = 1, .together = true});
    check("2 applications of one user, 1 of another", {.users = {1, 1, 2}, .delayed_requests = 1, .together = true});
    check("two partitions, 2 slots", {.users = {1, 2, 3}, .limit = 2, .partitions = 2, .delayed_requests = 1, .together = true});
    check("one loss", {.users = {1, 2}, .limit = 2, .losses = 1, .delayed_requests = 1, .armings = 1, .together = true});
    check("one loss, one slot, a redrive",
          {.users = {1, 2}, .losses = 1, .delayed_requests = 1, .armings = 1, .redrives = 1, .together = true});
    check("a reset", {.users = {1, 2}, .delayed_requests = 1, .resets = 1, .together = true});
    check("a gate that goes back", {.users = {1, 2}, .losses = 1, .armings = 1, .goes_back = true, .together = true});
}

TEST_CASE("a user who applies twice, and another one") {
    check("2 applications of one user", {.users = {1, 1}, .delayed_requests = 2, .redrives = 1});
    check("2 applications of one user, 1 of another", {.users = {1, 1, 2}, .delayed_requests = 1, .redeliveries = 1});
    check("one loss, late requests of a user who applies twice",
          {.users = {1, 1}, .losses = 1, .delayed_requests = 1, .armings = 1, .redrives = 1});
    check("a reset between the two", {.users = {1, 1}, .delayed_requests = 1, .redrives = 1, .resets = 1});
}

TEST_CASE("a gate that loses its memory and is armed again, by up to two at once") {
    check("one loss, 3 users, 2 slots", {.users = {1, 2, 3}, .limit = 2, .losses = 1, .armings = 2});
    check("two losses, three attempts", {.users = {1, 2}, .losses = 2, .armings = 3});
}

TEST_CASE("a topic of two partitions") {
    check("one loss, two attempts", {.users = {1, 2}, .partitions = 2, .losses = 1, .armings = 2});
    check("one loss, 3 users, 2 slots", {.users = {1, 2, 3}, .limit = 2, .partitions = 2, .losses = 1, .armings = 1});
}

TEST_CASE("a round that is reset while it is used, by up to two at once") {
    check("two resets, a late request", {.users = {1, 2}, .delayed_requests = 1, .resets = 2});
    check("two resets, a loss", {.users = {1, 2}, .losses = 1, .armings = 1, .resets = 2});
    check("two forced resets", {.users = {1, 2}, .resets = 2, .forced_resets = true});
    check("a forced reset, redrives of either kind", {.users = {1, 2}, .redrives = 2, .resets = 1, .forced_resets = true});
    check("a forced reset, a loss", {.users = {1, 2}, .losses = 1, .armings = 1, .resets = 1, .forced_resets = true});
}

TEST_CASE("an event that is closed and opened again while it is used") {
    check("a close, a late request", {.users = {1, 2}, .delayed_requests = 1, .closes = 1});
    check("a close, two losses", {.users = {}, .losses = 2, .armings = 1, .closes = 1});
    check("a close and a reopen", {.users = {1}, .delayed_requests = 1, .closes = 1, .reopens = 1});
    check("a close, a reopen, a loss", {.users = {}, .losses = 1, .closes = 1, .reopens = 1});
    check("a close and a reset", {.users = {1}, .resets = 1, .closes = 1});
    check("a close, a reset that finishes another one, a loss", {.users = {}, .losses = 1, .resets = 1, .left_opening = true, .closes = 1});
    check("a reopen and a reset", {.users = {1}, .resets = 1, .reopens = 1});
}

TEST_CASE("a second gate with a worker at it: the right one stays the one that counts") {
    check("an empty server, a loss", {.users = {1}, .losses = 1, .armings = 2, .other = OtherGate::empty});
    check("a copy", {.users = {1, 2}, .armings = 2, .other = OtherGate::copy});
    check("a copy that applications use", {.users = {1, 2}, .losses = 1, .armings = 1, .other = OtherGate::copy, .strays = 1});
    check("a copy in another database of the server",
          {.users = {1, 2}, .losses = 1, .armings = 1, .other = OtherGate::database, .strays = 1});
    check("the gate of another ledger at a listed address",
          {.users = {1}, .losses = 1, .armings = 2, .other = OtherGate::foreign, .both_listed = true});
}

TEST_CASE("an old copy that comes back, and records that another round's key signed") {
    check("forged records", {.users = {1}, .losses = 1, .armings = 1, .forgeries = 2});
    check("an old copy, two losses", {.users = {1, 2}, .losses = 2, .armings = 1, .bound = true});
}

TEST_CASE("a gate that goes back while its server goes on: who was told before, or after the next arming, keeps the promise") {
    check("one moment", {.users = {1, 2}, .losses = 1, .armings = 1, .goes_back = true});
    check("one moment, two partitions", {.users = {1, 2}, .partitions = 2, .losses = 1, .armings = 1, .goes_back = true});
    check("one moment, a redrive", {.users = {1}, .losses = 1, .armings = 1, .redrives = 1, .goes_back = true});
    check("one moment, two armings", {.users = {1, 2}, .losses = 1, .armings = 2, .goes_back = true});
}

TEST_CASE("workers with memories of their own, and a fresh one that has met nothing") {
    check("one partition", {.users = {1, 2}, .losses = 1, .armings = 1, .ledger_losses = 1, .fresh_workers = 1});
    check("two partitions", {.users = {1, 2}, .partitions = 2, .losses = 1, .armings = 1, .ledger_losses = 1, .fresh_workers = 1});
}

TEST_CASE("a ledger that falls back to an earlier moment") {
    check("and a gate that restarts", {.users = {1}, .losses = 1, .armings = 1, .restarts_only = true, .ledger_losses = 1});
    check("and a gate that restarts, 2 users", {.users = {1, 2}, .losses = 1, .armings = 1, .restarts_only = true, .ledger_losses = 1});
    check("and a gate that is lost", {.users = {1, 2}, .losses = 1, .armings = 1, .ledger_losses = 1});
}

TEST_CASE("a gate that lies, forgetting without anybody noticing: the ledger alone keeps I1 to I3") {
    check("two unnoticed losses", {.users = {1, 2}, .losses = 2, .losses_go_unnoticed = true});
}

TEST_SUITE_END();
