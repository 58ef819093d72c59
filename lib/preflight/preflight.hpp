#pragma once

#include "core/consumer_group.hpp"
#include "core/foreign_records.hpp"
#include "core/ledger_rule.hpp"
#include "core/quiescence.hpp"
#include "core/result.hpp"
#include "core/server_settings.hpp"

#include <optional>
#include <string>
#include <vector>

/// What is looked at before an event opens: settings of the three servers, leftovers of earlier rounds, clocks. Pure: settings as data
/// become lines. dangerous: a promise can be lost, or nothing can be given out as things stand. warning: less durable than it could be.
namespace coupon {

enum class PreflightStatus {
    ok,
    warning,
    dangerous,
    cannot_tell, ///< what it needs was not told, which is never a pass
    accepted,    ///< dangerous or a warning, and the operator said that it may be
};

[[nodiscard]] const char* name_of(PreflightStatus status);

/// One line of the report.
struct PreflightLine {
    std::string name; ///< stable, for example "gate-persistence"; --accept-risk takes it
    PreflightStatus status = PreflightStatus::ok;
    std::string found;
    std::string wanted;
    std::string fix; ///< a command, or a line of a configuration; empty where nothing is to be done
};

/// What is about to happen. What a reset is there to clear is no danger to it.
enum class Opening {
    looked_at, ///< coupon-audit --preflight: the newest round, open or about to be
    new_round, ///< coupon-reset
    same_round ///< coupon-reset --reopen
};

/// The gate of the event as it stands.
struct GateLook {
    GateFields fields;
    ServerIdentity server;
    std::int64_t outbox = 0;
    std::vector<std::string> defects;
};

/// How far a server's clock is ahead of this machine's.
struct ClockSkew {
    Milliseconds ahead{0};
    Milliseconds uncertainty{0}; ///< half of the time that asking took
};

/// What the operator has planned for the newest round; absent: nothing is asserted.
struct Plan {
    std::optional<Limit> limit;
    std::optional<Instant> opens_at;
};

/// Names of lines that an operator has looked at and lives with.
struct AcceptedLines {
    std::vector<std::string> risks;    ///< dangerous ones
    std::vector<std::string> warnings; ///< those that are a warning
};

/// Everything a preflight judges. An absent server could not be read; `away` says why, one fault for each.
struct PreflightInput {
    Opening opening = Opening::looked_at;
    std::string event;
    std::string topic_name;
    std::string group;
    Limit limit{100}; ///< of the round judged
    Window window;    ///< of the round judged
    Plan plan;        ///< what the round must have
    Instant now;      ///< by this machine

    std::optional<GateSettings> gate;
    std::string gate_address;     ///< as the ledger lists it
    std::optional<GateLook> look; ///< absent: there is no gate
    ClockSkew gate_clock;         ///< where the gate's server was read

    std::optional<TopicSettings> topic;
    std::vector<PartitionLag> partitions;
    std::string why_partitions_are_untold; ///< empty where the partitions' ends and the group's offsets were read
    std::optional<GroupSight> group_sight; ///< of the workers; absent where its coordinator could not be asked
    std::string why_group_is_untold;       ///< empty where it was asked
    ForeignRecords foreign;                ///< on the topic; not looked for by a reset that opens a round, which does so itself
    std::string why_foreign_is_untold;     ///< empty where the topic was read

    std::optional<LedgerSettings> ledger;
    std::vector<RoundRow> rounds;    ///< of the event, ascending
    std::vector<std::string> events; ///< that have a round; read only where this one has none
    ClockSkew ledger_clock;          ///< where the ledger was read

    std::optional<Fault> gate_away;
    std::optional<Fault> topic_away;
    std::optional<Fault> ledger_away;

    [[nodiscard]] const RoundRow* highest() const { return rounds.empty() ? nullptr : &rounds.back(); }
};

struct PreflightReport {
    std::vector<PreflightLine> lines;
    std::vector<Fault> away;  ///< servers that could not be read
    std::size_t not_made = 0; ///< checks that could not be made, for want of a server or of what it did not tell

    [[nodiscard]] std::vector<PreflightLine> of(PreflightStatus status) const;
};

/// Every check once, in a fixed order; of a server that could not be read one line only, which counts the checks that were not made.
[[nodiscard]] PreflightReport preflight(const PreflightInput& input, const AcceptedLines& accepted = {});

/// The names of all checks.
[[nodiscard]] std::vector<std::string> preflight_names();

} // namespace coupon
