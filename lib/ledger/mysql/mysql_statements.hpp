#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace coupon {

/// The text of a statement of statements.sql by its name. REQUIRES: there is one; the program ends otherwise.
[[nodiscard]] const std::string& statement(std::string_view name);

/// The statement with what stands in its braces `count` times, separated by commas.
[[nodiscard]] std::string repeated(std::string_view name, std::size_t count);

/// Rows or values of one statement: a worker's batch by default. A few fixed sizes, so that the server prepares each statement a few times
/// only.
inline constexpr std::size_t largest_statement = 500;

/// The size of the next statement when `left` rows are to be written: the largest that they fill. REQUIRES: left > 0.
[[nodiscard]] std::size_t filled_size(std::size_t left);

/// The size of the next statement when `left` values are to be looked up: the smallest that holds them, the largest if none does. What is
/// left over repeats a value, which changes no answer.
[[nodiscard]] std::size_t holding_size(std::size_t left);

} // namespace coupon
