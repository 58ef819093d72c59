#pragma once

#include "flow/consume.hpp"
#include "flow/say_once.hpp"

#include <functional>
#include <map>
#include <vector>

namespace coupon {

/// The issuing half of a worker: topic to ledger, batch by batch, the offsets committed only after the database.
class Issuer {
public:
    Issuer(const ConsumeSettings& settings, Subscriber& subscriber, Ledger& ledger, World& world, Journal& journal, EndsAt ends_at = {});

    /// Goes on until `should_end` says so (asked between records) or a fault that no waiting cures. Leaves the batch in hand written and
    /// committed where the servers answer.
    [[nodiscard]] Status run(const std::function<bool()>& should_end, const std::function<void(bool)>& holds_first_partition);

    /// Counts of records by class.
    [[nodiscard]] const ConsumeReport& report() const { return report_; }

private:
    /// Waits until the pace lets at least one record pass; returns how many may.
    Result<std::size_t> wait_for_pace(const std::function<bool()>& should_end);
    Status gather(std::size_t most, const std::function<bool()>& should_end);
    void take(Polled&& polled);
    Status write(const std::function<bool()>& should_end);
    /// After a fault of the ledger: false when the batch in hand is not ours any more.
    Result<bool> back_off(const Fault& fault, Milliseconds pause);
    void count(const std::vector<RecordOutcome>& outcomes);
    /// Commits what is settled: at once where nothing came, otherwise now and then.
    void commit_when_due(bool has_caught_up);
    void commit();

    const ConsumeSettings& settings_;
    Subscriber& subscriber_;
    Ledger& ledger_;
    World& world_;
    Journal& journal_;
    EndsAt ends_at_;
    SayOnce ledger_trouble_;
    SayOnce topic_trouble_;
    ConsumeReport report_;
    std::vector<SourceRecord> batch_;
    std::map<std::int32_t, std::int64_t> uncommitted_; ///< next offset to read, of what the ledger holds for sure
    Tick committed_last_{};
    bool assignment_changed_ = false;
    bool is_broker_away_ = false;
    std::function<void(bool)> holds_first_partition_;
    Tick pace_start_;
    std::int64_t paced_ = 0; ///< records since pace_start_
};

} // namespace coupon
