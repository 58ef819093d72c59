#pragma once

#include <stdexcept>
#include <string>

/// The limits of the process (getrlimit(2)) that an operator should read of when one of them is hit.
namespace coupon {

/// The program cannot go on: this process may have no more descriptors, threads or memory. The text is one sentence that names the limit.
class LimitReached : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// "cannot open x: Too many open files", with the limit and its value where the error number is that of a limit.
[[nodiscard]] std::string reason_with_limit(const std::string& what, int error);

/// The C clients pass on only the system's words for a limit that was hit ("Too many open files"). Adds the limit and its value to a line
/// with such words, for example " (this process may open 20 files, ulimit -n)"; other lines stay as they are.
[[nodiscard]] std::string with_limits(std::string line);

/// The sentence for a failed allocation.
[[nodiscard]] std::string out_of_memory();

} // namespace coupon
