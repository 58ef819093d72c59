#include "flow/audit/preflight.hpp"

#include "flow/quiescent.hpp"
#include "flow/topic_survey.hpp"

namespace coupon {

namespace {

class Reading {
public:
    Reading(const PreflightSettings& settings, World& world) : settings_(settings), world_(world) {
        input_.opening = settings.opening;
        input_.event = settings.event;
        input_.topic_name = settings.topic;
        input_.group = settings.group;
        input_.plan = settings.plan;
        input_.now = wall(world.now());
    }

    void read_gate(GateReader& gate) {
        const Tick asked = world_.now();
        auto told = gate.settings(soon());
        const Tick answered = world_.now();
        if (!told) {
            input_.gate_away = told.fault();
            return;
        }
        const auto summary = gate.summary(soon());
        if (!summary && summary.fault().kind != FaultKind::missing && summary.fault().kind != FaultKind::corrupt) {
            input_.gate_away = summary.fault();
            return;
        }
        if (summary) {
            input_.look = GateLook{summary->fields, summary->server, summary->outbox, summary->defects};
        } else if (summary.fault().kind == FaultKind::corrupt) {
            input_.look = GateLook{{}, {}, 0, {summary.fault().message}};
        }
        input_.gate_address = gate.address();
        input_.gate_clock = skew(told->now, asked, answered);
        input_.gate = std::move(*told);
    }

    void read_topic(TopicLog& topic) {
        auto told = topic.settings(soon());
        if (!told) {
            input_.topic_away = told.fault();
            return;
        }
        auto group = topic.group(soon());
        if (group) {
            input_.group_sight = std::move(*group);
        } else {
            input_.why_group_is_untold = group.fault().message;
        }
        input_.why_partitions_are_untold = why_not_asked(*told);
        if (told->exists() && input_.why_partitions_are_untold.empty()) {
            auto partitions = topic.partitions(soon());
            if (!partitions) {
                input_.topic_away = partitions.fault();
                return;
            }
            input_.partitions = std::move(*partitions);
        }
        input_.topic = std::move(*told);
    }

    void read_ledger(LedgerReader& ledger) {
        const Tick asked = world_.now();
        auto told = ledger.settings(soon());
        const Tick answered = world_.now();
        if (!told) {
            input_.ledger_away = told.fault();
            return;
        }
        if (told->leftovers && told->missing_tables.empty()) {
            auto rounds = ledger.rounds(soon());
            if (!rounds) {
                input_.ledger_away = rounds.fault();
                return;
            }
            input_.rounds = std::move(*rounds);
        }
        if (told->missing_tables.empty() && input_.rounds.empty() && told->leftovers) {
            auto events = ledger.events(soon());
            if (!events) {
                input_.ledger_away = events.fault();
                return;
            }
            input_.events = std::move(*events);
        }
        input_.ledger_clock = skew(told->now, asked, answered);
        input_.ledger = std::move(*told);
    }

    /// REQUIRES: topic and ledger were read, in this order.
    void read_foreign_records(TopicLog& topic, LedgerReader& ledger) {
        input_.why_foreign_is_untold = input_.why_partitions_are_untold;
        if (!input_.why_foreign_is_untold.empty()) return;
        ForeignRecordScope scope{settings_.event, input_.partitions, input_.rounds, {}};
        auto settled = settled_by_workers(ledger, soon());
        if (!settled) {
            input_.why_foreign_is_untold = settled.fault().message;
            return;
        }
        scope.settled = std::move(*settled);
        const auto found = survey_topic(scope, topic, ledger, world_, settings_.timeout);
        if (found) {
            input_.foreign = found->foreign;
        } else {
            input_.why_foreign_is_untold = found.fault().message;
        }
    }

    /// REQUIRES: topic and ledger were read, in this order.
    void leave_out_settled(TopicLog& topic, LedgerReader& ledger) {
        const auto group =
            coupon::leave_out_settled(input_.partitions, {settings_.event, settings_.topic}, topic, ledger, world_, settings_.timeout);
        if (!group) input_.topic_away = group.fault();
    }

    PreflightInput take() {
        const auto* row = input_.highest();
        if (settings_.limit || row != nullptr) input_.limit = settings_.limit ? *settings_.limit : row->limit;
        if (settings_.window || row != nullptr) input_.window = settings_.window ? *settings_.window : row->window;
        return std::move(input_);
    }

    PreflightInput& input() { return input_; }

private:
    [[nodiscard]] Deadline soon() const { return world_.now() + settings_.timeout; }

    /// Ends are asked of each partition's leader, offsets of the group's coordinator; the lines of both say what is wrong with them.
    [[nodiscard]] std::string why_not_asked(const TopicSettings& told) const {
        if (!told.are_leaders_reached()) return "a partition has no leader that answers";
        if (!input_.group_sight) return input_.why_group_is_untold;
        return input_.group_sight->has_coordinator ? std::string() : no_coordinator_text(settings_.group);
    }

    [[nodiscard]] Instant wall(Tick tick) const { return settings_.started_at + std::chrono::round<Milliseconds>(tick - settings_.start); }

    /// The server looked at its clock at some moment between the two.
    [[nodiscard]] ClockSkew skew(Instant told, Tick asked, Tick answered) const {
        const auto half = (answered - asked) / 2;
        return {told - wall(asked + half), std::chrono::ceil<Milliseconds>(half)};
    }

    const PreflightSettings& settings_;
    World& world_;
    PreflightInput input_;
};

} // namespace

PreflightReport preflight(const PreflightSettings& settings, const PreflightStores& stores, World& world) {
    Reading reading(settings, world);
    reading.input().gate_away = stores.gate_away;
    reading.input().topic_away = stores.topic_away;
    reading.input().ledger_away = stores.ledger_away;
    if (stores.gate != nullptr) reading.read_gate(*stores.gate);
    if (stores.topic != nullptr) reading.read_topic(*stores.topic);
    if (stores.ledger != nullptr) reading.read_ledger(*stores.ledger);
    const auto& input = reading.input();
    const bool can_compare = stores.topic != nullptr && stores.ledger != nullptr && input.topic && input.ledger && input.ledger->leftovers;
    if (can_compare) reading.leave_out_settled(*stores.topic, *stores.ledger);
    if (can_compare && settings.opening != Opening::new_round) reading.read_foreign_records(*stores.topic, *stores.ledger);
    return preflight(reading.take(), settings.accepted);
}

PreflightReport preflight(const PreflightSettings& settings, const AuditPorts& ports, World& world) {
    const auto gate = ports.open_gate();
    const auto topic = ports.open_topic();
    const auto ledger = ports.open_ledger();
    PreflightStores stores;
    if (gate) stores.gate = gate->get();
    if (topic) stores.topic = topic->get();
    if (ledger) stores.ledger = ledger->get();
    if (!gate) stores.gate_away = gate.fault();
    if (!topic) stores.topic_away = topic.fault();
    if (!ledger) stores.ledger_away = ledger.fault();
    return preflight(settings, stores, world);
}

} // namespace coupon
