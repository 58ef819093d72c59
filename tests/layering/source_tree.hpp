#pragma once

#include <string>
#include <vector>

namespace coupon::layering {

/// A file of the checkout. The path is relative to its root, with '/' between the parts.
struct SourceFile {
    std::string path;
    std::vector<std::string> lines;
};

/// Every C++ file below the folders (lib, tools, tests) of this checkout, in the order of their paths. Throws when one cannot be read, or
/// when there is none: an empty tree has no faults either.
[[nodiscard]] std::vector<SourceFile> read_tree(const std::vector<std::string>& folders);

/// What the line includes, with its quotes or brackets: "core/grant.hpp", <map>. Empty: nothing.
[[nodiscard]] std::string included_by(const std::string& line);

/// The line without a comment that reaches to its end.
[[nodiscard]] std::string without_comment(const std::string& line);

} // namespace coupon::layering
