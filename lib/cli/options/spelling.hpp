#pragma once

#include "core/event_name.hpp"
#include "core/failed_selection.hpp"
#include "core/instant.hpp"
#include "core/round.hpp"
#include "core/user_id.hpp"
#include "load/arrivals.hpp"
#include "load/pacer.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

/// How the values of options are spelled on the command line, in variables and in the config file.
namespace coupon {

/// Reads one kind of value, and says in words which texts are such a value.
template <class T>
struct Spelling {
    std::function<std::optional<T>(std::string_view)> read;
    std::string expected;       ///< completes the sentence "expected ..."
    std::string noun = "value"; ///< completes "invalid ..."
};

/// The complaint about a text: `invalid value "x": expected ...`, with the text escaped.
[[nodiscard]] std::string invalid_value(std::string_view text, std::string_view expected, std::string_view noun = "value");

/// A whole number from `least` to `most`.
[[nodiscard]] Spelling<std::int64_t> whole_number(std::int64_t least, std::int64_t most = INT64_MAX);
/// 100ms, 2s, 5m, 1h; a bare number counts seconds. At most 30 days.
[[nodiscard]] Spelling<Milliseconds> duration(Milliseconds least);
/// 100/m, 10/s, 6000/h.
[[nodiscard]] Spelling<Rate> rate();
/// 10%, 0.5%.
[[nodiscard]] Spelling<Share> share();
[[nodiscard]] Spelling<EventName> event_name();
[[nodiscard]] Spelling<UserId> user_id();
[[nodiscard]] Spelling<Limit> limit();
/// The name of a Kafka topic: 1 to 249 of letters, digits, ".", "_", "-".
[[nodiscard]] Spelling<std::string> topic_name();
/// The name of a consumer group: 1 to 249 printable characters without blanks.
[[nodiscard]] Spelling<std::string> group_name();
/// PARTITION:OFFSET, PARTITION:OFFSET-LAST, or the name of a kind of failed events.
[[nodiscard]] Spelling<FailedSelection> failed_selection();
/// A sentence: 1 to 500 bytes of UTF-8 without control characters.
[[nodiscard]] Spelling<std::string> sentence();
/// Any text but an empty one, such as the path of a file.
[[nodiscard]] Spelling<std::string> path();

} // namespace coupon
