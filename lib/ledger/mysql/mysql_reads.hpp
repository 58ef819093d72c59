#pragma once

#include "ledger/ledger_reader.hpp"
#include "ledger/mysql/mysql_issue.hpp"
#include "ledger/mysql/mysql_session.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace coupon {

/// The whole of LedgerReader over a session, for the reader and for the ledger, which is one as well. Each call is one consistent snapshot.
template <class Port>
class MysqlReads : public Port {
public:
    [[nodiscard]] Result<std::vector<RoundRow>> rounds(Deadline deadline) override;
    [[nodiscard]] Result<std::vector<std::string>> events(Deadline deadline) override;
    [[nodiscard]] Result<std::optional<std::string>> event_of_topic(Deadline deadline) override;
    [[nodiscard]] Result<std::vector<Coupon>> coupons(Round round, Deadline deadline) override;
    [[nodiscard]] Result<std::vector<Coupon>> coupons_after(Round round, Slot slot, std::int64_t most, Deadline deadline) override;
    [[nodiscard]] Result<std::vector<DatedCoupon>> coupons_of(Round round, UserId user, Deadline deadline) override;
    [[nodiscard]] Result<std::int64_t> coupon_count(Round round, Deadline deadline) override;
    [[nodiscard]] Result<std::vector<Fence>> fences(Round round, Deadline deadline) override;
    [[nodiscard]] Result<std::vector<FailedEvent>> failed(Deadline deadline) override;
    [[nodiscard]] Result<std::vector<RecordIdentity>> failed_identities(Deadline deadline) override;
    [[nodiscard]] Result<std::vector<FailedRecord>> open_failed(const std::optional<RecordIdentity>& after, std::int64_t most,
                                                                Deadline deadline) override;
    [[nodiscard]] Result<NamedClaims> failed_claims(Round round, Deadline deadline) override;
    [[nodiscard]] Result<FailedCounts> failed_counts(const std::optional<FailedSelection>& which, Deadline deadline) override;
    [[nodiscard]] Result<SettledTopic> settled_topic(Deadline deadline) override;
    [[nodiscard]] Result<std::map<std::int32_t, std::int64_t>> purge_offsets(Round round, Deadline deadline) override;
    [[nodiscard]] Result<LedgerSnapshot> snapshot(Round round, Deadline deadline) override;
    [[nodiscard]] Result<LedgerSettings> settings(Deadline deadline) override;

protected:
    MysqlReads(MysqlSession session, LedgerScope scope) : session_(std::move(session)), scope_(std::move(scope)) {}

    MysqlSession session_;
    LedgerScope scope_;
};

} // namespace coupon
