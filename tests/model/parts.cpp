#include "model/parts.hpp"

namespace coupon::model {

namespace {

void add_memory(Key& key, const GateMemory& memory) {
    key.add(std::int64_t{memory.has_value()});
    if (!memory) return;
    const auto& fields = memory->fields;
    key.add(fields.round).add(fields.epoch).add(fields.limit).add(fields.door).add(fields.granted).add(fields.published);
    key.add(fields.token)
        .add(std::int64_t{fields.untold})
        .add(std::int64_t{fields.is_old_copy})
        .add(fields.armed_with)
        .add(fields.arming)
        .add(fields.free.text())
        .add(memory->claims)
        .add(memory->outbox);
}

} // namespace

void GateSide::add_to(Key& key) const {
    key.add(server).add(database).add(std::int64_t{went_back}).add(std::int64_t{is_armed_again});
    add_memory(key, memory);
}

std::optional<RoundRow> LedgerSide::highest() const {
    if (rows.rounds.empty()) return std::nullopt;
    return rows.rounds.rbegin()->second;
}

void LedgerSide::add_to(Key& key) const {
    key.add(rows.rounds).add(rows.fences).add(rows.slot_of).add(failed).add(given_up);
    key.add(static_cast<std::int64_t>(purge_offsets.size()));
    for (const auto& [round, offsets] : purge_offsets) {
        key.add(round).add(static_cast<std::int64_t>(offsets.size()));
        for (const auto& [partition, offset] : offsets)
            key.add(std::int64_t{partition}).add(offset);
    }
}

std::int32_t TopicSide::partition_of(UserId user) const {
    return static_cast<std::int32_t>(user.value() % static_cast<std::int64_t>(partitions.size()));
}

void TopicSide::append(const Grant& grant) {
    partitions[static_cast<std::size_t>(partition_of(grant.user))].records.push_back(grant);
}

std::map<std::int32_t, std::int64_t> TopicSide::ends() const {
    std::map<std::int32_t, std::int64_t> ends;
    for (std::size_t i = 0; i < partitions.size(); ++i)
        ends[static_cast<std::int32_t>(i)] = static_cast<std::int64_t>(partitions[i].records.size());
    return ends;
}

std::map<std::int32_t, std::int64_t> TopicSide::logs() const {
    std::map<std::int32_t, std::int64_t> logs;
    for (std::size_t i = 0; i < partitions.size(); ++i)
        logs[static_cast<std::int32_t>(i)] = partitions[i].log;
    return logs;
}

void TopicSide::add_to(Key& key) const {
    for (const auto& one : partitions)
        key.add(one.records).add(one.forged).add(one.low).add(one.position).add(one.committed).add(one.log);
}

void Air::add_to(Key& key) const {
    key.add(redriven).add(records).add(to_confirm).add(confirms);
    key.add(static_cast<std::int64_t>(claims.size()));
    for (const auto& late : claims)
        key.add(late.number).add(late.user).add(late.round);
    key.add(static_cast<std::int64_t>(together.size()));
    for (const auto& both : together) {
        for (const auto& late : both)
            key.add(late.number).add(late.user).add(late.round);
    }
}

void Applicant::add_to(Key& key) const {
    key.add(user).add(round).add(told_before).add(way.step()).add(std::int64_t{in_doubt}).add(std::int64_t{late_in_doubt});
    if (is_told()) {
        // Who has his answer does nothing any more, and no invariant asks for more of it than this.
        const auto answer = way.told().answer;
        const bool is_no = answer == Answer::closed || answer == Answer::error;
        const bool says_nothing = answer == Answer::pending || answer == Answer::duplicate || answer == Answer::unknown;
        key.add(is_no ? Answer::closed : says_nothing ? Answer::pending : answer);
        if (answer == Answer::granted) key.add(way.told().slot);
        if (answer == Answer::sold_out) key.add(sold_out_in);
        return;
    }
    key.add(std::int64_t{landed}).add(checked).add(sent.epoch).add(sent.slot).add(std::int64_t{claims_sent});
    if (way.step() == ApplyStep::publish || way.step() == ApplyStep::confirm) key.add(way.grant());
    // What the application would be told now shows the rest of what it remembers: its claim, whose it is, whether a try went unanswered.
    auto probe = way;
    probe.on_deadline({});
    key.add(probe.told().answer).add(probe.told().slot).add(probe.told().level);
}

void Workers::add_to(Key& key) const {
    for (const auto& one : each)
        key.add(one.met).add(std::int64_t{one.has_looked});
    key.add(std::int64_t{fresh});
}

void RollBackWatcher::add_to(Key& key) const {
    key.add(written).add(losers);
    for (const auto& progress : {before, to_disarm}) {
        key.add(std::int64_t{progress.has_value()});
        if (progress) key.add(progress->round).add(progress->epoch).add(progress->granted).add(progress->published);
    }
}

GrantOrder<PlainGrants> ApplyProgram::order() const {
    GrantOrder<PlainGrants> order;
    for (const auto& one : heard)
        std::ignore = order.is_in_order(one.grant, one.sent, one.is_fresh);
    return order;
}

void ApplyProgram::add_to(Key& key) const {
    key.add(alarm).add(static_cast<std::int64_t>(heard.size()));
    for (const auto& one : heard)
        key.add(one.grant).add(one.sent.epoch).add(one.sent.slot).add(std::int64_t{one.is_fresh});
}

void Armer::add_to(Key& key) const {
    key.add(step);
    if (step == Step::idle) return;
    key.add(facts).add(ticket).add(row).add(fences).add(failed).add(voided).add(missing).add(lost).add(std::int64_t{is_issued});
    key.add(order.granted).add(order.free.text()).add(std::int64_t{order.ledger_closed});
    key.add(known.ledger).add(known.topic);
    for (const auto& [partition, end] : ends)
        key.add(std::int64_t{partition}).add(end);
    for (const auto& [partition, end] : topic_ends)
        key.add(std::int64_t{partition}).add(end);
    for (const auto& [partition, log] : logs)
        key.add(std::int64_t{partition}).add(log);
}

void Resetter::add_to(Key& key) const {
    key.add(std::int64_t{runs});
    if (!runs) return;
    const auto stage = way.stage();
    key.add(way.token()).add(stage).add(way.old_round()).add(way.new_round()).add(std::int64_t{way.is_resuming()});
    // Of the ledger's highest round it compares the number; the owner, where it closes the round; that it is abandoned, up to the gate's
    // closing. Of the gate it compares what it saw then; afterwards it remembers whether there was one.
    const auto& highest = way.highest_row();
    key.add(highest ? std::optional(highest->round) : std::nullopt);
    key.add(stage == ResetStage::close_round && highest ? highest->owner : std::string());
    const bool is_closing = stage <= ResetStage::close_gate;
    key.add(std::int64_t{is_closing && highest && highest->state == RoundState::abandoned});
    key.add(is_closing || stage == ResetStage::give_up_gate ? way.seen() : std::nullopt);
    const bool looks_from_start = stage == ResetStage::settle && !way.seen();
    key.add(std::int64_t{looks_from_start});
    key.add(way.created_with())
        .add(std::int64_t{stage == ResetStage::settle && !looks_from_start ? std::max(call, 2) : call})
        .add(std::int64_t{misjudged})
        .add(gate)
        .add(claims);
    for (const auto& pulse : {look.before, look.after})
        key.add(std::int64_t{pulse.armed}).add(pulse.round).add(pulse.epoch).add(pulse.granted).add(pulse.published).add(pulse.outbox);
    key.add(static_cast<std::int64_t>(look.partitions.size()));
    for (const auto& one : look.partitions)
        key.add(one.low).add(one.high).add(one.committed);
    for (const auto& [partition, end] : ends)
        key.add(std::int64_t{partition}).add(end);
}

void Closer::add_to(Key& key) const {
    key.add(stands).add(std::int64_t{after_reopen}).add(std::int64_t{misjudged}).add(std::int64_t{before_reset}).add(round);
    if (stands != Stands::runs) return;
    key.add(way.stage()).add(way.mine());
    if (way.stage() == CloseStage::close_round) key.add(way.round());
}

void Reopener::add_to(Key& key) const {
    key.add(stands).add(std::int64_t{after_close});
    if (stands != Stands::runs) return;
    key.add(way.stage()).add(row).add(std::int64_t{has_told}).add(std::int64_t{has_armed}).add(way.round()).add(way.owner());
    if (knows_gate()) key.add(way.seen());
}

bool Reopener::knows_gate() const {
    const auto stage = way.stage();
    const bool looks = stage == ReopenStage::close_round || stage == ReopenStage::reopen_round;
    return stands == Stands::runs && (looks || stage == ReopenStage::mark_told || stage == ReopenStage::open_gate);
}

void Watcher::add_to(Key& key) const {
    key.add(step);
    if (step == Step::idle) return;
    key.add(token).add(row).add(seen).add(then);
}

void Redriver::add_to(Key& key) const {
    key.add(step).add(round).add(epoch).add(claims).add(outbox);
}

} // namespace coupon::model
