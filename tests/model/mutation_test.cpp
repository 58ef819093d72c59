#include "model/budget.hpp"
#include "model/explorer.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace coupon::model;

namespace {

/// A rule that is left out, bounds that are wide enough to show it, and what goes wrong.
struct Case {
    std::string name;
    Mutation mutation;
    Bounds bounds;
    std::string violation; ///< the beginning of the sentence
};

const Bounds one_loss{.users = {1, 2}, .losses = 1, .armings = 2};
const Bounds two_losses{.users = {1, 2}, .losses = 2, .armings = 3};
const Bounds one_reset{.users = {1, 2}, .delayed_requests = 1, .resets = 1};
const Bounds two_resets{.users = {1, 2}, .delayed_requests = 1, .resets = 2};
const Bounds two_forced_resets{.users = {1, 2}, .resets = 2, .forced_resets = true};
const Bounds reset_and_loss{.users = {1, 2}, .losses = 1, .armings = 1, .resets = 1};
const Bounds forced_reset_and_loss{.users = {1, 2}, .losses = 1, .armings = 1, .resets = 1, .forced_resets = true};
const Bounds reset_loss_and_redrive{.users = {1, 2}, .losses = 1, .armings = 1, .missing_redrives = 1, .resets = 1};
const Bounds late_requests{.users = {1, 2}, .losses = 1, .armings = 1, .delayed_requests = 2};

void check(const Case& one) {
    auto bounds = one.bounds;
    bounds.mutation = one.mutation;
    const auto found = explore(bounds, most_states);
    CAPTURE(one.name);
    MESSAGE(one.name << ": " << found.violation << " (after " << found.states << " states)\n" << found.trace);
    if (is_sanitized && found.states > most_states) return;
    CHECK(found.violation.substr(0, one.violation.size()) == one.violation);
    CHECK_FALSE(found.completed);
}

void check_spare(Mutation mutation, Bounds bounds) {
    bounds.mutation = mutation;
    const auto found = explore(bounds, most_states);
    CAPTURE(found.trace);
    CHECK(found.violation == "");
    CHECK((found.completed || is_sanitized));
}

} // namespace

TEST_SUITE_BEGIN("model/mutation");

TEST_CASE("an application that is told too early is found out") {
    check({"granted is told at the claim", Mutation::granted_before_publish, one_loss, "I4"});
    check({"granted is told at the delivery report", Mutation::granted_before_confirm, one_loss, "I4"});
}

TEST_CASE("a gate that acts although it may have forgotten is found out") {
    check({"the confirm does not ask whether the gate is armed", Mutation::confirm_ignores_arming, two_losses, "I4"});
    check({"the grant does not ask whether the gate is armed", Mutation::grant_ignores_arming, one_loss, "aftermath"});
    check({"the server that lost something cannot be told from the one before", Mutation::identity_ignores_loss, one_loss, "I7"});
    check({"the confirm compares no epoch", Mutation::confirm_ignores_epoch, two_losses, "I4"});
}

TEST_CASE("each point of arming that is left out is found out") {
    check({"the worker issues what is behind a fence", Mutation::worker_ignores_fences, one_loss, "I7"});
    check({"no fence is stored", Mutation::fence_not_stored, one_loss, "I7"});
    check({"the fence is stored for whatever epoch", Mutation::fence_ignores_stored_epoch, one_loss, "I7"});
    check({"the fence's end is taken after the topic was read", Mutation::fence_end_taken_late, one_loss, "I7"});
    check({"the rows are read before the fence is stored", Mutation::rows_read_before_fence, one_loss, "I7"});
    check({"what the topic holds is not put back", Mutation::topic_not_restored, one_loss, "I7"});
    check({"arm does not compare the server", Mutation::arm_ignores_server, two_losses, "aftermath"});
    check({"arm does not compare who is arming", Mutation::arm_ignores_other_armer, one_loss, "aftermath"});
    check({"pending claims keep their old epoch", Mutation::outbox_keeps_old_epoch, one_loss, "aftermath"});
}

TEST_CASE("what the model takes for granted matters: a request that outlives the loss of the server's memory would break I5") {
    check({"a request reaches the server that comes after", Mutation::requests_survive_loss, late_requests, "I5"});
}

TEST_CASE("a round that ends while something is on its way is found out") {
    check({"an unanswered claim is forgotten", Mutation::unknown_forgotten, one_reset, "I5"});
    check({"a reset does not wait for what is on its way", Mutation::reset_ignores_quiescence, one_reset, "I7"});
    check({"a reset does not compare claims with rows", Mutation::reset_ignores_missing_rows, reset_and_loss, "I7"});
    check({"a fence is stored for an abandoned round", Mutation::fence_ignores_round_state, forced_reset_and_loss, "I4"});
    check({"the gate compares no token", Mutation::gate_compares_no_token, two_resets, "I7"});
    check({"the new gate is opened on whatever server", Mutation::open_ignores_server, reset_and_loss, "aftermath"});
    check({"a redrive does not look at the gate again", Mutation::redrive_looks_once, reset_loss_and_redrive, "I6"});
}

TEST_CASE("comparisons that are spare alone: within these bounds, what is left out is caught by the next one") {
    // Step 3 of arming compares the ledger's epoch, too.
    check_spare(Mutation::epoch_ignores_ledger, one_loss);
    // The fence and the worker's judgement stop a claim of an ended epoch.
    check_spare(Mutation::redrive_ignores_epoch, reset_and_loss);
    // The tokens of the gate stop what the ledger let through, and the other way round.
    check_spare(Mutation::ledger_ignores_owner, two_resets);
    check_spare(Mutation::arm_ignores_closed_ledger, reset_and_loss);
    check_spare(Mutation::ledger_after_gate, two_resets);
    // Whoever is told by a given-up gate is on the list of what was given up.
    check_spare(Mutation::given_up_gate_confirms, two_forced_resets);
}

TEST_SUITE_END();
