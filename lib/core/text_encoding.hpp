#pragma once

#include <string_view>

/// What other systems make of a text file. The suite reads UTF-8, of which ASCII is a part.
namespace coupon {

/// The rest of a text that begins with the byte order mark of UTF-8 (The Unicode Standard, section 23.8); the whole of any other.
[[nodiscard]] std::string_view without_byte_order_mark(std::string_view text);

/// Whether a text that is meant to be ASCII begins as UTF-16 does: with its byte order mark, or with a NUL byte as one half of its first
/// character. The first line is enough.
[[nodiscard]] bool is_utf16(std::string_view text);

/// What is wrong with such a file, and what helps.
inline constexpr const char* utf16_text = "it is UTF-16; convert it with iconv -f UTF-16 -t UTF-8";

} // namespace coupon
