#include "core/checks.hpp"

#include "core/checking.hpp"
#include "core/epochs.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace coupon {

namespace {

/// A granted application whose epoch is certain.
struct Granted {
    std::int64_t invoke_ns;
    std::int64_t answer_ns;
    UserId user;
    Slot slot;
};

/// Somebody told "sold out".
struct SoldOut {
    std::int64_t answer_ns;
    UserId user;
};

/// What can be compared: one epoch, and one run of a machine's clock.
struct Contest {
    std::vector<Granted> granted;
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
    for (const auto* history : evidence.histories()) {
        for (const auto& entry : history->entries) {
            if (entry.answer != Answer::granted) continue;
            const auto epoch = epochs.of_grant(*history, entry);
            if (!epoch) {
                ++field.left_out;
                continue;
            }
            ++field.compared;
            field.contests[{history->head.boot_id, *epoch}].granted.push_back({entry.invoke_ns, *entry.answer_ns, entry.user, *entry.slot});
        }
    }
    for (auto& [key, contest] : field.contests) {
        for (const auto* history : evidence.histories()) {
            if (history->head.boot_id != key.first) continue;
            for (const auto& entry : history->entries) {
                if (entry.answer != Answer::sold_out || !epochs.had_begun(key.second, *history, entry.invoke_ns)) continue;
                if (contest.first_sold_out && contest.first_sold_out->answer_ns <= *entry.answer_ns) continue;
                contest.first_sold_out = SoldOut{*entry.answer_ns, entry.user};
            }
        }
    }
    return field;
}

/// Walks the requests in the order they were made, beside the answers in the order they came back, keeping the highest slot answered so
/// far.
void find_overtaken(const Contest& contest, Concerned& overtaken) {
    auto by_invoke = contest.granted;
    auto by_answer = contest.granted;
    const auto key_of_request = [](const Granted& one) { return std::tuple(one.invoke_ns, one.user); };
    const auto key_of_answer = [](const Granted& one) { return std::tuple(one.answer_ns, one.user); };
    std::sort(by_invoke.begin(), by_invoke.end(),
              [&](const auto& one, const auto& other) { return key_of_request(one) < key_of_request(other); });
    std::sort(by_answer.begin(), by_answer.end(),
              [&](const auto& one, const auto& other) { return key_of_answer(one) < key_of_answer(other); });
    const Granted* highest = nullptr;
    auto answered = by_answer.begin();
    for (const auto& request : by_invoke) {
        for (; answered != by_answer.end() && answered->answer_ns < request.invoke_ns; ++answered) {
            if (highest == nullptr || highest->slot < answered->slot) highest = &*answered;
        }
        if (highest == nullptr || highest->slot <= request.slot) continue;
        overtaken.add(highest->user, "answered with slot " + highest->slot.text() + " before user " + request.user.text() +
                                         ", who got slot " + request.slot.text() + ", had asked");
        overtaken.add(request.user, "asked after user " + highest->user.text() + " had been answered with slot " + highest->slot.text());
    }
}

/// Users let in after somebody had been turned away, and the one who was.
void find_let_in_late(const Contest& contest, Concerned& late) {
    if (!contest.first_sold_out) return;
    for (const auto& request : contest.granted) {
        if (request.invoke_ns <= contest.first_sold_out->answer_ns) continue;
        late.add(request.user, "asked after user " + contest.first_sold_out->user.text() + " had been told sold_out");
        late.add(contest.first_sold_out->user, "told sold_out before user " + request.user.text() + ", who was granted, had asked");
    }
}

} // namespace

Check check_order(const Evidence& evidence) {
    if (evidence.input().histories.empty()) return not_checked("I8", no_history);
    Checking check("I8", evidence);
    if (evidence.round_row() == nullptr) {
        check.cannot_tell("the round's epochs are unknown", "audit again once the ledger can be read");
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
    Concerned late;
    for (const auto& [key, contest] : field.contests) {
        find_overtaken(contest, overtaken);
        find_let_in_late(contest, late);
    }
    const auto hint = "the gate did not decide in the order of arrival: find out who else wrote to it";
    // An epoch that began after the ledger was read would excuse both.
    if (evidence.is_complete()) {
        check.violated("a later request got a lower slot", overtaken, hint);
        check.violated("granted after somebody had been told sold out", late, hint);
    } else {
        check.undecided("a later request got a lower slot, unless a new epoch began meanwhile", overtaken, hint);
        check.undecided("granted after somebody had been told sold out, unless a new epoch began meanwhile", late, hint);
    }
    return check.done();
}

} // namespace coupon
