#include "flow/worker/issuer.hpp"

#include "core/batch_rule.hpp"

#include <algorithm>
#include <utility>

namespace coupon {

namespace {

constexpr Milliseconds slice{100};
constexpr Milliseconds first_back_off{100};
constexpr Milliseconds longest_back_off{2000};
constexpr Milliseconds long_pace{5000};

/// While records come, the offsets are committed so often. A commit costs a broker as much as a batch costs a database, and what it
/// saves a successor is to read so much again and to find it issued.
constexpr Milliseconds commit_interval{100};
constexpr Milliseconds calm{10};

/// How long a record waits at the most to be taken in while something is written.
constexpr Milliseconds moment{1};

bool is_transient(FaultKind kind) {
    return kind == FaultKind::unreachable || kind == FaultKind::unknown || kind == FaultKind::refused;
}

/// A fault that no waiting cures, if there is one among these.
Status unless_fatal(const std::vector<Fault>& faults) {
    const auto fatal = std::find_if(faults.begin(), faults.end(), [](const Fault& fault) { return !is_transient(fault.kind); });
    return fatal == faults.end() ? Status(Done{}) : *fatal;
}

} // namespace

Issuer::Issuer(const ConsumeSettings& settings, Subscriber& subscriber, const Ledgers& ledgers, IssuedLately& issued, World& world,
               Journal& journal, EndsAt ends_at)
    : settings_(settings), subscriber_(subscriber), issued_(issued), world_(world), journal_(journal), ends_at_(ends_at),
      ledger_trouble_(journal), topic_trouble_(journal), failed_log_(journal), turns_(ledgers.size()), pause_(first_back_off),
      pace_(settings.max_rate, settings.event, world.now()),
      lanes_(ledgers, [this] { return world_.now() + time_of_call(settings_, ends_at_, world_.now()); }) {
    // In-flight transactions finish, one way or the other, before their partitions are reassigned.
    subscriber_.before_revoke([this] { lanes_.drop(); });
}

Issuer::~Issuer() {
    subscriber_.before_revoke({});
}

Status Issuer::run(const std::function<bool()>& should_end, const std::function<bool()>& may_issue,
                   const std::function<void(bool)>& holds_first_partition) {
    may_issue_ = may_issue;
    holds_first_partition_ = holds_first_partition;
    while (!should_end()) {
        tell_status();
        note_written();
        commit_when_due();
        failed_log_.tell_when_due(world_.now());
        if (const auto faults = lanes_.stopped_by(); !faults.empty()) {
            if (auto done = back_off(faults); !done) return done;
            continue;
        }
        if (auto taken = take_next(); !taken) return taken;
        hand_over();
    }
    for (std::size_t lane = 0; may_issue() && lane < lanes_.count(); ++lane) {
        while (!turns_.is_empty(lane))
            hand_over(lane);
    }
    lanes_.wait_until_written(time_of_call(settings_, ends_at_, world_.now()));
    note_written();
    failed_log_.tell();
    if (auto ended = unless_fatal(lanes_.stopped_by()); !ended) return ended;
    commit();
    return Done{};
}

Status Issuer::take_next() {
    const auto may_take = is_paced();
    if (!may_take) return may_take.fault();
    if (!*may_take) return Done{};
    const bool had_nothing = has_nothing_in_hand();
    auto polled = poll(time_to_listen());
    if (!polled) return polled.fault();
    has_caught_up_ = had_nothing && *polled == News::none;
    // Nothing came although something might have: the pace starts again from now, so that what was missed is not caught up in a burst.
    if (has_caught_up_) pace_.restart(world_.now());
    // A record may come, or a transaction end: neither waits for the other for long.
    if (*polled == News::none && !lanes_.is_idle()) lanes_.wait_for_news(moment);
    return Done{};
}

Result<bool> Issuer::is_paced() {
    const auto missing = pace_.missing(world_.now());
    if (missing == Milliseconds(0)) {
        if (std::exchange(is_paused_, false)) subscriber_.resume();
        return true;
    }
    if (!lanes_.is_idle()) {
        lanes_.wait_for_news(moment);
        return false;
    }
    // The group expects a sign of life every few minutes; a slower pace must poll on without taking records.
    if (missing > long_pace && !std::exchange(is_paused_, true)) subscriber_.pause();
    const auto wait = std::min(missing, time_to_listen());
    if (!is_paused_) {
        world_.pause(wait);
    } else if (auto polled = poll(wait); !polled) {
        return polled.fault();
    }
    return false;
}

Milliseconds Issuer::time_to_listen() const {
    if (!lanes_.is_idle()) return Milliseconds(0);
    // What is settled is committed as soon as nothing more comes; that the event is drained is heard of as soon.
    auto time = has_begun_ && positions_.uncommitted().empty() && !settings_.until_drained ? slice : calm;
    if (!has_begun_) return time;
    if (const auto due = turns_.due()) time = std::clamp(std::chrono::ceil<Milliseconds>(*due - world_.now()), Milliseconds(0), time);
    return time;
}

Result<Issuer::News> Issuer::poll(Milliseconds wait) {
    tell_status();
    auto polled = subscriber_.poll(wait);
    tell_membership();
    // A topic that is gone is made again, and the redrive publishes the claims again. A drain cannot wait for that: it ends.
    if (!polled && polled.fault().kind == FaultKind::missing && !settings_.until_drained) {
        is_topic_gone_ = true;
        tell_gone(polled.fault());
        world_.pause(slice);
        return News::none;
    }
    if (!polled) return polled.fault();
    if (std::exchange(is_topic_gone_, false)) topic_trouble_.over("the topic is there again; it is read from its beginning");
    const auto news = std::holds_alternative<NothingCame>(*polled) ? News::none : News::some;
    take(std::move(*polled));
    return news;
}

void Issuer::take(Polled&& polled) {
    if (auto* record = std::get_if<SourceRecord>(&polled)) {
        take(std::move(*record));
    } else if (const auto* end = std::get_if<PartitionEnd>(&polled)) {
        positions_.reached_end(end->partition, end->next);
    } else if (const auto* changed = std::get_if<AssignmentChanged>(&polled)) {
        take(*changed);
    } else if (const auto* away = std::get_if<BrokerAway>(&polled)) {
        is_broker_away_ = true;
        topic_trouble_.trouble(away->fault.text() + "; waiting for it");
    } else if (std::holds_alternative<BrokerBack>(polled)) {
        is_broker_away_ = false;
        compare_logs_();
        topic_trouble_.over("kafka is back");
    }
}

void Issuer::take(SourceRecord&& record) {
    pace_.took(record, world_.now());
    positions_.read(record.at);
    note_offset(record);
    turns_.add(std::move(record), world_.now() + settings_.linger);
    hold_full();
}

void Issuer::hold_full() {
    if (held_ == turns_.full()) return;
    held_ = turns_.full();
    subscriber_.hold(held_);
}

void Issuer::take(const AssignmentChanged& changed) {
    // In-flight records will come again, here or at another worker; committing old positions would move the group back.
    lanes_.drop();
    note_written();
    positions_.forget();
    forget_offsets();
    compare_logs_();
    turns_.assign(changed.partitions);
    held_.clear(); // a new assignment holds none
    pace_.forget_taken();
    // A broker that was away lets a worker back into its group only when its former self's session is over, seconds later. Until then
    // whoever redrove and armed goes on: both may be done twice.
    if (!is_broker_away_ || !changed.partitions.empty()) holds_first_partition_(changed.partitions.contains(0));
    const auto list = listed(changed.partitions);
    journal_.info(list.empty() ? "no partitions assigned" : "partitions assigned:" + list);
}

bool Issuer::may_issue() {
    has_begun_ = may_issue_();
    return has_begun_;
}

void Issuer::hand_over() {
    if (!may_issue()) return;
    for (std::size_t lane = 0; lane < lanes_.count(); ++lane) {
        if (is_due(lane)) hand_over(lane);
    }
}

bool Issuer::is_due(std::size_t lane) const {
    // One batch waits while another one is written; the partitions of the lane share what comes later.
    if (lanes_.waiting(lane) > 0) return false;
    if (turns_.fills_batch(lane, settings_.batch)) return true;
    const auto due = turns_.due(lane);
    return due && world_.now() >= *due && lanes_.is_idle(lane);
}

void Issuer::hand_over(std::size_t lane) {
    lanes_.give(lane, turns_.next_batch(lane, settings_.batch));
    hold_full();
}

bool Issuer::has_nothing_in_hand() const {
    return lanes_.is_idle() && turns_.is_empty();
}

void Issuer::note_written() {
    for (auto& written : lanes_.take_written()) {
        count(written);
        for (const auto& record : written.batch)
            positions_.settled(record.at);
        hand_on(std::move(written));
        if (lanes_.is_troubled()) continue;
        ledger_trouble_.over("the ledger is back");
        pause_ = first_back_off;
    }
}

Status Issuer::back_off(const std::vector<Fault>& faults) {
    if (auto curable = unless_fatal(faults); !curable) return curable;
    ledger_trouble_.trouble(faults.front().text_with("trying again, nothing is lost"));
    subscriber_.pause();
    const Tick until = world_.now() + pause_;
    while (world_.now() < until && !world_.stopping()) {
        // Polling keeps this worker in the group while the database is away.
        if (auto polled = poll(std::min(slice, pause_)); !polled) return polled.fault();
    }
    subscriber_.resume();
    is_paused_ = false;
    pause_ = std::min(pause_ * 2, longest_back_off);
    pace_.restart(world_.now());
    // Nothing of these batches is committed on the topic, so leaving now loses nothing: they come again.
    if (!world_.stopping()) lanes_.go_on();
    return Done{};
}

void Issuer::count(const Written& written) {
    const auto& outcomes = written.outcomes;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        pace_.settled(written.batch[i], outcomes[i]);
        switch (outcomes[i].becomes) {
        case RecordClass::issued: ++report_.issued; break;
        case RecordClass::already_issued: ++report_.already_issued; break;
        case RecordClass::stale: ++report_.stale; break;
        case RecordClass::fenced: ++report_.fenced; break;
        case RecordClass::failed:
            ++report_.failed;
            ++report_.failed_by_kind[outcomes[i].kind];
            failed_log_.note(written.batch[i].at, outcomes[i], world_.now());
            break;
        }
    }
}

void Issuer::hand_on(Written&& written) {
    auto& batch = written.batch;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const auto& outcome = written.outcomes[i];
        if (outcome.becomes == RecordClass::failed && outcome.kind == FailedKind::conflict) issued_.lost_its_slot(batch[i]);
        if (!is_issued(outcome)) continue;
        if (kept != i) batch[kept] = std::move(batch[i]);
        ++kept;
    }
    batch.resize(kept);
    if (!batch.empty()) issued_.add(std::move(batch));
}

void Issuer::commit_when_due() {
    if (has_caught_up_ || world_.now() - committed_last_ >= commit_interval) commit();
}

void Issuer::commit() {
    if (positions_.uncommitted().empty()) return;
    committed_last_ = world_.now();
    const auto committed = subscriber_.commit(positions_.uncommitted(), world_.now() + time_of_call(settings_, ends_at_, world_.now()));
    // Another worker has the partition now and will find the rows already issued. Otherwise the next commit carries these offsets too.
    if (committed || committed.fault().kind == FaultKind::not_mine) {
        positions_.committed();
        topic_trouble_.over("kafka is back");
    } else if (committed.fault().kind == FaultKind::missing) {
        tell_gone(committed.fault());
    } else {
        topic_trouble_.trouble(committed.fault().text_with("the offsets are committed later"));
    }
}

} // namespace coupon
