#include "flow/reset/reset_walk.hpp"

#include "core/reset_steps.hpp"
#include "core/wording.hpp"
#include "flow/reset/new_gate.hpp"
#include "flow/reset/reset_look.hpp"
#include "flow/reset/reset_settle.hpp"
#include "flow/reset/reset_texts.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace coupon {

namespace {

constexpr Milliseconds ledger_pause{50};

/// One walk through the stages of core/reset_steps.hpp.
class Walk {
public:
    Walk(const ResetSettings& settings, const ResetPorts& ports, ResetReport& report, const ResetStart& start)
        : settings_(settings), ports_(ports), report_(report), start_(start),
          way_(ports.world.random_word(), settings.force ? Force::yes : Force::no), now_(start.now) {}

    /// Walks to the end. True when the round that is open now is the one wanted; false when an interrupted reset with other wishes was
    /// finished and one more round is needed.
    Result<bool> run() {
        while (true) {
            switch (way_.stage()) {
            case ResetStage::read: read(); break;
            case ResetStage::close_round: close_round(); break;
            case ResetStage::close_gate: close_gate(); break;
            case ResetStage::settle: wait_until_settled(); break;
            case ResetStage::abandon_round: abandon_round(); break;
            case ResetStage::give_up_gate: answer(ports_.keeper.give_up(way_.closed_mark(), soon()), {}); break;
            case ResetStage::list_claims: list_claims(); break;
            case ResetStage::read_topic: read_topic(); break;
            case ResetStage::insert_round: insert_round(); break;
            case ResetStage::purge: purge(); break;
            case ResetStage::create_gate: create_gate(); break;
            case ResetStage::finish_opening: finish_opening(); break;
            case ResetStage::open_gate:
                if (!is_as_wanted()) return false;
                answer(open_gate(), opened_gate_text(settings_));
                break;
            case ResetStage::done: return true;
            case ResetStage::refused: return way_.fault();
            }
        }
    }

private:
    [[nodiscard]] Deadline soon() const { return ports_.world.now() + settings_.timeout; }

    /// The ledger says "not now", without effect, to the victim of a deadlock: resets of two events may meet in the same gap. It is asked
    /// again while there is time.
    template <class Call>
    std::invoke_result_t<Call> ask_ledger(Call call) {
        const Tick until = soon();
        while (true) {
            auto answer = call();
            const bool is_for_now = !answer && answer.fault().kind == FaultKind::refused;
            if (!is_for_now || ports_.world.stopping() || ports_.world.now() >= until) return answer;
            ports_.world.pause(ledger_pause);
        }
    }

    void note(const std::string& status, std::string detail) {
        report_.steps.push_back({name_of(way_.stage()), status, std::move(detail)});
    }

    void answer(const Status& status, const std::string& detail) {
        note(status ? "done" : "failed", status ? detail : status.fault().message);
        way_.on(status);
    }

    void read() {
        const auto look = [&]() -> Result<ResetReading> {
            ResetReading reading;
            const auto summary = ports_.reader.summary(soon());
            if (summary) {
                reading.gate = GateMark{summary->fields.round, summary->fields.token};
                gate_ = summary->fields;
            } else if (summary.fault().kind != FaultKind::missing) {
                return summary.fault();
            }
            const auto rounds = ports_.ledger.rounds(soon());
            if (!rounds) return rounds.fault();
            if (!rounds->empty()) reading.highest = rounds->back();
            // Its records are read later. A topic that does not even tell its ends shows here, before anything is touched.
            if (const auto ends = ports_.topic.partitions(soon()); !ends) return ends.fault();
            return reading;
        };
        const auto reading = look();
        note(reading ? "done" : "failed", reading ? "" : reading.fault().message);
        way_.on_read(reading);
        if (way_.old_round() > Round(0)) report_.previous_round = way_.old_round();
    }

    void close_round() {
        const Round round = way_.highest_row()->round;
        // A kill switch that was pulled since then is not overruled, nor is a round ended that another reset has opened since.
        const auto row = ask_ledger([&] {
            return start_.owner ? ports_.ledger.close_owned_round(round, *start_.owner, way_.token(), soon())
                                : ports_.ledger.close_round(round, way_.token(), soon());
        });
        note(row ? "done" : "failed", row ? closed_round_text(settings_, *row) : row.fault().message);
        way_.on_round_closed(row);
        // The interrupted reset had closed the round before already.
        if (way_.is_resuming() && round.value() > 1) report_.previous_round = Round(round.value() - 1);
    }

    void close_gate() {
        if (way_.seen()) return answer(ports_.keeper.close(*way_.seen(), way_.token(), soon()), closed_gate_text(settings_, gate_));
        note("skipped", "there is no gate");
        way_.on(Done{});
    }

    void wait_until_settled() {
        const auto settled = settle(settings_, ports_, way_, start_.ahead, report_.warnings);
        if (settled) {
            ends_ = settled->ends;
            highest_on_topic_ = settled->highest_on_topic;
            if (settled->reasons.empty()) {
                note("done", settled_text(way_.old_round()));
            } else if (settings_.force) {
                note("skipped", "forced although " + settled->reasons.front());
            } else {
                note("failed", settled->reasons.front());
            }
            way_.on_settled(settled->reasons, settled->by);
        } else {
            note("failed", settled.fault().message);
            way_.on_settled(settled.fault());
        }
    }

    void abandon_round() {
        answer(ask_ledger([&] { return ports_.ledger.abandon_round(way_.old_round(), way_.token(), soon()); }), {});
    }

    void list_claims() {
        auto given_up = list_given_up(settings_, ports_, way_.old_round());
        if (!given_up) return answer(given_up.fault(), {});
        ends_ = given_up->ends;
        highest_on_topic_ = given_up->highest_on_topic;
        given_up_ = std::move(given_up->claims);
        answer(Done{}, std::to_string(given_up_.size()) + " claims");
    }

    /// Most often it was read together with the rows or the claims.
    void read_topic() {
        const auto highest =
            highest_on_topic_ ? Result<Round>(*highest_on_topic_) : highest_round_on_topic(settings_, ports_, start_.ahead.survey);
        note(highest ? "done" : "failed", highest ? "" : highest.fault().message);
        way_.on_topic_read(highest);
    }

    /// Of each partition: a topic that is gone is made again with these. The ends of another topic mean nothing on this one.
    Result<std::map<std::int32_t, std::int64_t>> offsets_to_purge() {
        if (!settings_.moves_topic && !ends_.empty()) return ends_;
        const auto partitions = ports_.new_topic().partitions(soon());
        if (!partitions) return partitions.fault();
        std::map<std::int32_t, std::int64_t> offsets;
        for (const auto& one : *partitions)
            offsets[one.partition] = 0;
        return offsets;
    }

    void insert_round() {
        NewRound fresh;
        fresh.row = opening_row(settings_, ports_, way_.new_round(), way_.token());
        if (way_.highest_row()) fresh.previous = way_.highest_row()->round;
        fresh.given_up = given_up_;
        auto offsets = offsets_to_purge();
        if (!offsets) return answer(offsets.fault(), {});
        fresh.purge_offsets = std::move(*offsets);
        answer(ask_ledger([&] { return ports_.ledger.insert_round(fresh, soon()); }),
               inserted_round_text(settings_, way_.new_round(), now_));
    }

    void purge() {
        const auto offsets = ports_.ledger.purge_offsets(way_.new_round(), soon());
        // How many records it deletes is told to people alone.
        const auto partitions = ports_.topic.partitions(soon());
        const auto records = offsets && partitions ? records_before(*offsets, *partitions) : 0;
        const Status purged = offsets ? ports_.admin.purge(*offsets, soon()) : Status(offsets.fault());
        if (!purged) {
            report_.warnings.push_back("the topic was not purged: " + purged.fault().message +
                                       "; records of earlier rounds stay, which does no harm: the round in each of them is the fence");
        }
        answer(purged, purged_topic_text(settings_, records));
    }

    /// The new round as the ledger has it: where an interrupted reset is finished, it is the row of that reset.
    Result<RoundRow> new_row() {
        const auto rounds = ports_.ledger.rounds(soon());
        if (!rounds) return rounds.fault();
        if (rounds->empty() || rounds->back().round != way_.new_round()) {
            return Fault{FaultKind::conflict, "round " + way_.new_round().text() + " is not the highest any more",
                         "another coupon-reset opened a round since; coupon-audit shows it"};
        }
        return rounds->back();
    }

    void create_gate() {
        const auto row = new_row();
        const auto created = row ? create_gate_of(*row, way_.token(), ports_, settings_.timeout) : Result<ServerIdentity>(row.fault());
        note(created ? "done" : "failed", created ? opened_gate_text(settings_) : created.fault().message);
        gate_is_another_ = row && !created && created.fault().kind == FaultKind::conflict;
        way_.on_created(created);
    }

    Status verify() {
        const auto row = new_row();
        if (!row) return row.fault();
        row_ = *row;
        const auto summary = ports_.reader.summary(soon());
        if (!summary) return summary.fault();
        now_ = summary->now;
        if (auto right = check_created(*summary, *row, way_.token()); !right) return right;
        const auto partitions = ports_.topic.partitions(soon());
        if (!partitions) return partitions.fault();
        return Done{};
    }

    void finish_opening() {
        const auto verified = verify();
        const GateHome home{way_.created_with().run_id, way_.created_with().database, home_addresses(settings_, ports_.reader)};
        const auto finish = [&] { return ports_.ledger.finish_opening(way_.new_round(), way_.token(), home, soon()); };
        answer(verified ? ask_ledger(finish) : verified, "gate, topic and ledger agree");
    }

    [[nodiscard]] bool is_as_wanted() const { return !way_.is_resuming() || (row_ && coupon::is_as_wanted(*row_, settings_)); }

    /// A worker may have begun to arm the new gate; then it only remains to be opened.
    Status open_gate() {
        const Tick until = soon();
        while (true) {
            const auto opened = ports_.keeper.open_and_arm(way_.created_mark(), way_.created_with(), soon());
            if (opened || opened.fault().kind != FaultKind::conflict) return opened;
            const auto summary = ports_.reader.summary(soon());
            const bool is_mine = summary && summary->fields.round == way_.new_round() && summary->fields.token == way_.token();
            if (is_mine && summary->armed()) return ports_.keeper.reopen(way_.created_mark(), way_.token(), row_->window.closes_at, soon());
            if (!is_mine || ports_.world.now() >= until) return opened;
            ports_.world.pause(Milliseconds(50));
        }
    }

    const ResetSettings& settings_;
    const ResetPorts& ports_;
    ResetReport& report_;
    const ResetStart& start_;
    Resetting way_;
    std::map<std::int32_t, std::int64_t> ends_;
    std::optional<Round> highest_on_topic_;
    std::vector<PendingClaim> given_up_;
    std::optional<RoundRow> row_; ///< the new round, once it was verified
    Instant now_;                 ///< by the gate's clock, as it was read last
    GateFields gate_;             ///< of the old round, where there is a gate
    bool gate_is_another_ = false;

public:
    /// The gate that was to be replaced is not the one this reset closed: it was lost, and a worker made it again. The new round is opening
    /// in the ledger, so no user is let in and the kill switch has nothing to close; the next walk finishes it.
    [[nodiscard]] bool gate_is_another() const { return gate_is_another_; }
    /// What will happen: "round 5 of event coupon: 100 coupons, opens 10:00:00 +09:00 (in 20 s)". REQUIRES: it walked to the end.
    [[nodiscard]] std::string outcome() const {
        return "round " + row_->round.text() + " of event " + row_->event + ": " + counted_coupons(row_->limit.value()) + ", " +
               window_text(row_->window, settings_.utc_offset, now_);
    }
    [[nodiscard]] Round new_round() const { return way_.new_round(); }
    [[nodiscard]] const std::string& token() const { return way_.token(); }
};

} // namespace

ResetWalk walk_reset(const ResetSettings& settings, const ResetPorts& ports, ResetReport& report, const ResetStart& start) {
    Walk walk(settings, ports, report, start);
    auto is_wanted = walk.run();
    const bool is_open = is_wanted && *is_wanted;
    return {std::move(is_wanted), walk.token(), walk.gate_is_another(), walk.new_round(), is_open ? walk.outcome() : std::string()};
}

} // namespace coupon
