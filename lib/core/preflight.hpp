#pragma once

#include "core/ledger_rule.hpp"
#include "core/quiescence.hpp"
#include "core/result.hpp"
#include "core/server_settings.hpp"

#include <optional>
#include <string>
#include <vector>

/// What is looked at before an event opens: settings of the three servers, leftovers of earlier rounds, clocks. Pure: settings as data
/// become lines. dangerous: a promise can be lost, or the event cannot be given out. warning: less durable than it could be.
namespace coupon {

enum class PreflightStatus {
    ok,
    warning,
    dangerous,
    cannot_tell, ///< what it needs was not told, which is never a pass
    accepted,    ///< dangerous, and the operator takes the risk
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
    bool armed = false;
    std::int64_t outbox = 0;
    std::vector<std::string> defects;
};

/// How far a server's clock is ahead of this machine's.
struct ClockSkew {
    Milliseconds ahead{0};
    Milliseconds uncertainty{0}; ///< half of the time that asking took
};

/// Everything a preflight judges. An absent server could not be read; `away` says why, one fault for each.
struct PreflightInput {
    Opening opening = Opening::looked_at;
    std::string event;
    std::string topic_name;
    std::string group;
    Limit limit{100}; ///< of the round judged
    Window window;    ///< of the round judged
    Instant now;      ///< by this machine

    std::optional<GateSettings> gate;
    std::optional<GateLook> look; ///< absent: there is no gate
    std::optional<ClockSkew> gate_clock;

    std::optional<TopicSettings> topic;
    std::vector<PartitionLag> partitions;

    std::optional<LedgerSettings> ledger;
    std::vector<RoundRow> rounds; ///< of the event, ascending
    std::optional<ClockSkew> ledger_clock;

    std::optional<Fault> gate_away;
    std::optional<Fault> topic_away;
    std::optional<Fault> ledger_away;

    [[nodiscard]] const RoundRow* highest() const { return rounds.empty() ? nullptr : &rounds.back(); }
};

struct PreflightReport {
    std::vector<PreflightLine> lines;
    std::vector<Fault> away; ///< servers that could not be read

    [[nodiscard]] std::vector<PreflightLine> of(PreflightStatus status) const;
};

/// Every check once, in a fixed order; of a server that could not be read one line only. Lines named in `accepted` that are dangerous are
/// accepted.
[[nodiscard]] PreflightReport preflight(const PreflightInput& input, const std::vector<std::string>& accepted = {});

/// The names of all checks.
[[nodiscard]] std::vector<std::string> preflight_names();

} // namespace coupon
