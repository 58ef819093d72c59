#pragma once

#include "audit/motion.hpp"
#include "audit/snapshot.hpp"
#include "core/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The judgement of an event: every user seen anywhere gets a fate, every invariant I1..I10 a check. Pure; sets are compared, never counts
/// alone.
namespace coupon {

/// in_progress: users apply or workers issue, all of it in good health so far; not a yes (lib/README.md, "In progress").
enum class Verdict { exact, violated, in_progress, cannot_tell };

/// not_checked: what it needs was not given (no history), which is neither good nor bad.
enum class CheckStatus { ok, violated, cannot_tell, not_checked };

/// What a finding means: a violation; something that cannot be told, or not yet (an event in good health settles it by itself); or
/// something to know.
enum class Weight { violated, cannot_tell, not_yet, mention };

[[nodiscard]] const char* name_of(Verdict verdict);
[[nodiscard]] const char* name_of(CheckStatus status);
[[nodiscard]] const char* name_of(Weight weight);

/// One user of a finding and where the trail ends, for example "told granted slot 3 -> claim slot 3 -> record 2@17 -> no row".
struct Trail {
    UserId user;
    std::string text;
};

/// One thing that is wrong, with everybody it harms or names.
struct Finding {
    std::string name;          ///< for example "claim without a row"
    std::vector<Trail> trails; ///< the first 20 users, ascending
    std::int64_t users_total = 0;
    std::string hint; ///< what to do
    Weight weight = Weight::mention;
    std::vector<UserId> users{}; ///< all, ascending
};

/// One check of the report.
struct Check {
    std::string id; ///< "I1".."I10", or the name of a reading such as "quiescent"
    CheckStatus status = CheckStatus::ok;
    std::string examined; ///< what was looked at, with figures
    std::vector<Finding> findings;
    std::string why_not; ///< with not_checked
};

/// What an audit found. Numbers are distinct users; absent where what they count was not read.
struct AuditReport {
    Verdict verdict = Verdict::cannot_tell;
    std::string reason; ///< of cannot_tell, one sentence
    std::string event;
    std::optional<Round> round;
    std::optional<Limit> limit;
    std::optional<std::int64_t> granted; ///< by the gate's own count
    std::optional<std::int64_t> claimed;
    std::optional<std::int64_t> published; ///< on the topic with an admissible record, or issued
    std::optional<std::int64_t> issued;
    std::vector<Check> checks;
    bool is_older_round = false;        ///< judged without gate and topic
    bool has_histories = false;         ///< of this round
    bool histories_are_partial = false; ///< by the caller's word

    /// Granted, and no coupon yet; absent where either was not read.
    [[nodiscard]] std::optional<std::int64_t> to_go() const;
    [[nodiscard]] std::int64_t checks_not_made() const;
};

/// Everything reconcile() judges. An absent store was not readable, or is not asked for an older round; `unreadable` says which and why.
struct AuditInput {
    std::string event;
    std::string topic;
    std::optional<Round> round;      ///< the round judged; absent: there is none
    std::vector<std::string> events; ///< of the ledger; read only where this one has no round
    std::optional<std::int64_t> expect;
    bool is_older_round = false; ///< judged from ledger and history alone
    std::optional<LedgerSnapshot> ledger;
    std::optional<TopicSnapshot> topic_log;
    std::optional<GateSnapshot> gate;
    std::vector<History> histories;
    bool histories_are_partial = false;             ///< some are known to be missing or incomplete
    bool requires_all = false;                      ///< a check that is not made keeps the event from being exact
    std::vector<std::string> not_quiescent_because; ///< empty: quiescent
    std::optional<Motion> motion;                   ///< where two looks in one epoch are all that keeps the event from being quiescent
    std::vector<Fault> unreadable;                  ///< one for each store that could not be read
};

[[nodiscard]] AuditReport reconcile(const AuditInput& input);

} // namespace coupon
