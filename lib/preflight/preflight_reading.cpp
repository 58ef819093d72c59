#include "preflight/preflight_checks.hpp"

#include "core/decimal.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace coupon {

namespace {

constexpr std::int64_t skew_to_warn_of_ms = 1'000;
constexpr std::int64_t skew_of_danger_ms = 30'000;

struct Unit {
    std::int64_t size;
    const char* name;
};

} // namespace

Judgement fine(std::string found) {
    return {PreflightStatus::ok, std::move(found), {}};
}

Judgement warning(std::string found, std::string fix) {
    return {PreflightStatus::warning, std::move(found), std::move(fix)};
}

Judgement dangerous(std::string found, std::string fix) {
    return {PreflightStatus::dangerous, std::move(found), std::move(fix)};
}

Judgement not_open(const PreflightInput& input, std::string found, std::string fix) {
    const bool is_repaired = input.opening != Opening::looked_at;
    return is_repaired ? warning(std::move(found), std::move(fix)) : dangerous(std::move(found), std::move(fix));
}

Judgement untold(const std::string& server, const std::string& name, const std::string& untold, std::string fix) {
    return {PreflightStatus::cannot_tell, server + " does not tell " + name + (untold.empty() ? "" : ": " + untold), std::move(fix)};
}

const std::string* value_of(const SettingValues& settings, std::string_view name) {
    const auto found = settings.find(std::string(name));
    return found == settings.end() ? nullptr : &found->second;
}

std::optional<std::int64_t> number_of(const SettingValues& settings, std::string_view name) {
    const auto* text = value_of(settings, name);
    if (text == nullptr) return std::nullopt;
    const bool is_negative = text->starts_with('-');
    const auto size = parse_decimal(std::string_view(*text).substr(is_negative ? 1 : 0));
    if (!size) return std::nullopt;
    return is_negative ? -*size : *size;
}

std::optional<bool> truth_of(const SettingValues& settings, std::string_view name) {
    const auto* text = value_of(settings, name);
    if (text == nullptr) return std::nullopt;
    std::string word = *text;
    std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (word == "on" || word == "yes" || word == "1" || word == "true") return true;
    if (word == "off" || word == "no" || word == "0" || word == "false") return false;
    return std::nullopt;
}

std::string bytes_text(std::int64_t bytes) {
    constexpr std::array units{Unit{1LL << 30, " GiB"}, Unit{1LL << 20, " MiB"}, Unit{1LL << 10, " KiB"}};
    for (const auto& unit : units) {
        if (bytes < unit.size) continue;
        return std::to_string(bytes / unit.size) + "." + std::to_string(bytes % unit.size * 10 / unit.size) + unit.name;
    }
    return std::to_string(bytes) + " bytes";
}

std::string time_text(std::int64_t milliseconds) {
    constexpr std::array units{Unit{86'400'000, "day"}, Unit{3'600'000, "hour"}, Unit{60'000, "minute"}, Unit{1'000, "second"}};
    for (const auto& unit : units) {
        if (milliseconds < unit.size || milliseconds % unit.size != 0) continue;
        const auto count = milliseconds / unit.size;
        return std::to_string(count) + " " + unit.name + (count == 1 ? "" : "s");
    }
    return std::to_string(milliseconds) + " ms";
}

std::vector<std::int64_t> version_of(std::string_view text) {
    std::vector<std::int64_t> parts;
    while (!text.empty()) {
        const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
        const auto part = parse_decimal(text.substr(0, digits));
        if (!part) break;
        parts.push_back(*part);
        if (digits == text.size() || text[digits] != '.') break;
        text.remove_prefix(digits + 1);
    }
    return parts;
}

Judgement judge_clock(const ClockSkew& skew, ClockUse use) {
    const auto apart = std::abs(skew.ahead.count());
    // What is within the uncertainty may be the way the answer took.
    const auto certain = apart - skew.uncertainty.count();
    const auto found = std::to_string(apart) + " ms " + (skew.ahead.count() < 0 ? "behind" : "ahead of") + " this machine, give or take " +
                       std::to_string(skew.uncertainty.count()) + " ms";
    const auto* const fix = "one of the two clocks is wrong: timedatectl status; chronyc makestep";
    if (certain > skew_of_danger_ms && use == ClockUse::opens_the_gate) return dangerous(found, fix);
    if (certain > skew_to_warn_of_ms) return warning(found, fix);
    return fine(found);
}

} // namespace coupon
