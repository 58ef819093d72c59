#pragma once

#include "core/batch_rule.hpp"
#include "ledger/ledger.hpp"
#include "ledger/mysql/mysql_connection.hpp"
#include "ledger/mysql/mysql_coupons.hpp"

#include <span>
#include <string>
#include <vector>

namespace coupon {

/// What a ledger was opened for.
struct LedgerScope {
    std::string event;
    std::string topic;
};

/// How a batch's coupons are written.
enum class Writing {
    unseen,     ///< few statements; a row that is there already, or is refused, faults conflict for all of them
    at_once,    ///< the same, after the rows that are there were read; one that another worker wrote in between faults conflict
    one_by_one, ///< a statement for each record; each such conflict is settled by itself, each refused row is a failed event
};

struct IssueTerms {
    Writing writing = Writing::one_by_one;
    EpochWatch* watch = nullptr;    ///< may be null
    std::size_t refused_before = 0; ///< records whose rows the database refused since one was issued
    bool moves_positions = true;    ///< the records are the next ones of their partitions
};

/// Issues one batch inside the caller's transaction. Outcomes in order. corrupt where the database refuses the row of every record.
[[nodiscard]] Result<std::vector<RecordOutcome>> issue_batch(MysqlConnection& connection, const LedgerScope& scope,
                                                             std::span<const SourceRecord> batch, const std::vector<ReadRecord>& read,
                                                             const IssueTerms& terms);

/// Tries these failed events again inside the caller's transaction; one that is not open any more is skipped. conflict when a round is not
/// in the epoch that `epochs` gives it.
[[nodiscard]] Result<RetryOutcome> retry_records(MysqlConnection& connection, const LedgerScope& scope, std::vector<FailedRecord> records,
                                                 const std::map<Round, Epoch>& epochs);

/// Shares the rows of the rounds that the records name until the transaction ends, and reads their fences.
[[nodiscard]] Status share_rounds(MysqlConnection& connection, const LedgerScope& scope, const std::vector<ReadRecord>& read,
                                  KnownRows& known);

/// What one admitted record meets in the coupon table; nothing is written.
[[nodiscard]] Result<Settlement> settle_by_rows(MysqlConnection& connection, const std::string& event, const Grant& grant);

/// Writes the coupon of an admitted record, or says what it met.
[[nodiscard]] Result<Settlement> issue_one(MysqlConnection& connection, const std::string& event, const FreshCoupon& coupon);

} // namespace coupon
