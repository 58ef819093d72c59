#include "core/fates.hpp"

#include <algorithm>

namespace coupon {

namespace {

using Where = Sighting::Where;

/// Collects who was seen where.
class Witness {
public:
    template <class Things, class UserOf>
    void look(Where where, const Things& things, const UserOf& user_of, std::size_t history = 0) {
        for (std::size_t i = 0; i < things.size(); ++i) {
            const std::optional<UserId> user = user_of(things[i]);
            if (user) seen_.push_back({*user, where, static_cast<std::uint32_t>(history), static_cast<std::uint32_t>(i)});
        }
    }

    [[nodiscard]] std::vector<Sighting> sorted() {
        std::sort(seen_.begin(), seen_.end());
        return std::move(seen_);
    }

private:
    std::vector<Sighting> seen_;
};

/// A record of another round or event is nobody's of this round (I10). One that cannot be read belongs to whom its value names.
std::optional<UserId> user_of_record(const AuditInput& input, const ClassedRecord& record) {
    if (const auto* undecodable = std::get_if<Undecodable>(record.decoded)) return undecodable->user;
    if (record.issue == nullptr || record.issue->event != input.event || record.issue->grant.round != input.round) return std::nullopt;
    return record.issue->grant.user;
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

void note(Fate& fate, const Sighting& sighting, const Fates::Sources& sources) {
    switch (sighting.where) {
    case Where::told:
        if (!fate.applied) fate.told_only_no = true;
        fate.applied = true;
        note_answer(fate, sources.histories[sighting.history]->entries[sighting.index].answer);
        return;
    case Where::claim:
        if (!fate.claim) fate.claim = sources.gate->claims[sighting.index].slot;
        return;
    case Where::outbox: return;
    case Where::record: {
        const auto& record = sources.records[sighting.index];
        const bool was_issued = record.becomes == RecordClass::issued || record.becomes == RecordClass::already_issued;
        if (was_issued || (record.admitted.admission == Admission::issue && record.becomes != RecordClass::failed)) fate.is_on_topic = true;
        return;
    }
    case Where::failed_event: {
        const auto& event = sources.ledger->failed[sighting.index];
        if (!event.resolved) fate.failed = &event;
        return;
    }
    case Where::abandoned: fate.was_abandoned = true; return;
    case Where::row:
        if (!fate.row) fate.row = sources.ledger->coupons[sighting.index].slot;
        return;
    }
}

} // namespace

std::span<const Sighting> Fate::seen(Where where) const {
    const auto begin = std::partition_point(sightings.begin(), sightings.end(), [&](const Sighting& one) { return one.where < where; });
    const auto end = std::partition_point(begin, sightings.end(), [&](const Sighting& one) { return one.where == where; });
    return {begin, end};
}

Fates::Fates(const AuditInput& input, const Sources& sources) {
    const auto user_of = [](const auto& thing) { return std::optional(thing.user); };
    Witness witness;
    for (std::size_t i = 0; i < sources.histories.size(); ++i)
        witness.look(Where::told, sources.histories[i]->entries, user_of, i);
    if (sources.gate != nullptr) {
        witness.look(Where::claim, sources.gate->claims, user_of);
        witness.look(Where::outbox, sources.gate->outbox, user_of);
    }
    witness.look(Where::record, sources.records, [&](const ClassedRecord& record) { return user_of_record(input, record); });
    if (sources.ledger != nullptr) {
        witness.look(Where::failed_event, sources.ledger->failed, [&](const FailedEvent& event) { return user_of_failed(input, event); });
        witness.look(Where::abandoned, sources.ledger->abandoned, user_of);
        witness.look(Where::row, sources.ledger->coupons, user_of);
    }
    sightings_ = witness.sorted();

    const std::span<const Sighting> all(sightings_);
    for (std::size_t from = 0; from < all.size();) {
        std::size_t to = from;
        Fate fate;
        fate.user = all[from].user;
        for (; to < all.size() && all[to].user == fate.user; ++to)
            note(fate, all[to], sources);
        fate.sightings = all.subspan(from, to - from);
        fates_.push_back(fate);
        from = to;
    }
}

const Fate* Fates::find(UserId user) const {
    const auto found =
        std::lower_bound(fates_.begin(), fates_.end(), user, [](const Fate& fate, UserId wanted) { return fate.user < wanted; });
    return found == fates_.end() || found->user != user ? nullptr : &*found;
}

} // namespace coupon
