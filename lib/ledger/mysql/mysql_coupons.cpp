#include "ledger/mysql/mysql_coupons.hpp"

#include "core/escape.hpp"
#include "core/outside_number.hpp"
#include "ledger/mysql/mysql_rows.hpp"
#include "ledger/mysql/mysql_statements.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <utility>

namespace coupon {

namespace {

Result<std::vector<Coupon>> coupons_of_rows(const std::function<Status(const std::function<void(const Row&)>&)>& read_rows) {
    std::vector<Coupon> coupons;
    auto read = read_rows([&](const Row& row) { coupons.push_back({Slot(row.integer(0)), UserId(row.integer(1))}); });
    if (!read) return read.fault();
    return coupons;
}

} // namespace

Result<std::vector<Coupon>> read_coupons(MysqlConnection& connection, const std::string& event, Round round) {
    return coupons_of_rows([&](const auto& take) {
        return connection.list("coupons", std::array{Value(event), Value(round.value())}, take);
    });
}

Result<std::vector<Coupon>> read_coupons_after(MysqlConnection& connection, const std::string& event, Round round, Slot slot,
                                               std::int64_t most) {
    const std::array values{Value(event), Value(round.value()), Value(slot.value()), Value(most)};
    return coupons_of_rows([&](const auto& take) { return connection.portion("coupons_after", values, most, take); });
}

Result<std::vector<DatedCoupon>> read_coupons_of(MysqlConnection& connection, const std::string& event, Round round, UserId user) {
    std::vector<DatedCoupon> coupons;
    const std::array values{Value(event), Value(round.value()), Value(user.value())};
    auto read = connection.select(statement("coupons_of_user"), values, [&](const Row& row) {
        coupons.push_back({{Slot(row.integer(0)), user}, row.moment(1), row.moment(2)});
    });
    if (!read) return read.fault();
    return coupons;
}

Result<std::int64_t> count_coupons(MysqlConnection& connection, const std::string& event, Round round) {
    std::int64_t count = 0;
    auto read = connection.select(statement("coupon_count"), std::array{Value(event), Value(round.value())},
                                  [&](const Row& row) { count = row.integer(0); });
    if (!read) return read.fault();
    return count;
}

Status read_rows_of(MysqlConnection& connection, const std::string& event, std::span<const Grant> grants, KnownRows& known) {
    std::map<Round, std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>>> users_and_slots;
    for (const auto& grant : grants) {
        auto& [users, slots] = users_and_slots[grant.round];
        users.push_back(grant.user.value());
        slots.push_back(grant.slot.value());
    }
    for (const auto& entry : users_and_slots) {
        const Round round = entry.first;
        const auto& [users, slots] = entry.second;
        const std::vector<Value> fixed{Value(event), Value(round.value())};
        const auto take = [&](const Row& row) { known.add(round, Slot(row.integer(0)), UserId(row.integer(1))); };
        if (auto read = select_numbers(connection, "coupons_of_users", fixed, users, take); !read) return read;
        if (auto read = select_numbers(connection, "coupons_of_slots", fixed, slots, take); !read) return read;
    }
    return Done{};
}

Status insert_coupons(MysqlConnection& connection, const std::string& event, std::vector<FreshCoupon> coupons) {
    // Workers that write in the same order wait for each other instead of deadlocking.
    std::sort(coupons.begin(), coupons.end(), [](const FreshCoupon& a, const FreshCoupon& b) {
        return std::pair(a.grant.round, a.grant.slot) < std::pair(b.grant.round, b.grant.slot);
    });
    return insert_rows(connection, "insert_coupons", coupons.size(), [&](std::size_t i, std::vector<Value>& values) {
        const auto& [grant, limit, issued_at] = coupons[i];
        values.insert(values.end(), {Value(event), Value(grant.round.value()), Value(grant.slot.value()), Value(limit.value()),
                                     Value(grant.user.value()), Value(std::int64_t{grant.granted_at.time_since_epoch().count()}),
                                     Value(std::int64_t{issued_at.time_since_epoch().count()})});
    });
}

Result<std::int64_t> drop_some_coupons(MysqlConnection& connection, const std::string& event, Round round) {
    return connection.change(statement("drop_some_coupons"), std::array{Value(event), Value(round.value())});
}

Result<std::vector<ClaimedSlot>> read_abandoned(MysqlConnection& connection, const std::string& event, Round round) {
    std::vector<ClaimedSlot> claims;
    auto read = connection.list("abandoned_claims", std::array{Value(event), Value(round.value())}, [&](const Row& row) {
        claims.push_back({UserId(row.integer(1)), Slot(row.integer(0))});
    });
    if (!read) return read.fault();
    return claims;
}

Result<std::vector<VoidClaim>> read_void(MysqlConnection& connection, const std::string& event, Round round) {
    std::vector<VoidClaim> claims;
    std::string unknown;
    auto read = connection.list("void_claims", std::array{Value(event), Value(round.value())}, [&](const Row& row) {
        const auto name = row.text(3);
        const auto reason = parse_void_reason(name);
        if (!reason) unknown = name;
        claims.push_back({Epoch(row.integer(0, 0, highest_count)), Slot(row.integer(1)), UserId(row.integer(2)),
                          reason.value_or(VoidReason::slot_taken)});
    });
    if (!read) return read.fault();
    if (!unknown.empty()) return Fault{FaultKind::corrupt, "table void_claim holds the reason " + escape(unknown), {}};
    return claims;
}

Status insert_void(MysqlConnection& connection, const std::string& event, Round round, std::span<const VoidClaim> claims) {
    const auto kept = read_void(connection, event, round);
    if (!kept) return kept.fault();
    std::set<std::pair<Epoch, UserId>> known;
    for (const auto& claim : *kept)
        known.emplace(claim.epoch, claim.user);
    std::vector<VoidClaim> fresh;
    std::copy_if(claims.begin(), claims.end(), std::back_inserter(fresh), [&](const VoidClaim& claim) {
        return !known.contains({claim.epoch, claim.user});
    });
    return insert_rows(connection, "insert_void_claims", fresh.size(), [&](std::size_t i, std::vector<Value>& values) {
        const auto& claim = fresh[i];
        values.insert(values.end(), {Value(event), Value(round.value()), Value(claim.epoch.value()), Value(claim.slot.value()),
                                     Value(claim.user.value()), Value(name_of(claim.reason))});
    });
}

Status insert_abandoned(MysqlConnection& connection, const std::string& event, Round round, const std::vector<PendingClaim>& claims) {
    std::vector<Grant> grants;
    for (const auto& claim : claims)
        grants.push_back({round, claim.epoch, claim.slot, claim.user, claim.granted_at});
    KnownRows known;
    if (auto read = read_rows_of(connection, event, grants, known); !read) return read;

    std::set<std::pair<Slot, UserId>> without_row;
    for (const auto& claim : claims) {
        const auto row = known.slot_of.find(std::pair(round, claim.user));
        if (row == known.slot_of.end() || row->second != claim.slot) without_row.emplace(claim.slot, claim.user);
    }
    auto claim = without_row.begin();
    return insert_rows(connection, "insert_abandoned_claims", without_row.size(), [&](std::size_t, std::vector<Value>& values) {
        values.insert(values.end(), {Value(event), Value(round.value()), Value(claim->first.value()), Value(claim->second.value())});
        ++claim;
    });
}

} // namespace coupon
