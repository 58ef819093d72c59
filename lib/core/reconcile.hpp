#pragma once

#include "core/result.hpp"
#include "core/snapshot.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The judgement of an event: every user seen anywhere gets a fate, every invariant I1..I10 a check. Pure; sets are compared, never counts
/// alone.
namespace coupon {

enum class Verdict { exact, violated, cannot_tell };

/// not_checked: what it needs was not given (no history), which is neither good nor bad.
enum class CheckStatus { ok, violated, cannot_tell, not_checked };

[[nodiscard]] const char* name_of(Verdict verdict);
[[nodiscard]] const char* name_of(CheckStatus status);

/// One user of a finding and where the trail ends, for example "told granted slot 3 -> claim slot 3 -> record 2@17 -> no row".
struct Trail {
    UserId user;
    std::string text;
};

/// One thing that is wrong, with everybody it concerns.
struct Finding {
    std::string name;          ///< for example "claim without a row"
    std::vector<Trail> trails; ///< the first 20 users, ascending
    std::int64_t users_total = 0;
    std::string hint; ///< what to do
};

/// One check of the report.
struct Check {
    std::string id; ///< "I1".."I10", or the name of a reading such as "quiescent"
    CheckStatus status = CheckStatus::ok;
    std::string examined; ///< what was looked at, with figures
    std::vector<Finding> findings;
};

/// What an audit found. Numbers are distinct users.
struct AuditReport {
    Verdict verdict = Verdict::cannot_tell;
    std::string reason; ///< of cannot_tell, one sentence
    std::string event;
    std::optional<Round> round;
    std::optional<Limit> limit;
    std::int64_t claimed = 0;
    std::int64_t published = 0; ///< on the topic with an admissible record, or issued
    std::int64_t issued = 0;
    std::vector<Check> checks;
};

/// Everything reconcile() judges. An absent store was not readable, or is not asked for an older round; `unreadable` says which and why.
struct AuditInput {
    std::string event;
    std::string topic;
    std::optional<Round> round; ///< the round judged; absent: there is none
    std::vector<std::string> events; ///< of the ledger; read only where this one has no round
    std::optional<std::int64_t> expect;
    bool is_older_round = false; ///< judged from ledger and history alone
    std::optional<LedgerSnapshot> ledger;
    std::optional<TopicSnapshot> topic_log;
    std::optional<GateSnapshot> gate;
    std::vector<History> histories;
    bool histories_are_partial = false;             ///< some are known to be missing or incomplete
    std::vector<std::string> not_quiescent_because; ///< empty: quiescent
    std::vector<Fault> unreadable;                  ///< one for each store that could not be read
};

[[nodiscard]] AuditReport reconcile(const AuditInput& input);

} // namespace coupon
