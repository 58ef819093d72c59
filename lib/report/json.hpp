#pragma once

#include "report/heading.hpp"

#include <nlohmann/json.hpp>

/// What the JSON forms share. Text from outside may hold any bytes, JSON only UTF-8: to_text() replaces what is none.
namespace coupon {

using Json = nlohmann::ordered_json;

/// A document with its head, to be filled.
[[nodiscard]] Json begin_document(const Heading& heading);
[[nodiscard]] Json fault_object(const Fault& fault);
/// Indented, with a newline at the end.
[[nodiscard]] std::string to_text(const Json& document);
/// On one line, with a newline at the end.
[[nodiscard]] std::string to_line(const Json& document);

/// The number, or null.
template <class Tag>
[[nodiscard]] Json number_or_null(const std::optional<Number<Tag>>& number) {
    return number ? Json(number->value()) : Json(nullptr);
}

} // namespace coupon
