#include "source_tree.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <stdexcept>

namespace coupon::layering {

namespace {

SourceFile read_file(const std::filesystem::path& root, const std::filesystem::path& path) {
    SourceFile file{path.lexically_relative(root).generic_string(), {}};
    std::ifstream stream(path);
    for (std::string line; std::getline(stream, line);)
        file.lines.push_back(line);
    if (!stream.eof()) throw std::runtime_error("cannot read " + path.string());
    return file;
}

} // namespace

std::vector<SourceFile> read_tree(const std::vector<std::string>& folders) {
    const std::filesystem::path root = COUPON_SOURCE_DIR;
    std::vector<SourceFile> files;
    for (const auto& folder : folders) {
        if (!std::filesystem::exists(root / folder)) continue;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
            const auto kind = entry.path().extension();
            if (kind == ".hpp" || kind == ".cpp") files.push_back(read_file(root, entry.path()));
        }
    }
    if (files.empty()) throw std::runtime_error("found no sources below " + root.string());
    std::sort(files.begin(), files.end(), [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
    return files;
}

std::string included_by(const std::string& line) {
    static const std::regex include(R"(^\s*#\s*include\s*("[^"]*"|<[^>]*>))");
    std::smatch match;
    return std::regex_search(line, match, include) ? match[1].str() : std::string{};
}

std::string without_comment(const std::string& line) {
    return line.substr(0, line.find("//"));
}

} // namespace coupon::layering
