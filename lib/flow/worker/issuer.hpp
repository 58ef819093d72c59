#pragma once

#include "core/partition_lag.hpp"
#include "core/worker_positions.hpp"
#include "flow/worker/consume.hpp"
#include "flow/worker/coupon_pace.hpp"
#include "flow/worker/failed_log.hpp"
#include "flow/worker/issued_lately.hpp"
#include "flow/worker/say_once.hpp"
#include "flow/worker/turns.hpp"

#include <functional>
#include <set>
#include <utility>
#include <vector>

namespace coupon {

/// The issuing half of a worker: topic to ledger, batch by batch, the offsets committed only after the database. While some batches are
/// written the next ones are read. Each partition has one lane, so that its records are written, and its offsets committed, in their order;
/// the partitions of a lane take turns, so that none of them, full of whatever it is, holds up another one.
class Issuer {
public:
    /// `issued` is told what was written.
    Issuer(const ConsumeSettings& settings, Subscriber& subscriber, const Ledgers& ledgers, IssuedLately& issued, World& world,
           Journal& journal, EndsAt ends_at = {});
    Issuer(const Issuer&) = delete;
    Issuer& operator=(const Issuer&) = delete;
    ~Issuer();

    /// Goes on until `should_end` says so (asked between records) or a fault that no waiting cures. Leaves what is in flight written and
    /// committed where the servers answer. Nothing is written before `may_issue` says that the gate and the ledger were compared: a ledger
    /// that was set back does not know the fences it lost, and a worker that has just started does not know better.
    [[nodiscard]] Status run(const std::function<bool()>& should_end, const std::function<bool()>& may_issue,
                             const std::function<void(bool)>& holds_first_partition);

    /// From now on `note` is told, several times a second, how the member stands to its group.
    void tell_membership(std::function<void(const Membership&)> note) { note_membership_ = std::move(note); }

    /// From now on `compare` is called where another log may have taken the place of one that is read.
    void tell_other_log(std::function<void()> compare) { compare_logs_ = std::move(compare); }

    /// Counts of records by class.
    [[nodiscard]] const ConsumeReport& report() const { return report_; }
    /// Nothing is in flight, and nothing came at the last poll.
    [[nodiscard]] bool has_caught_up() const { return has_caught_up_; }

private:
    /// Takes in one record or piece of news, or waits a moment for what is under way.
    Status take_next();
    /// Whether the pace lets one more record in; waits a moment where it does not.
    Result<bool> is_paced();
    /// The topic is missing.
    void tell_gone(const Fault& fault);
    enum class News { none, some };
    Result<News> poll(Milliseconds wait);
    /// How long nothing has to be done but to listen.
    [[nodiscard]] Milliseconds time_to_listen() const;
    void take(Polled&& polled);
    void take(SourceRecord&& record);
    /// Asks for a comparison of the logs where a partition begins again; tells the record where the unbroken reading of it began.
    void note_offset(SourceRecord& record);
    /// The worker has other partitions.
    void forget_offsets();
    void take(const AssignmentChanged& changed);
    void hand_over();
    [[nodiscard]] bool may_issue();
    [[nodiscard]] bool is_due(std::size_t lane) const;
    void hand_over(std::size_t lane);
    /// Reads no more of the partitions of which enough waits.
    void hold_full();
    /// Nothing was read that is not in the ledger.
    [[nodiscard]] bool has_nothing_in_hand() const;
    /// Notes what the lanes have written.
    void note_written();
    /// After a fault of the ledger: waits, then writes again what is still ours.
    Status back_off(const std::vector<Fault>& faults);
    void count(const Written& written);
    /// What the other half of the worker compares with the gate.
    void hand_on(Written&& written);
    void tell_membership();
    /// Says how it goes where somebody asked.
    void tell_status();
    [[nodiscard]] const char* doing() const;
    /// " 0 1 3".
    [[nodiscard]] static std::string listed(const std::set<std::int32_t>& partitions);
    /// Commits what is settled: at once where nothing more came, otherwise now and then.
    void commit_when_due();
    void commit();

    const ConsumeSettings& settings_;
    Subscriber& subscriber_;
    IssuedLately& issued_;
    World& world_;
    Journal& journal_;
    EndsAt ends_at_;
    SayOnce ledger_trouble_;
    SayOnce topic_trouble_;
    ConsumeReport report_;
    FailedLog failed_log_;
    Turns turns_;                 ///< what was read and not handed over
    std::set<std::int32_t> held_; ///< as the subscriber was told
    bool has_caught_up_ = false;
    ReadPositions positions_;
    Tick committed_last_{};
    Milliseconds pause_; ///< after the next fault of the ledger
    bool is_broker_away_ = false;
    bool is_topic_gone_ = false;
    std::function<bool()> may_issue_;
    std::function<void(const Membership&)> note_membership_;
    Tick told_membership_{};
    std::function<void()> compare_logs_ = [] {};
    std::map<std::int32_t, std::int64_t> last_read_; ///< offset of the record read last, of each partition
    UnbrokenReading reading_;
    bool has_begun_ = false; ///< may_issue_ was true when it was asked last
    std::function<void(bool)> holds_first_partition_;
    bool is_paused_ = false; ///< for the pace
    CouponPace pace_;
    Lanes lanes_; ///< last, so that it ends first
};

} // namespace coupon
