#include "report/finding.hpp"

#include "report/finding_json.hpp"

#include <fmt/format.h>

namespace coupon {

std::string counted_users(std::int64_t users) {
    return users == 0 ? "" : fmt::format("{} user{}", users, users == 1 ? "" : "s");
}

std::string users_of(const Finding& finding) {
    return finding.users_total == 0 ? "" : " (" + counted_users(finding.users_total) + ")";
}

std::string finding_text(const Finding& finding) {
    std::string text = fmt::format("    {}{}\n", finding.name, users_of(finding));
    for (const auto& trail : finding.trails)
        text += fmt::format("      user {}: {}\n", trail.user.text(), trail.text);
    const auto shown = static_cast<std::int64_t>(finding.trails.size());
    if (finding.users_total > shown && shown > 0) text += fmt::format("      and {} more\n", finding.users_total - shown);
    if (!finding.hint.empty()) text += fmt::format("      what to do: {}\n", finding.hint);
    return text;
}

Json findings_json(const std::vector<Finding>& findings) {
    Json list = Json::array();
    for (const auto& finding : findings) {
        Json users = Json::array();
        Json trails = Json::array();
        for (const auto& trail : finding.trails) {
            users.push_back(trail.user.text());
            trails.push_back({{"user", trail.user.text()}, {"trail", trail.text}});
        }
        list.push_back(
            {{"name", finding.name}, {"users", users}, {"users_total", finding.users_total}, {"hint", finding.hint}, {"trails", trails}});
    }
    return list;
}

} // namespace coupon
