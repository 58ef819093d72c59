#include "audit/checking.hpp"

#include "audit/trail.hpp"

#include <algorithm>

namespace coupon {

namespace {

constexpr std::size_t users_shown = 20;
constexpr auto audit_later = "leave coupon-consume running and audit again; --wait TIME waits longer";

} // namespace

std::vector<std::pair<UserId, std::string>> Concerned::sorted() const {
    auto users = users_;
    const auto by_user = [](const auto& one, const auto& other) { return one.first < other.first; };
    const auto same_user = [](const auto& one, const auto& other) { return one.first == other.first; };
    std::stable_sort(users.begin(), users.end(), by_user);
    users.erase(std::unique(users.begin(), users.end(), same_user), users.end());
    return users;
}

void Checking::examined(const std::string& clause) {
    check_.examined += (check_.examined.empty() ? "" : ", ") + clause;
}

void Checking::violated(const std::string& name, const Concerned& users, const std::string& hint) {
    if (!users.empty()) add(Weight::violated, name, users, hint);
}

void Checking::violated(const std::string& sentence, const std::string& hint) {
    add(Weight::violated, sentence, {}, hint);
}

void Checking::cannot_tell(const std::string& name, const Concerned& users, const std::string& hint) {
    if (!users.empty()) add(Weight::cannot_tell, name, users, hint);
}

void Checking::cannot_tell(const std::string& sentence, const std::string& hint) {
    add(Weight::cannot_tell, sentence, {}, hint);
}

void Checking::not_yet(const std::string& name, const Concerned& users) {
    if (!users.empty()) add(Weight::not_yet, name, users, audit_later);
}

void Checking::not_yet(const std::string& sentence) {
    add(Weight::not_yet, sentence, {}, audit_later);
}

void Checking::mention(const std::string& name, const Concerned& users, const std::string& hint) {
    if (!users.empty()) add(Weight::mention, name, users, hint);
}

void Checking::mention(const std::string& sentence, const std::string& hint) {
    add(Weight::mention, sentence, {}, hint);
}

void Checking::add(Weight weight, const std::string& name, const Concerned& users, const std::string& hint) {
    Finding finding{name, {}, 0, hint, weight, {}};
    const auto sorted = users.sorted();
    finding.users_total = static_cast<std::int64_t>(sorted.size());
    finding.users.reserve(sorted.size());
    for (const auto& [user, note] : sorted)
        finding.users.push_back(user);
    for (std::size_t i = 0; i < std::min(sorted.size(), users_shown); ++i) {
        const auto& [user, note] = sorted[i];
        const auto fate = evidence_.fate_of(user);
        std::string text = fate ? trail_of(*fate, evidence_) : std::string("seen nowhere in this round");
        if (!note.empty()) text += "; " + note;
        finding.trails.push_back({user, std::move(text)});
    }
    check_.findings.push_back(std::move(finding));
    switch (weight) {
    case Weight::violated: check_.status = CheckStatus::violated; return;
    case Weight::cannot_tell:
    case Weight::not_yet:
        if (check_.status == CheckStatus::ok) check_.status = CheckStatus::cannot_tell;
        return;
    case Weight::mention: return;
    }
}

Check not_checked(const std::string& id, const std::string& why) {
    return {id, CheckStatus::not_checked, "not checked (" + why + ")", {}, why};
}

} // namespace coupon
