#include "flow/recover/recover.hpp"

#include "flow/recover/repeated.hpp"
#include "flow/recover/still_picture.hpp"
#include "flow/worker/lost_logs.hpp"
#include "flow/worker/redrive.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace coupon {

namespace {

constexpr std::size_t batch = 500;
/// Offsets of a partition that one call reads.
constexpr std::int64_t offsets_at_once = 50'000;

/// Carries out one plan, as far as the servers let it.
class Carrying {
public:
    Carrying(const RecoverSettings& settings, const RecoverPorts& ports, const RecoverReport& report, RecoveryDone& done)
        : settings_(settings), ports_(ports), plan_(report.plan), epochs_{{*report.round, report.plan.epoch}}, done_(done) {}

    Status run() {
        for (const auto step : {&Carrying::give_skipped, &Carrying::retry_failed, &Carrying::publish}) {
            if (auto done = (this->*step)(); !done) return done;
        }
        return Done{};
    }

private:
    [[nodiscard]] Deadline soon() const { return ports_.world.now() + settings_.timeout; }
    [[nodiscard]] Status unless_stopping() const {
        if (!ports_.world.stopping()) return Done{};
        return Fault{FaultKind::interrupted, "interrupted before all of the plan was done", "run it again; what was done stays done"};
    }

    Status give_skipped();
    /// not_quiescent where a fence was of a lost log: the plan was made by it.
    Status compare_logs(TopicLog& topic);
    Status give(TopicLog& topic, std::span<const SourcePosition> places);
    Status issue(std::span<const SourceRecord> records);
    Status retry_failed();
    Status publish();

    const RecoverSettings& settings_;
    const RecoverPorts& ports_;
    const RecoveryPlan& plan_;
    std::map<Round, Epoch> epochs_;
    RecoveryDone& done_;
};

Status Carrying::give_skipped() {
    if (plan_.skipped.empty()) return Done{};
    const auto topic = ports_.look.open_topic();
    if (!topic) return topic.fault();
    if (auto compared = compare_logs(**topic); !compared) return compared;
    const std::span<const SourcePosition> places(plan_.skipped);
    for (std::size_t from = 0; from < places.size();) {
        // A run of places close to each other in one partition, so that one read brings them.
        std::size_t to = from;
        while (to < places.size() && places[to].partition == places[from].partition &&
               places[to].offset < places[from].offset + offsets_at_once)
            ++to;
        if (auto given = give(**topic, places.subspan(from, to - from)); !given) return given;
        from = to;
    }
    return Done{};
}

Status Carrying::compare_logs(TopicLog& topic) {
    const auto partitions = topic.partitions(soon());
    if (!partitions) return partitions.fault();
    const auto lost = let_lost_logs_go(epochs_.begin()->first, *partitions, topic, ports_.ledger, ports_.world, settings_.timeout);
    if (!lost) return lost.fault();
    if (lost->empty()) return Done{};
    return Fault{FaultKind::not_quiescent, lost->front(), "run it again: the plan was made before"};
}

Status Carrying::give(TopicLog& topic, std::span<const SourcePosition> places) {
    std::vector<SourceRecord> records;
    const OffsetRange range{places.front().partition, places.front().offset, places.back().offset + 1};
    const auto read = topic.read(
        {range},
        [&](const SourceRecord& record) {
            if (std::binary_search(places.begin(), places.end(), record.at)) records.push_back(record);
        },
        soon() + settings_.timeout);
    if (!read) return read;
    const std::span<const SourceRecord> all(records);
    for (std::size_t from = 0; from < all.size(); from += batch) {
        if (auto issued = issue(all.subspan(from, std::min(batch, all.size() - from))); !issued) return issued;
    }
    return Done{};
}

Status Carrying::issue(std::span<const SourceRecord> records) {
    if (auto goes_on = unless_stopping(); !goes_on) return goes_on;
    const auto outcomes = repeated(ports_.world, [&] { return ports_.ledger.issue_skipped(records, soon()); });
    if (!outcomes) return outcomes.fault();
    for (const auto& outcome : *outcomes) {
        switch (outcome.becomes) {
        case RecordClass::issued:
        case RecordClass::already_issued: ++done_.issued; break;
        case RecordClass::failed: ++done_.kept; break;
        case RecordClass::stale:
        case RecordClass::fenced: ++done_.passed_over; break;
        }
    }
    return Done{};
}

Status Carrying::retry_failed() {
    const std::span<const RecordIdentity> all(plan_.issuable);
    for (std::size_t from = 0; from < all.size(); from += batch) {
        if (auto goes_on = unless_stopping(); !goes_on) return goes_on;
        const auto some = all.subspan(from, std::min(batch, all.size() - from));
        const auto outcome = repeated(ports_.world, [&] { return ports_.ledger.retry(some, epochs_, soon()); });
        if (!outcome && outcome.fault().kind == FaultKind::conflict)
            return Fault{FaultKind::not_quiescent, outcome.fault().message, "the gate was armed again meanwhile; run this again"};
        if (!outcome) return outcome.fault();
        done_.issued_at_last += static_cast<std::int64_t>(outcome->resolved.size());
        done_.still_failed += static_cast<std::int64_t>(outcome->still_failed.size());
    }
    return Done{};
}

Status Carrying::publish() {
    const auto pending = publish_again(plan_.pending, plan_.key, ports_.publisher, ports_.world, settings_.event);
    const auto unconfirmed = confirm_published(pending.acknowledged, plan_.key, ports_.gate, ports_.world, settings_.timeout);
    done_.published = static_cast<std::int64_t>(pending.acknowledged.size());
    if (pending.failures.denied) return *pending.failures.denied;
    if (unconfirmed.denied) return *unconfirmed.denied;
    const auto lost = publish_again(plan_.lost, plan_.key, ports_.publisher, ports_.world, settings_.event);
    done_.published += static_cast<std::int64_t>(lost.acknowledged.size());
    if (lost.failures.denied) return *lost.failures.denied;
    const bool is_all_published = pending.acknowledged.size() == plan_.pending.size() && lost.acknowledged.size() == plan_.lost.size();
    if (is_all_published && !unconfirmed.first) return Done{};
    if (auto goes_on = unless_stopping(); !goes_on) return goes_on;
    if (is_all_published) {
        return Fault{FaultKind::unknown, text_of(unconfirmed, "be confirmed"),
                     "run it again: a claim that stays pending is published and confirmed again"};
    }
    auto unpublished = pending.failures;
    unpublished.add(lost.failures);
    return Fault{FaultKind::unknown,
                 "the topic acknowledged " + std::to_string(done_.published) + " of " +
                     std::to_string(plan_.pending.size() + plan_.lost.size()) +
                     " records: " + (unpublished.first ? unpublished.first->message : "no report in time"),
                 "run it again: a record that comes twice is issued once"};
}

Result<RecoveryPlan> look(const RecoverSettings& settings, const RecoverPorts& ports, RecoverReport& report) {
    const auto picture = take_still_picture(settings, ports);
    if (!picture) return picture.fault();
    report.moving = picture->moving;
    if (!picture->moving.empty()) return RecoveryPlan{};
    report.round = picture->input.round;
    auto plan = plan_recovery(picture->input, picture->failed, settings.grace);
    if (!picture->strangers.empty()) plan.for_a_person.push_back(stranger_finding(picture->strangers));
    return plan;
}

} // namespace

Status plan_recovery(const RecoverSettings& settings, const RecoverPorts& ports, RecoverReport& report) {
    // Held until this ledger goes: a reset would change what is looked at, and end the round that is worked on.
    if (auto locked = ports.ledger.lock_resets(ports.world.now() + settings.timeout); !locked) return locked;
    auto plan = look(settings, ports, report);
    if (!plan) return plan.fault();
    report.plan = std::move(*plan);
    return Done{};
}

Status carry_out(const RecoverSettings& settings, const RecoverPorts& ports, RecoverReport& report) {
    report.done.emplace();
    if (auto carried = Carrying(settings, ports, report, *report.done).run(); !carried) return carried;
    auto left = look(settings, ports, report);
    if (!left) return left.fault();
    if (report.moving.empty()) report.left = std::move(*left);
    return Done{};
}

} // namespace coupon
