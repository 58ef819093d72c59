#include "audit/fates.hpp"

#include <algorithm>
#include <limits>
#include <ranges>

namespace coupon {

namespace {

/// Above every user id.
constexpr auto end_of_list = std::numeric_limits<std::uint64_t>::max();

/// The places of a list in the order of their users; `user_of(i)` is nullopt for what is nobody's.
template <class UserOf>
std::vector<Index> order_by_user(std::size_t count, const UserOf& user_of) {
    std::vector<std::pair<UserId, Index>> users;
    users.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        if (const std::optional<UserId> user = user_of(i)) users.emplace_back(*user, static_cast<Index>(i));
    }
    std::sort(users.begin(), users.end());
    std::vector<Index> order;
    order.reserve(users.size());
    for (const auto& [user, index] : users)
        order.push_back(index);
    return order;
}

std::optional<UserId> user_of_failed(const AuditInput& input, const FailedEvent& event) {
    const bool of_this_round = !event.round || event.round == input.round;
    const bool of_this_event = event.event.empty() || event.event == input.event;
    return event.topic == input.topic && of_this_event && of_this_round ? event.user : std::nullopt;
}

void note_answer(Fate& fate, Answer answer) {
    switch (answer) {
    case Answer::granted: fate.told_granted = true; break;
    case Answer::sold_out: fate.told_sold_out = true; return;
    case Answer::closed:
    case Answer::error: return;
    case Answer::pending:
    case Answer::duplicate:
    case Answer::unknown: break;
    }
    fate.told_only_no = false;
}

} // namespace

Applications::Applications(const std::vector<const History*>& histories) : histories_(histories) {
    for (const auto* history : histories)
        ends_.push_back(size() + history->entries.size());
}

/// Walks all lists side by side, from user to user.
class Fates::Walk {
public:
    explicit Walk(const Fates& fates) : fates_(fates) {
        for (std::size_t place = 0; place < places; ++place)
            look_ahead(place);
    }

    /// The next user, with the sightings but not judged; nullopt after the last.
    std::optional<Fate> next() {
        const auto user = *std::min_element(user_.begin(), user_.end());
        if (user == end_of_list) return std::nullopt;
        Fate fate;
        fate.user = UserId(static_cast<std::int64_t>(user));
        for (std::size_t place = 0; place < places; ++place) {
            const auto first = next_[place];
            begin_[place] = static_cast<Index>(first);
            for (; user_[place] == user; look_ahead(place))
                ++next_[place];
            fate.sightings[place] = std::span(fates_.by_user_[place]).subspan(first, next_[place] - first);
        }
        return fate;
    }
    [[nodiscard]] const std::array<Index, places>& begin() const { return begin_; }

private:
    void look_ahead(std::size_t place) {
        const auto& list = fates_.by_user_[place];
        user_[place] =
            next_[place] == list.size() ? end_of_list : static_cast<std::uint64_t>(fates_.user_at(place, list[next_[place]]).value());
    }

    const Fates& fates_;
    std::array<std::size_t, places> next_{};
    std::array<Index, places> begin_{};        ///< where the last user began
    std::array<std::uint64_t, places> user_{}; ///< of the next in each list, or the end's
};

Fates::Fates(const AuditInput& input, const Sources& sources) : sources_(sources) {
    const auto order = [this](Where where, std::size_t count, const auto& user_of) {
        by_user_[static_cast<std::size_t>(where)] = order_by_user(count, user_of);
    };
    const auto order_all = [&](Where where, const auto& things) {
        order(where, things.size(), [&](std::size_t i) { return std::optional(things[i].user); });
    };
    order(Where::told, sources.applications.size(),
          [&](std::size_t i) { return std::optional(sources.applications.user(static_cast<Index>(i))); });
    if (sources.gate != nullptr) {
        order_all(Where::claim, sources.gate->claims);
        order_all(Where::outbox, sources.gate->outbox);
    }
    order(Where::record, sources.records.size(), [&](std::size_t i) { return sources.records.user_of(i); });
    if (sources.ledger != nullptr) {
        const auto& failed = sources.ledger->failed;
        order(Where::failed_event, failed.size(), [&](std::size_t i) { return user_of_failed(input, failed[i]); });
        order_all(Where::abandoned, sources.ledger->abandoned);
        order_all(Where::row, sources.ledger->coupons);
    }
    Walk walk(*this);
    while (auto fate = walk.next()) {
        judge(*fate);
        count(*fate);
        if (!is_usual(*fate)) unusual_.push_back({fate->user, walk.begin()});
    }
}

UserId Fates::user_at(std::size_t place, Index index) const {
    switch (static_cast<Where>(place)) {
    case Where::told: return sources_.applications.user(index);
    case Where::claim: return sources_.gate->claims[index].user;
    case Where::outbox: return sources_.gate->outbox[index].user;
    case Where::record: return *sources_.records.user_of(index);
    case Where::failed_event: return *sources_.ledger->failed[index].user;
    case Where::abandoned: return sources_.ledger->abandoned[index].user;
    case Where::row: return sources_.ledger->coupons[index].user;
    }
    return {};
}

void Fates::judge(Fate& fate) const {
    fate.applied = !fate.seen(Where::told).empty();
    fate.told_only_no = fate.applied;
    for (const auto told : fate.seen(Where::told))
        note_answer(fate, sources_.applications.answer(told));
    if (const auto claims = fate.seen(Where::claim); !claims.empty()) fate.claim = sources_.gate->claims[claims.front()].slot;
    for (const auto seen : fate.seen(Where::record)) {
        const auto judged = sources_.records.judged(seen);
        if (judged.is_issued() || (judged.admission == Admission::issue && judged.becomes != RecordClass::failed)) fate.is_on_topic = true;
    }
    for (const auto seen : fate.seen(Where::failed_event)) {
        const auto& event = sources_.ledger->failed[seen];
        if (!event.resolved) fate.failed = &event;
    }
    fate.was_abandoned = !fate.seen(Where::abandoned).empty();
    if (const auto rows = fate.seen(Where::row); !rows.empty()) fate.row = sources_.ledger->coupons[rows.front()].slot;
}

std::optional<Fate> Fates::find(UserId user) const {
    Fate fate;
    fate.user = user;
    bool is_known = false;
    for (std::size_t place = 0; place < places; ++place) {
        const auto seen = std::ranges::equal_range(by_user_[place], user, {}, [&](Index index) { return user_at(place, index); });
        fate.sightings[place] = {seen.begin(), seen.end()};
        is_known = is_known || !seen.empty();
    }
    if (!is_known) return std::nullopt;
    judge(fate);
    return fate;
}

Fate Fates::at(const Landmark& landmark) const {
    Fate fate;
    fate.user = landmark.user;
    for (std::size_t place = 0; place < places; ++place) {
        const auto from = std::span(by_user_[place]).subspan(landmark.first[place]);
        std::size_t count = 0;
        while (count < from.size() && user_at(place, from[count]) == fate.user)
            ++count;
        fate.sightings[place] = from.first(count);
    }
    judge(fate);
    return fate;
}

bool Fates::is_usual_winner(const Fate& fate) const {
    const auto records = fate.seen(Where::record);
    if (fate.seen(Where::claim).size() != 1 || fate.seen(Where::row).size() != 1 || records.size() != 1) return false;
    if (!fate.applied && sources_.applications.has_histories()) return false;
    const auto& judged = sources_.records.judged(records.front());
    if (judged.becomes != RecordClass::issued || judged.admission != Admission::issue) return false;
    const auto slot = fate.row;
    if (fate.claim != slot || sources_.records.grant(records.front()).slot != slot) return false;
    return std::ranges::all_of(fate.seen(Where::told), [&](Index told) {
        const auto entry = sources_.applications[told];
        return entry.answer == Answer::granted && entry.slot == slot;
    });
}

bool Fates::is_usual(const Fate& fate) const {
    const auto none = [&](Where where) { return fate.seen(where).empty(); };
    if (!none(Where::outbox) || !none(Where::failed_event) || !none(Where::abandoned)) return false;
    if (none(Where::claim) && none(Where::record) && none(Where::row)) return !fate.told_granted;
    return is_usual_winner(fate);
}

void Fates::count(const Fate& fate) {
    counts_.applied += fate.applied ? 1 : 0;
    counts_.told_granted += fate.told_granted ? 1 : 0;
    counts_.told_sold_out += fate.told_sold_out ? 1 : 0;
    counts_.told_only_no += fate.told_only_no ? 1 : 0;
    counts_.claimed += fate.claim ? 1 : 0;
    counts_.published += fate.is_on_topic || fate.row ? 1 : 0;
    counts_.issued += fate.row ? 1 : 0;
    counts_.on_topic += fate.is_on_topic ? 1 : 0;
    counts_.abandoned += fate.was_abandoned ? 1 : 0;
    counts_.holding += fate.row || fate.claim || fate.told_granted ? 1 : 0;
}

std::vector<UserId> Fates::told_sold_out() const {
    std::vector<UserId> users;
    for (const auto told : by_user_[static_cast<std::size_t>(Where::told)]) {
        if (sources_.applications.answer(told) != Answer::sold_out) continue;
        const auto user = sources_.applications.user(told);
        if (users.empty() || users.back() != user) users.push_back(user);
    }
    return users;
}

} // namespace coupon
