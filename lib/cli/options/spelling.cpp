#include "cli/options/spelling.hpp"

#include "core/decimal.hpp"
#include "core/escape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace coupon {

namespace {

constexpr Milliseconds longest_duration = std::chrono::days(30);

struct Unit {
    std::string_view name;
    Milliseconds length;
};

std::optional<Milliseconds> read_duration(std::string_view text) {
    constexpr std::array units{Unit{"ms", Milliseconds(1)}, Unit{"s", std::chrono::seconds(1)}, Unit{"m", std::chrono::minutes(1)},
                               Unit{"h", std::chrono::hours(1)}, Unit{"", std::chrono::seconds(1)}};
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto count = parse_decimal(text.substr(0, digits));
    const auto unit = std::find_if(units.begin(), units.end(), [&](const Unit& one) { return one.name == text.substr(digits); });
    if (!count || unit == units.end() || *count > longest_duration / unit->length) return std::nullopt;
    return *count * unit->length;
}

std::optional<Rate> read_rate(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto count = parse_decimal(text.substr(0, slash));
    if (!count || *count < 1 || *count > 1'000'000'000) return std::nullopt;
    const auto per = text.substr(slash + 1);
    if (per == "s") return Rate{*count, std::chrono::seconds(1)};
    if (per == "m") return Rate{*count, std::chrono::minutes(1)};
    if (per == "h") return Rate{*count, std::chrono::hours(1)};
    return std::nullopt;
}

std::optional<Share> read_share(std::string_view text) {
    constexpr std::int64_t one_percent = 10'000;
    if (text.empty() || text.back() != '%') return std::nullopt;
    text.remove_suffix(1);
    const auto point = text.find('.');
    const auto percent = parse_decimal(text.substr(0, point));
    if (!percent || *percent > 100) return std::nullopt;
    std::int64_t millionths = *percent * one_percent;
    if (point != std::string_view::npos) {
        std::int64_t weight = one_percent;
        const auto fraction = text.substr(point + 1);
        if (fraction.empty() || fraction.size() > 4) return std::nullopt;
        for (const char c : fraction) {
            if (c < '0' || c > '9') return std::nullopt;
            weight /= 10;
            millionths += (c - '0') * weight;
        }
    }
    if (millionths > 100 * one_percent) return std::nullopt;
    return Share{millionths};
}

bool is_topic_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

std::optional<std::string> read_topic(std::string_view text) {
    if (text.empty() || text.size() > 249 || text == "." || text == "..") return std::nullopt;
    if (!std::all_of(text.begin(), text.end(), is_topic_character)) return std::nullopt;
    return std::string(text);
}

std::optional<std::string> read_group(std::string_view text) {
    if (text.empty() || text.size() > 249) return std::nullopt;
    if (!std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; })) return std::nullopt;
    return std::string(text);
}

std::optional<FailedSelection> read_failed_selection(std::string_view text) {
    if (const auto kind = parse_failed_kind(text)) return *kind;
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto last_colon = text.rfind(':');
    std::string digest;
    if (last_colon != colon) {
        digest = text.substr(last_colon + 1);
        text = text.substr(0, last_colon);
        if (digest.empty() || digest.find_first_not_of("0123456789abcdef") != std::string::npos) return std::nullopt;
    }
    const auto minus = text.find('-', colon);
    if (minus != std::string_view::npos && !digest.empty()) return std::nullopt;
    const auto partition = parse_decimal(text.substr(0, colon));
    const auto first = parse_decimal(text.substr(colon + 1, minus == std::string_view::npos ? minus : minus - colon - 1));
    const auto last = minus == std::string_view::npos ? first : parse_decimal(text.substr(minus + 1));
    if (!partition || !std::in_range<std::int32_t>(*partition) || *partition < 0) return std::nullopt;
    if (!first || !last || *first < 0 || *last < *first) return std::nullopt;
    return PlaceRange{static_cast<std::int32_t>(*partition), *first, *last, std::move(digest)};
}

std::string failed_kind_names() {
    std::string names;
    for (const auto kind : failed_kinds)
        names += (names.empty() ? "" : ", ") + std::string(name_of(kind));
    return names;
}

/// Takes one printable character of UTF-8 off the front: https://www.rfc-editor.org/rfc/rfc3629#section-4
bool take_printable(std::string_view& text) {
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const auto lead = byte(0);
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xc0U) != 0x80U) return false;
    }
    const bool is_control = size == 0 || lead < 0x20 || lead == 0x7f || (lead == 0xc2 && byte(1) < 0xa0);
    const bool is_overlong = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xf0 && byte(1) < 0x90);
    const bool is_beyond = (lead == 0xed && byte(1) > 0x9f) || (lead == 0xf4 && byte(1) > 0x8f); // surrogates, above U+10FFFF
    if (is_control || is_overlong || is_beyond) return false;
    text.remove_prefix(size);
    return true;
}

std::optional<std::string> read_sentence(std::string_view text) {
    constexpr std::size_t longest_sentence = 500;
    if (text.empty() || text.size() > longest_sentence) return std::nullopt;
    for (auto rest = text; !rest.empty();) {
        if (!take_printable(rest)) return std::nullopt;
    }
    return std::string(text);
}

std::optional<std::string> read_path(std::string_view text) {
    if (text.empty() || text.find('\0') != std::string_view::npos) return std::nullopt;
    return std::string(text);
}

} // namespace

std::string invalid_value(std::string_view text, std::string_view expected, std::string_view noun) {
    return fmt::format("invalid {} \"{}\": expected {}", noun, escape(text, 80), expected);
}

Spelling<std::int64_t> whole_number(std::int64_t least, std::int64_t most) {
    return {[least, most](std::string_view text) -> std::optional<std::int64_t> {
                const auto value = parse_decimal(text);
                if (!value || *value < least || *value > most) return std::nullopt;
                return value;
            },
            most == INT64_MAX ? fmt::format("a whole number of at least {}, such as 1000", least)
                              : fmt::format("a whole number from {} to {}", least, most)};
}

Spelling<Milliseconds> duration(Milliseconds least) {
    return {[least](std::string_view text) -> std::optional<Milliseconds> {
                const auto value = read_duration(text);
                if (!value || *value < least) return std::nullopt;
                return value;
            },
            fmt::format("a time from {} ms to 30 days, such as 500ms, 30s, 5m or 1h", least.count())};
}

Spelling<Rate> rate() {
    return {read_rate, "a whole number from 1 to 1000000000 and /s, /m or /h, such as 100/m"};
}

Spelling<Share> share() {
    return {read_share, "a percentage from 0% to 100% with at most four decimals, such as 10% or 0.5%"};
}

Spelling<EventName> event_name() {
    return {EventName::parse, "1 to 32 of a-z, 0-9, _ and -, beginning with a letter or a digit"};
}

Spelling<UserId> user_id() {
    return {parse_user_id, "a whole number such as 42", "user id"};
}

Spelling<Limit> limit() {
    const auto number = whole_number(smallest_limit, largest_limit);
    return {[number](std::string_view text) -> std::optional<Limit> {
                const auto value = number.read(text);
                if (!value) return std::nullopt;
                return Limit(*value);
            },
            number.expected};
}

Spelling<std::string> topic_name() {
    return {read_topic, "1 to 249 letters, digits, dots, underscores and minus signs, but neither . nor .."};
}

Spelling<std::string> group_name() {
    return {read_group, "1 to 249 printable ASCII characters without blanks"};
}

Spelling<FailedSelection> failed_selection() {
    return {read_failed_selection,
            "PARTITION:OFFSET, PARTITION:OFFSET-LAST or PARTITION:OFFSET:DIGEST, for example 0:17, 0:17-40 or 0:17:5f3c, or one of " +
                failed_kind_names()};
}

Spelling<std::string> sentence() {
    return {read_sentence, "a text of 1 to 500 bytes in UTF-8 without control characters"};
}

Spelling<std::string> path() {
    return {read_path, "the path of a file"};
}

} // namespace coupon
