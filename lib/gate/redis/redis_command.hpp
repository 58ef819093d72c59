#pragma once

#include <span>
#include <string>
#include <string_view>

namespace coupon {

/// Appends a command as a Redis server reads it, an array of bulk strings (https://redis.io/docs/latest/develop/reference/protocol-spec/).
/// Lengths go with the words, so that any byte may be in them.
void append_command(std::string& out, std::span<const std::string_view> command);

} // namespace coupon
