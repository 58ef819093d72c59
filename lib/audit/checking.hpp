#pragma once

#include "audit/evidence.hpp"
#include "core/wording.hpp"

#include <string>
#include <utility>
#include <vector>

namespace coupon {

/// The users a finding is about, each with what the trail does not say by itself.
class Concerned {
public:
    void add(UserId user, std::string note = {}) { users_.emplace_back(user, std::move(note)); }
    void add(const Concerned& more) { users_.insert(users_.end(), more.users_.begin(), more.users_.end()); }
    [[nodiscard]] bool empty() const { return users_.empty(); }
    [[nodiscard]] std::size_t size() const { return users_.size(); }
    /// By user, each once.
    [[nodiscard]] std::vector<std::pair<UserId, std::string>> sorted() const;

private:
    std::vector<std::pair<UserId, std::string>> users_;
};

/// One check in the making. The worst thing found decides its status: violated, then cannot tell, then ok.
class Checking {
public:
    Checking(std::string id, const Evidence& evidence) : evidence_(evidence) { check_.id = std::move(id); }

    /// Adds a clause to what was examined.
    void examined(const std::string& clause);
    /// With users, here and below: nothing happens when nobody is concerned.
    void violated(const std::string& name, const Concerned& users, const std::string& hint);
    void violated(const std::string& sentence, const std::string& hint);
    void cannot_tell(const std::string& name, const Concerned& users, const std::string& hint);
    void cannot_tell(const std::string& sentence, const std::string& hint);
    /// What an event in good health settles by itself.
    void not_yet(const std::string& name, const Concerned& users);
    void not_yet(const std::string& sentence);
    /// Told, but not judged.
    void mention(const std::string& name, const Concerned& users, const std::string& hint);
    void mention(const std::string& sentence, const std::string& hint);
    [[nodiscard]] Check done() { return std::move(check_); }

private:
    void add(Weight weight, const std::string& name, const Concerned& users, const std::string& hint);

    const Evidence& evidence_;
    Check check_;
};

/// A check that was not made, and why.
[[nodiscard]] Check not_checked(const std::string& id, const std::string& why);

} // namespace coupon
