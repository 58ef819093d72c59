#include "audit/recovery_plan.hpp"

#include "audit/checking.hpp"
#include "audit/checks.hpp"

#include <algorithm>

namespace coupon {

namespace {

constexpr auto run_again = "; then run this again";

/// Why this round cannot be brought further by anything but a reset; empty when it can.
std::string only_a_reset_helps(const RoundRow& row) {
    switch (row.state) {
    case RoundState::opening: return "round " + row.round.text() + " is opening: a reset ended before it had finished";
    case RoundState::abandoned: return "round " + row.round.text() + " was abandoned by force, and its claims were given up";
    case RoundState::purged: return "the coupons of round " + row.round.text() + " were purged";
    case RoundState::open:
    case RoundState::closed: break;
    }
    return {};
}

void look_at_gate(Checking& check, const Evidence& evidence) {
    const auto& input = evidence.input();
    const std::string arms = std::string("run coupon-consume, which makes it again from ledger and topic within seconds") + run_again;
    if (!input.gate) return check.violated("there is no gate", arms);
    if (evidence.gate() == nullptr) {
        return check.violated("the gate holds round " + input.gate->fields.round.text() + ", the ledger's highest is " +
                                  input.round->text(),
                              std::string(other_round_hint) + run_again);
    }
    if (input.gate->fields.door == GateDoor::given_up)
        return check.violated("the gate was given up by a forced reset that did not finish", "run coupon-reset");
    if (!evidence.gate_remembers()) {
        check.violated("the gate is not armed, so claims may be missing from it",
                       std::string("run coupon-consume, which arms it or logs why it cannot") + run_again);
    }
}

/// A worker could read these, and none does.
void look_at_unread(Checking& check, const Evidence& evidence) {
    std::int64_t behind = 0;
    for (const auto& partition : evidence.input().topic_log->partitions)
        behind += partition.behind();
    if (behind == 0) return;
    const bool is_lost = has_lost_offsets(evidence.input().topic_log->partitions);
    const auto why = is_lost ? "; " + lost_offsets_text(evidence.round_row()->group) : std::string();
    check.violated(counted(static_cast<std::size_t>(behind), "record") + " on the topic that no worker has read yet" + why,
                   std::string("run coupon-consume, which issues what can be issued") + run_again);
}

void look_at_claims(Checking& check, const Evidence& evidence) {
    if (!evidence.gate_remembers()) return;
    Concerned slot_taken;
    for (const auto& claim : evidence.gate()->claims) {
        const auto holder = evidence.row_holder(claim.slot);
        if (holder && *holder != claim.user)
            slot_taken.add(claim.user, "slot " + claim.slot.text() + " has a row of user " + holder->text());
    }
    check.violated(
        "claim whose slot has the row of somebody else", slot_taken,
        "coupon-audit --user ID tells what each store has of the two users: delete the row of the user whom the gate did not grant it, "
        "then run this again; "
        "both may have been told \"granted\"");
}

} // namespace

Finding stranger_finding(const std::vector<GroupMember>& strangers) {
    Finding finding;
    finding.name = text_of(strangers) + (strangers.size() == 1 ? " is" : " are") + " in the workers' group and no coupon-consume";
    finding.hint = std::string("end that program, or give it a group of its own") + run_again;
    finding.weight = Weight::violated;
    return finding;
}

std::vector<Finding> needs_a_person(const Evidence& evidence) {
    Checking check("for a person", evidence);
    if (const auto why = only_a_reset_helps(*evidence.round_row()); !why.empty()) {
        check.violated(why, "nothing of it can be recovered; coupon-reset opens the next round");
        return check.done().findings;
    }
    look_at_gate(check, evidence);
    look_at_unread(check, evidence);
    look_at_claims(check, evidence);
    auto found = check.done().findings;
    // What the audit calls a contradiction, no plan can mend.
    for (auto& one : {check_gate(evidence), check_gate_memory(evidence), check_topic(evidence), check_limit(evidence),
                      check_users(evidence), check_slots(evidence), check_origins(evidence), check_rounds_apart(evidence)}) {
        if (one.status == CheckStatus::violated) found.insert(found.end(), one.findings.begin(), one.findings.end());
    }
    return found;
}

} // namespace coupon
