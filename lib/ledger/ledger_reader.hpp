#pragma once

#include "core/event_name.hpp"
#include "core/failed_selection.hpp"
#include "core/instant.hpp"
#include "core/ledger_rule.hpp"
#include "core/ledger_snapshot.hpp"
#include "core/result.hpp"
#include "core/server_settings.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace coupon {

/// Claims that failed events name.
struct NamedClaims {
    std::vector<ClaimedSlot> open;
    std::vector<ClaimedSlot> dismissed;
};

/// Looks at the ledger and changes nothing. Blocking, each call bounded by its deadline. One thread. The event and topic are those the
/// ledger was opened with. Faults: unreachable, denied, missing (no such table), refused (busy for now).
class LedgerReader {
public:
    virtual ~LedgerReader() = default;

    /// All rounds of the event, ascending.
    [[nodiscard]] virtual Result<std::vector<RoundRow>> rounds(Deadline deadline) = 0;
    /// All events that have a round, ascending.
    [[nodiscard]] virtual Result<std::vector<std::string>> events(Deadline deadline) = 0;
    /// The event the topic is bound to, by the rounds that name it; nullopt when no round does.
    [[nodiscard]] virtual Result<std::optional<std::string>> event_of_topic(Deadline deadline) = 0;
    /// The coupons of a round, by slot.
    [[nodiscard]] virtual Result<std::vector<Coupon>> coupons(Round round, Deadline deadline) = 0;
    /// At most `most` of them, by slot, from the first one behind a slot on. Rows that come while a round is read piece by piece may
    /// be in it or not.
    [[nodiscard]] virtual Result<std::vector<Coupon>> coupons_after(Round round, Slot slot, std::int64_t most, Deadline deadline) = 0;
    /// Those of one user, with their times: one, or none.
    [[nodiscard]] virtual Result<std::vector<DatedCoupon>> coupons_of(Round round, UserId user, Deadline deadline) = 0;
    [[nodiscard]] virtual Result<std::int64_t> coupon_count(Round round, Deadline deadline) = 0;
    /// The fences of a round, by epoch and partition.
    [[nodiscard]] virtual Result<std::vector<Fence>> fences(Round round, Deadline deadline) = 0;
    /// The failed events of the topic, by place and mark, without their records.
    [[nodiscard]] virtual Result<std::vector<FailedEvent>> failed(Deadline deadline) = 0;
    /// Which records they are, ascending.
    [[nodiscard]] virtual Result<std::vector<RecordIdentity>> failed_identities(Deadline deadline) = 0;
    /// At most `most` of those that are open (neither issued nor dismissed), with their records, by place and mark, behind `after` where it
    /// is given.
    [[nodiscard]] virtual Result<std::vector<FailedRecord>> open_failed(const std::optional<RecordIdentity>& after, std::int64_t most,
                                                                        Deadline deadline) = 0;
    /// Users and slots of a round of the event that failed events name which were not issued. Those not signed by the round's gate name
    /// nobody.
    [[nodiscard]] virtual Result<NamedClaims> failed_claims(Round round, Deadline deadline) = 0;
    /// How many failed events of the topic there are, of these or of all.
    [[nodiscard]] virtual Result<FailedCounts> failed_counts(const std::optional<FailedSelection>& which, Deadline deadline) = 0;
    /// How far the workers have read the topic, and the failed events that came of it, in one consistent read.
    [[nodiscard]] virtual Result<SettledTopic> settled_topic(Deadline deadline) = 0;
    /// Offsets that opening this round stored to be purged up to, by partition; empty for the first round.
    [[nodiscard]] virtual Result<std::map<std::int32_t, std::int64_t>> purge_offsets(Round round, Deadline deadline) = 0;
    /// Everything an audit of a round needs, in one consistent read; other_coupons stays empty.
    [[nodiscard]] virtual Result<LedgerSnapshot> snapshot(Round round, Deadline deadline) = 0;
    /// What the server tells of itself and of the tables, which may be missing or wrong.
    [[nodiscard]] virtual Result<LedgerSettings> settings(Deadline deadline) = 0;
};

} // namespace coupon
