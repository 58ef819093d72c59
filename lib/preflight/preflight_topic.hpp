#pragma once

#include "preflight/preflight_checks.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

/// What the checks of the topic share. A topic that does not exist yet is judged by what the broker would give it, and what is to be
/// changed then is the broker's.
namespace coupon {

/// The value in force, or nullptr where it was not told.
[[nodiscard]] const std::string* topic_setting(const PreflightInput& input, std::string_view name);
[[nodiscard]] std::optional<std::int64_t> topic_number(const PreflightInput& input, std::string_view name);
/// How long the broker keeps a record, in milliseconds; -1 is without end.
[[nodiscard]] std::optional<std::int64_t> topic_retention(const PreflightInput& input);

/// The command that gives the topic these settings, by their names on a topic.
[[nodiscard]] std::string alter_topic(const PreflightInput& input, const std::map<std::string, std::string>& values);

/// Whose setting it is decides which right its reading takes.
enum class SettingOf { topic, broker };
[[nodiscard]] Judgement topic_not_told(const PreflightInput& input, const std::string& name, SettingOf owner = SettingOf::topic);

/// The checks of preflight_topic_records.cpp: what becomes of a record.
[[nodiscard]] Judgement judge_retention(const PreflightInput& input);
[[nodiscard]] Judgement judge_cleanup(const PreflightInput& input);
[[nodiscard]] Judgement judge_timestamps(const PreflightInput& input);
[[nodiscard]] Judgement judge_size(const PreflightInput& input);
[[nodiscard]] Judgement judge_compression(const PreflightInput& input);

} // namespace coupon
