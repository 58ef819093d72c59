#include "audit/checks.hpp"

#include "audit/checking.hpp"
#include "audit/epochs.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace coupon {

namespace {

/// Somebody told "sold out".
struct SoldOut {
    std::int64_t answer_ns;
    UserId user;
};

/// What can be compared: one epoch, and one run of a machine's clock.
struct Contest {
    std::vector<Index> granted;            ///< applications whose epoch is certain
    std::optional<SoldOut> first_sold_out; ///< the earliest answer
};

/// A contest for each pair of boot id and epoch.
using Contests = std::map<std::pair<std::string, Epoch>, Contest>;

struct Field {
    Contests contests;
    std::size_t compared = 0;
    std::size_t left_out = 0;
};

Field line_up(const Evidence& evidence, const Epochs& epochs) {
    Field field;
    const auto& applications = evidence.applications();
    for (Index told = 0; told < applications.size(); ++told) {
        if (applications.answer(told) != Answer::granted) continue;
        const auto& history = applications.history_of(told);
        const auto epoch = epochs.of_grant(history, applications[told]);
        if (!epoch) {
            ++field.left_out;
            continue;
        }
        ++field.compared;
        field.contests[{history.head.boot_id, *epoch}].granted.push_back(told);
    }
    for (auto& [key, contest] : field.contests) {
        for (const auto* history : evidence.histories()) {
            if (history->head.boot_id != key.first) continue;
            for (std::size_t i = 0; i < history->entries.size(); ++i) {
                if (history->entries.answer(i) != Answer::sold_out) continue;
                const auto entry = history->entries[i];
                if (!epochs.had_begun(key.second, *history, entry.invoke_ns)) continue;
                if (contest.first_sold_out && contest.first_sold_out->answer_ns <= *entry.answer_ns) continue;
                contest.first_sold_out = SoldOut{*entry.answer_ns, entry.user};
            }
        }
    }
    return field;
}

/// By moment, and by user where two are equal.
template <class MomentOf>
std::vector<Index> sorted_by(std::vector<Index> applications, const Applications& all, const MomentOf& moment_of) {
    const auto is_before = [&](Index one, Index other) {
        const auto moment = moment_of(one), other_moment = moment_of(other);
        return moment == other_moment ? all.user(one) < all.user(other) : moment < other_moment;
    };
    // As a history of its own is by the moment of the request.
    if (!std::is_sorted(applications.begin(), applications.end(), is_before))
        std::sort(applications.begin(), applications.end(), is_before);
    return applications;
}

/// Walks the requests in the order they were made, beside the answers in the order they came back, keeping the highest slot answered so
/// far.
void find_overtaken(const Contest& contest, const Applications& all, Concerned& overtaken) {
    const auto by_invoke = sorted_by(contest.granted, all, [&](Index told) { return all.invoke_ns(told); });
    const auto by_answer = sorted_by(contest.granted, all, [&](Index told) { return all.answer_ns(told); });
    std::optional<HistoryEntry> highest;
    auto answered = by_answer.begin();
    for (const auto told : by_invoke) {
        const auto request = all[told];
        for (; answered != by_answer.end(); ++answered) {
            const auto answer = all[*answered];
            if (*answer.answer_ns >= request.invoke_ns) break;
            if (!highest || *highest->slot < *answer.slot) highest = answer;
        }
        if (!highest || *highest->slot <= *request.slot) continue;
        const auto slot = highest->slot->text();
        overtaken.add(highest->user, "answered with slot " + slot + " before user " + request.user.text() + ", who got slot " +
                                         request.slot->text() + ", had asked");
    }
}

/// Users told "sold out" before somebody who was granted had asked.
void find_turned_away(const Contests::value_type& of, const Applications& all, const Epochs& epochs, Concerned& turned_away) {
    const auto& [key, contest] = of;
    if (!contest.first_sold_out) return;
    const auto last = std::ranges::max_element(contest.granted, {}, [&](Index told) { return all.invoke_ns(told); });
    if (last == contest.granted.end() || all.invoke_ns(*last) <= contest.first_sold_out->answer_ns) return;
    for (Index told = 0; told < all.size(); ++told) {
        const auto& history = all.history_of(told);
        if (all.answer(told) != Answer::sold_out || history.head.boot_id != key.first) continue;
        if (all.answer_ns(told) >= all.invoke_ns(*last) || !epochs.had_begun(key.second, history, all.invoke_ns(told))) continue;
        turned_away.add(all.user(told), "told sold_out before user " + all.user(*last).text() + ", who was granted, had asked");
    }
}

} // namespace

Check check_order(const Evidence& evidence) {
    if (evidence.input().histories.empty()) return not_checked("I8", no_history);
    Checking check("I8", evidence);
    if (evidence.round_row() == nullptr) {
        check.cannot_tell("the round's epochs are unknown", unread_hint);
        return check.done();
    }
    const Epochs epochs(evidence);
    const auto field = line_up(evidence, epochs);
    if (field.compared == 0 && field.left_out > 0) {
        return not_checked("I8", "the round had " + epochs.last().text() + " epochs and no grant is certain to belong to one of them");
    }
    check.examined(counted(field.compared, "grant") + " in " + counted(field.contests.size(), "comparable group"));
    if (field.left_out > 0) {
        check.examined(counted(field.left_out, "grant") + " left out (the round had " + epochs.last().text() +
                       " epochs, and theirs is not certain)");
    }
    Concerned overtaken;
    Concerned turned_away;
    for (const auto& contest : field.contests) {
        find_overtaken(contest.second, evidence.applications(), overtaken);
        find_turned_away(contest, evidence.applications(), epochs, turned_away);
    }
    // An epoch that began after the ledger was read would excuse both.
    if (evidence.is_one_epoch()) {
        check.violated("a later request got a lower slot", overtaken, order_hint);
        check.violated("told sold out, and a later request was granted", turned_away, order_hint);
    } else {
        check.cannot_tell("a later request got a lower slot, unless a new epoch began meanwhile", overtaken, order_hint);
        check.cannot_tell("told sold out, and a later request was granted, unless a new epoch began meanwhile", turned_away, order_hint);
    }
    return check.done();
}

} // namespace coupon
