#pragma once

#include "flow/consume.hpp"
#include "flow/issued_lately.hpp"
#include "flow/say_once.hpp"

#include <functional>
#include <map>
#include <vector>

namespace coupon {

/// The issuing half of a worker: topic to ledger, batch by batch, the offsets committed only after the database. While some batches are
/// written the next ones are read. Each partition has one lane, so that its records are written, and its offsets committed, in their order.
class Issuer {
public:
    /// `issued` is told what was written.
    Issuer(const ConsumeSettings& settings, Subscriber& subscriber, const Ledgers& ledgers, IssuedLately& issued, World& world,
           Journal& journal, EndsAt ends_at = {});
    Issuer(const Issuer&) = delete;
    Issuer& operator=(const Issuer&) = delete;
    ~Issuer();

    /// Goes on until `should_end` says so (asked between records) or a fault that no waiting cures. Leaves what is in hand written and
    /// committed where the servers answer.
    [[nodiscard]] Status run(const std::function<bool()>& should_end, const std::function<void(bool)>& holds_first_partition);

    /// Counts of records by class.
    [[nodiscard]] const ConsumeReport& report() const { return report_; }
    /// Nothing is in hand, and nothing came when it was asked for last.
    [[nodiscard]] bool has_caught_up() const { return has_caught_up_; }

private:
    /// What one lane is to write next.
    struct Gathering {
        Batch batch;
        Tick until; ///< when it need not be full any more
    };

    /// Takes in one record or piece of news, or waits a moment for what is under way.
    Status take_next();
    /// Whether the pace and the lanes let one more record in; waits a moment where they do not.
    Result<bool> has_room();
    Result<bool> is_paced();
    [[nodiscard]] bool is_full(std::size_t lane) const;
    enum class News { none, some };
    Result<News> poll(Milliseconds wait);
    /// How long nothing has to be done but to listen.
    [[nodiscard]] Milliseconds time_to_listen() const;
    void take(Polled&& polled);
    void take(SourceRecord&& record);
    void take(const AssignmentChanged& changed);
    void hand_over();
    void hand_over(std::size_t lane);
    /// Nothing was read that is not in the ledger.
    [[nodiscard]] bool has_nothing_in_hand() const;
    /// Notes what the lanes have written.
    void note_written();
    /// After a fault of the ledger: waits, then writes again what is still ours.
    Status back_off(const std::vector<Fault>& faults);
    void count(const Written& written);
    /// What the other half of the worker compares with the gate.
    void hand_on(Written&& written);
    /// Says how it goes where somebody asked.
    void tell_status();
    [[nodiscard]] const char* doing() const;
    /// Commits what is settled: at once where nothing more came, otherwise now and then.
    void commit_when_due();
    void commit();
    void restart_pace();

    const ConsumeSettings& settings_;
    Subscriber& subscriber_;
    IssuedLately& issued_;
    World& world_;
    Journal& journal_;
    EndsAt ends_at_;
    SayOnce ledger_trouble_;
    SayOnce topic_trouble_;
    ConsumeReport report_;
    std::map<std::int32_t, std::size_t> lane_of_; ///< by partition
    std::vector<Gathering> gathering_;            ///< by lane
    bool has_caught_up_ = false;
    std::map<std::int32_t, std::int64_t> uncommitted_; ///< next offset to read, of what the ledger holds for sure
    Tick committed_last_{};
    Milliseconds pause_; ///< after the next fault of the ledger
    bool is_broker_away_ = false;
    std::function<void(bool)> holds_first_partition_;
    bool is_paused_ = false; ///< for the pace
    Tick pace_start_;
    std::int64_t paced_ = 0; ///< records since pace_start_
    Lanes lanes_;            ///< last, so that it ends first
};

} // namespace coupon
