#pragma once

#include "core/wording.hpp"
#include "preflight/preflight.hpp"

#include <span>
#include <string>
#include <string_view>

/// The checks of a preflight, one function each; preflight() puts them together.
namespace coupon {

/// What one check found.
struct Judgement {
    PreflightStatus status = PreflightStatus::ok;
    std::string found;
    std::string fix;
};

struct PreflightCheck {
    const char* name;
    const char* wanted;
    Judgement (*judge)(const PreflightInput& input);
};

/// Each list asks for its own server's settings: REQUIRES those of that server; the round needs those of gate and ledger, leftovers all
/// three, and both the ledger's own leftovers.
[[nodiscard]] std::span<const PreflightCheck> gate_checks();
[[nodiscard]] std::span<const PreflightCheck> topic_checks();
[[nodiscard]] std::span<const PreflightCheck> group_checks(); ///< of the brokers' addresses and the workers' group; the topic's settings
[[nodiscard]] std::span<const PreflightCheck> ledger_checks();
[[nodiscard]] std::span<const PreflightCheck> schema_checks();
[[nodiscard]] std::span<const PreflightCheck> round_checks();
[[nodiscard]] std::span<const PreflightCheck> leftover_checks();

[[nodiscard]] Judgement fine(std::string found);
[[nodiscard]] Judgement warning(std::string found, std::string fix);
[[nodiscard]] Judgement dangerous(std::string found, std::string fix);
/// Nobody would get a coupon as things stand: dangerous to an audit. A reset is there to repair it, so to a reset it is a warning.
[[nodiscard]] Judgement not_open(const PreflightInput& input, std::string found, std::string fix);
/// `untold`: why the server did not tell; may be empty.
[[nodiscard]] Judgement untold(const std::string& server, const std::string& name, const std::string& untold, std::string fix);

/// The value of a setting, or nullptr where it was not told.
[[nodiscard]] const std::string* value_of(const SettingValues& settings, std::string_view name);
/// The same as a whole number; nullopt also where it is none.
[[nodiscard]] std::optional<std::int64_t> number_of(const SettingValues& settings, std::string_view name);
/// ON, yes, 1 and TRUE are true, OFF, no, 0 and FALSE false, in any case; nullopt for anything else.
[[nodiscard]] std::optional<bool> truth_of(const SettingValues& settings, std::string_view name);

/// "12.3 MiB".
[[nodiscard]] std::string bytes_text(std::int64_t bytes);
/// "7 days", "90 minutes", "1500 ms": the largest unit that is exact.
[[nodiscard]] std::string time_text(std::int64_t milliseconds);
/// "8.0.16-log" as 8, 0, 16; empty where it does not begin with a number.
[[nodiscard]] std::vector<std::int64_t> version_of(std::string_view text);

/// What a server's clock is for.
enum class ClockUse {
    opens_the_gate, ///< the window of the event is judged by it
    informs,        ///< it stamps rows
};

/// How a reset that opens the first round is told topic and group, where they are not the defaults. A later round has those of the ledger.
[[nodiscard]] std::string names_to_open_with(const PreflightInput& input);

/// A server's clock against this machine's: more than 1 s apart is warned of, more than 30 s moves the event's window.
[[nodiscard]] Judgement judge_clock(const ClockSkew& skew, ClockUse use);

} // namespace coupon
