#pragma once

#include "core/result.hpp"

#include <cstddef>
#include <string>

namespace coupon {

/// A file that says whom the program may trust, such as its configuration: everybody may read it, and only its owner, the program's user or
/// root, may write it. Never waits. Fault usage where it is no such file or larger than `largest` bytes; the message is a reason alone.
[[nodiscard]] Result<std::string> read_trusted_file(const std::string& path, std::size_t largest);

} // namespace coupon
