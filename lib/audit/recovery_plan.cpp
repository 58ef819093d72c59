#include "audit/recovery_plan.hpp"

#include "audit/checking.hpp"
#include "core/batch_rule.hpp"
#include "core/restore_plan.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace coupon {

namespace {

constexpr auto look_at_failed_events =
    "coupon-consume --retry-failed lists them afterwards with their reasons; --dismiss drops what is owed to no user";

/// Users and slots of which the topic tells two stories.
class Contested {
public:
    void add(const Grant& grant) {
        const auto own = slot_of_.emplace(grant.user, grant.slot).first;
        const auto holder = user_of_.emplace(grant.slot, grant.user).first;
        if (own->second != grant.slot || holder->second != grant.user) {
            users_.insert({grant.user, holder->second});
            slots_.insert({grant.slot, own->second});
        }
    }
    [[nodiscard]] bool is_about(const Grant& grant) const { return users_.contains(grant.user) || slots_.contains(grant.slot); }

private:
    std::map<UserId, Slot> slot_of_;
    std::map<Slot, UserId> user_of_;
    std::set<UserId> users_;
    std::set<Slot> slots_;
};

class Planning {
public:
    Planning(const AuditInput& input, const FailedClaims& failed, Milliseconds grace)
        : input_(input), failed_(failed), grace_(grace), evidence_(input), check_("plan", evidence_), person_("person", evidence_) {}

    RecoveryPlan plan() {
        plan_.for_a_person = needs_a_person(evidence_);
        plan_.epoch = evidence_.round_row()->epoch;
        plan_.key = evidence_.round_row()->key;
        const auto state = evidence_.round_row()->state;
        if (state != RoundState::open && state != RoundState::closed) return std::move(plan_);
        find_skipped_records();
        learn_rows();
        plan_skipped();
        plan_failed();
        if (evidence_.gate_remembers()) {
            plan_pending();
            plan_lost();
        }
        plan_.steps = check_.done().findings;
        auto more = person_.done().findings;
        plan_.for_a_person.insert(plan_.for_a_person.end(), more.begin(), more.end());
        return std::move(plan_);
    }

private:
    void find_skipped_records();
    /// The rows that the skipped records and the failed events may meet.
    void learn_rows();
    void plan_skipped();
    void plan_failed();
    void plan_pending();
    void plan_lost();

    /// Whether the slot was certainly given to this user.
    [[nodiscard]] bool is_granted(const Grant& grant) const;
    [[nodiscard]] bool is_claimed(UserId user, Slot slot) const;
    [[nodiscard]] bool is_of_this_round(const Grant& grant) const { return grant.round == input_.round; }
    /// What the ledger will say to it, after all that was planned before.
    Settlement foresee(const ReadRecord& read) { return judge(read, input_.event, known_); }
    /// Takes back that a record is issued.
    void forget(const Grant& grant) {
        known_.slot_of.erase({grant.round, grant.user});
        known_.user_of.erase({grant.round, grant.slot});
    }
    /// A record that will bring the row: nobody has read it yet, or it is given to the ledger again.
    [[nodiscard]] bool has_live_record(const Fate& fate, Slot slot) const;

    const AuditInput& input_;
    const FailedClaims& failed_;
    Milliseconds grace_;
    Evidence evidence_;
    Checking check_;
    Checking person_;
    RecoveryPlan plan_;
    std::vector<ReadRecord> skipped_;
    std::vector<ClaimedSlot> standing_; ///< failed events whose records are in order: what they met in the ledger is in the way
    Contested contested_;
    KnownRows known_;
};

void Planning::find_skipped_records() {
    for (std::size_t i = 0; i < evidence_.records().size(); ++i) {
        const auto record = evidence_.records()[i];
        if (record.becomes) continue;
        if (record.admission == Admission::issue && is_of_this_round(record.issue()->grant)) contested_.add(record.issue()->grant);
        if (!evidence_.is_unread(record.at())) skipped_.push_back(read_record(record.at(), record.record.decoded));
    }
    std::sort(skipped_.begin(), skipped_.end(), [](const ReadRecord& one, const ReadRecord& other) { return one.at < other.at; });
}

void Planning::learn_rows() {
    std::set<std::pair<Round, UserId>> users;
    std::set<std::pair<Round, Slot>> slots;
    const auto want = [&](const ReadRecord& read) {
        if (!read.record) return;
        users.emplace(read.record->grant.round, read.record->grant.user);
        slots.emplace(read.record->grant.round, read.record->grant.slot);
    };
    std::for_each(skipped_.begin(), skipped_.end(), want);
    std::for_each(failed_.open.begin(), failed_.open.end(), want);
    const auto learn = [&](Round round, const std::vector<Coupon>& coupons) {
        for (const auto& row : coupons) {
            if (users.contains({round, row.user}) || slots.contains({round, row.slot})) known_.add(round, row.slot, row.user);
        }
    };
    for (const auto& row : input_.ledger->rounds)
        known_.rounds.emplace(row.round, row);
    known_.fences = input_.ledger->fences;
    learn(*input_.round, input_.ledger->coupons);
    for (const auto& [round, coupons] : input_.ledger->other_coupons)
        learn(round, coupons);
}

bool Planning::is_claimed(UserId user, Slot slot) const {
    const auto fate = evidence_.fate_of(user);
    return fate && fate->claim == slot && evidence_.claim_holder(slot) == user;
}

bool Planning::is_granted(const Grant& grant) const {
    if (!is_of_this_round(grant)) return true;
    if (evidence_.gate_remembers()) return is_claimed(grant.user, grant.slot);
    const auto fate = evidence_.fate_of(grant.user);
    const auto holder = evidence_.claim_holder(grant.slot);
    const bool gate_agrees = (!fate || !fate->claim || fate->claim == grant.slot) && (!holder || *holder == grant.user);
    return gate_agrees && !contested_.is_about(grant);
}

void Planning::plan_skipped() {
    Concerned to_issue;
    Concerned to_keep;
    Concerned not_granted;
    std::size_t of_nobody = 0;
    for (const auto& read : skipped_) {
        const auto foreseen = foresee(read);
        if (foreseen.becomes == RecordClass::issued && !is_granted(read.record->grant)) {
            forget(read.record->grant);
            not_granted.add(read.record->grant.user);
            continue;
        }
        plan_.skipped.push_back(read.at);
        if (!read.user) {
            ++of_nobody;
        } else if (is_issued(foreseen)) {
            to_issue.add(*read.user);
        } else {
            to_keep.add(*read.user, foreseen.reason);
        }
    }
    check_.mention("reprocess: record skipped by a worker, will be issued", to_issue,
                   "another program in the group may have committed past it: coupon-audit --preflight names the group's members");
    check_.mention("reprocess: record skipped by a worker, will be kept as a failed event", to_keep, look_at_failed_events);
    if (of_nobody > 0)
        check_.violated("reprocess: " + counted(of_nobody, "skipped record") + " of no user, will be kept as failed events",
                        look_at_failed_events);
    person_.violated(
        "skipped record of a slot that the gate did not give to this user", not_granted,
        evidence_.gate_remembers()
            ? "the gate forgot the claim: run coupon-reset --rebuild-gate, which restores it where the slot is free; then run this again"
            : "topic and gate do not agree on this user or slot: run coupon-consume, which arms the gate and settles it; then run this "
              "again");
}

void Planning::plan_failed() {
    Concerned to_issue;
    Concerned not_granted;
    Concerned waiting;
    Concerned hopeless;
    standing_ = failed_.dismissed;
    for (const auto& read : failed_.open) {
        const Grant& grant = read.record->grant;
        // Of a record that is fenced, or of an epoch that never was, only the record is lost: the claim may be published anew.
        if (unless_admitted(read, input_.event, known_)) continue;
        if (is_of_this_round(grant)) standing_.push_back({grant.user, grant.slot});
        const auto foreseen = foresee(read);
        if (!is_issued(foreseen)) {
            const auto fate = evidence_.fate_of(grant.user);
            if (is_of_this_round(grant) && is_claimed(grant.user, grant.slot) && !fate->row)
                hopeless.add(grant.user, why_not_issued(foreseen));
            continue;
        }
        const bool waits = is_of_this_round(grant) && !evidence_.gate_remembers();
        if (foreseen.becomes == RecordClass::issued && (waits || !is_granted(grant))) {
            forget(grant);
            (waits ? waiting : not_granted).add(grant.user);
            continue;
        }
        plan_.issuable.push_back({read.at, read.mark});
        to_issue.add(grant.user);
    }
    check_.mention("issue at last: failed event that can be issued now", to_issue, "");
    person_.violated("failed event that could be issued once the gate is armed", waiting,
                     "run coupon-consume, which arms the gate; then run this again");
    person_.violated("failed event of a slot that the gate did not give to this user", not_granted,
                     "the gate did not grant it, and coupon-audit --user ID tells what each store has of the user: coupon-consume "
                     "--dismiss where nothing is owed, --retry-failed otherwise");
    person_.violated("failed event of a granted user that can never be issued as it is", hopeless,
                     "remove what the reason names, then run this again; tell the user until then");
}

void Planning::plan_pending() {
    Concerned users;
    const auto& gate = *evidence_.gate();
    for (const auto& grant : pending_to_publish_again(*input_.round, gate.outbox, gate.now, grace_)) {
        const auto holder = evidence_.row_holder(grant.slot);
        if (!is_claimed(grant.user, grant.slot) || (holder && *holder != grant.user)) continue; // a person is told
        plan_.pending.push_back(grant);
        users.add(grant.user);
    }
    check_.mention("republish and confirm: claim that stayed pending", users, "");
}

bool Planning::has_live_record(const Fate& fate, Slot slot) const {
    const auto records = fate.seen(Where::record);
    return std::any_of(records.begin(), records.end(), [&](Index one) {
        const auto record = evidence_.records()[one];
        return !record.becomes && speaks_for_its_user(record) && record.issue()->grant.slot == slot;
    });
}

void Planning::plan_lost() {
    Concerned users;
    const auto& gate = *evidence_.gate();
    for (const auto& claim : claims_to_publish_again(gate.claims, gate.outbox, input_.ledger->coupons, standing_)) {
        const Fate fate = evidence_.known_fate_of(claim.user);
        if (!is_claimed(claim.user, claim.slot) || evidence_.row_holder(claim.slot) || has_live_record(fate, claim.slot)) continue;
        // When it was granted is forgotten with the outbox entry; the slot is the order, the time is informative.
        plan_.lost.push_back({*input_.round, gate.fields.epoch, claim.slot, claim.user, gate.now});
        users.add(claim.user);
    }
    check_.mention("republish: claim without a record on the topic", users, "");
}

} // namespace

RecoveryPlan plan_recovery(const AuditInput& input, const FailedClaims& failed, Milliseconds grace) {
    return Planning(input, failed, grace).plan();
}

} // namespace coupon
