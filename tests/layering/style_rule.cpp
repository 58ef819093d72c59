#include "style_rule.hpp"

#include <algorithm>
#include <regex>

namespace coupon::layering {

namespace {

bool in_lib_or_tools(const std::string& path) {
    return path.starts_with("lib/") || path.starts_with("tools/");
}

bool says_nothing(const std::string& path) {
    static const std::regex empty_word(R"((^|/|_)(utils?|commons?|helpers?|misc|managers?)(_[^/]*)?(\.[^/]*)?(/|$))", std::regex::icase);
    return std::regex_search(path, empty_word);
}

/// The suites a test file may have; none when it is not a test file. "live/gate/claim" may stand in live_claim_test.cpp, beside the
/// "gate/claim" that needs no server, and what runs over a fake in fake_claim_test.cpp.
std::vector<std::string> addresses_of_test(const std::string& path) {
    static const std::regex test_file(R"(^tests/(.+/)((fake_|live_)?(.+))_test\.cpp$)");
    std::smatch match;
    if (!std::regex_match(path, match, test_file)) return {};
    const auto room = match[1].str();
    const auto name = match[2].str();
    const auto plain = match[4].str();
    if (match[3] == "live_") return {"live/" + room + plain};
    if (match[3] == "fake_") return {room + name, "live/" + room + name, room + plain};
    return {room + name, "live/" + room + name};
}

std::vector<std::string> suites_of(const SourceFile& file) {
    static const std::regex suite(R"rx(\bTEST_SUITE(?:_BEGIN)?\s*\(\s*"([^"]*)")rx");
    std::vector<std::string> names;
    std::smatch match;
    for (const auto& line : file.lines) {
        if (std::regex_search(line, match, suite)) names.push_back(match[1]);
    }
    return names;
}

/// The numbers of lines that throw a result away, with no comment in the line before.
std::vector<std::size_t> thrown_away(const SourceFile& file) {
    std::vector<std::size_t> lines;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
        if (file.lines[i].find("static_cast<void>(") == std::string::npos) continue;
        if (i > 0 && file.lines[i - 1].find("//") != std::string::npos) continue;
        // The second line of a comment may be long enough for the call before this one.
        if (i > 1 && file.lines[i - 2].find("//") != std::string::npos && file.lines[i - 1].find(';') != std::string::npos) continue;
        lines.push_back(i + 1);
    }
    return lines;
}

} // namespace

std::vector<std::string> style_faults(const SourceFile& file) {
    std::vector<std::string> faults;
    if (in_lib_or_tools(file.path) && file.lines.size() > longest_file) {
        faults.push_back(file.path + " has " + std::to_string(file.lines.size()) + " lines, so it holds two ideas; at most " +
                         std::to_string(longest_file));
    }
    if (in_lib_or_tools(file.path)) {
        for (const auto line : thrown_away(file))
            faults.push_back(file.path + ":" + std::to_string(line) + " throws a result away, and no comment before it says why");
    }
    if (says_nothing(file.path)) faults.push_back(file.path + " has a name that says nothing; name it as its concept");
    if (file.path.ends_with(".hpp") && std::find(file.lines.begin(), file.lines.end(), "#pragma once") == file.lines.end()) {
        faults.push_back(file.path + " lacks #pragma once");
    }
    if (const auto addresses = addresses_of_test(file.path); !addresses.empty()) {
        const auto suites = suites_of(file);
        if (suites.empty()) faults.push_back(file.path + " has no TEST_SUITE; it is \"" + addresses.front() + "\"");
        for (const auto& suite : suites) {
            if (std::find(addresses.begin(), addresses.end(), suite) != addresses.end()) continue;
            faults.push_back(file.path + " calls its suite \"" + suite + "\"; its address is \"" + addresses.front() + "\"");
        }
    }
    return faults;
}

} // namespace coupon::layering
