#pragma once

#include "core/batch_rule.hpp"
#include "core/ledger_snapshot.hpp"
#include "ledger/mysql/mysql_connection.hpp"

#include <span>
#include <string>
#include <vector>

/// The rows about coupons: coupon and abandoned_claim. Each function is one or a few statements of the caller's transaction.
namespace coupon {

/// The coupons of a round, by slot.
[[nodiscard]] Result<std::vector<Coupon>> read_coupons(MysqlConnection& connection, const std::string& event, Round round);
/// At most `most` of them, from the first one behind the slot on.
[[nodiscard]] Result<std::vector<Coupon>> read_coupons_after(MysqlConnection& connection, const std::string& event, Round round, Slot slot,
                                                             std::int64_t most);
/// Those of one user, by slot.
[[nodiscard]] Result<std::vector<DatedCoupon>> read_coupons_of(MysqlConnection& connection, const std::string& event, Round round,
                                                               UserId user);
[[nodiscard]] Result<std::int64_t> count_coupons(MysqlConnection& connection, const std::string& event, Round round);

/// Adds to `known` the rows that the users and the slots of these grants have.
[[nodiscard]] Status read_rows_of(MysqlConnection& connection, const std::string& event, std::span<const Grant> grants, KnownRows& known);

/// One coupon to be written.
struct FreshCoupon {
    Grant grant;
    Limit limit;
    Instant issued_at; ///< by the database's clock
};

/// Writes coupons, by round and slot. The fault is_taken() when one of the users or slots has a row; others of them may be written then.
[[nodiscard]] Status insert_coupons(MysqlConnection& connection, const std::string& event, std::vector<FreshCoupon> coupons);

/// Drops some coupons of a round and says how many; 0 when there are none.
[[nodiscard]] Result<std::int64_t> drop_some_coupons(MysqlConnection& connection, const std::string& event, Round round);

[[nodiscard]] Result<std::vector<ClaimedSlot>> read_abandoned(MysqlConnection& connection, const std::string& event, Round round);
/// Writes those claims that have no row, each once.
/// The claims of a round that armings found void, by user and epoch.
[[nodiscard]] Result<std::vector<VoidClaim>> read_void(MysqlConnection& connection, const std::string& event, Round round);
/// Those that are there already stay.
[[nodiscard]] Status insert_void(MysqlConnection& connection, const std::string& event, Round round, std::span<const VoidClaim> claims);
[[nodiscard]] Status insert_abandoned(MysqlConnection& connection, const std::string& event, Round round,
                                      const std::vector<PendingClaim>& claims);

} // namespace coupon
