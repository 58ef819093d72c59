#pragma once

#include "core/result.hpp"

#include <string>

namespace coupon {

/// The text of a file that only its owner can read. Fault usage, never with anything of the text in it, unless the file
///   - is a regular file, not a link, a device or a pipe,
///   - belongs to this user or to root, and gives its group and others no permission at all,
///   - lies in a folder that neither its group nor others can write to,
///   - is not larger than `largest` bytes.
[[nodiscard]] Result<std::string> read_private_file(const std::string& path, std::size_t largest);

/// The password such a file holds: its only line, without the line's end. An empty password, a second line or a NUL byte is Fault usage.
[[nodiscard]] Result<std::string> read_secret_file(const std::string& path);

} // namespace coupon
