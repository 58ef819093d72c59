#include "ledger/mysql/mysql_reads.hpp"

#include "ledger/ledger.hpp"
#include "ledger/mysql/mysql_coupons.hpp"
#include "ledger/mysql/mysql_failed_events.hpp"
#include "ledger/mysql/mysql_positions.hpp"
#include "ledger/mysql/mysql_rounds.hpp"
#include "ledger/mysql/mysql_settings.hpp"

namespace coupon {

namespace {

/// Takes the value of a result into `place`, or gives its fault.
template <class T>
Status take(Result<T> result, T& place) {
    if (!result) return result.fault();
    place = std::move(*result);
    return Done{};
}

Result<LedgerSnapshot> read_snapshot(MysqlConnection& connection, const LedgerScope& scope, Round round) {
    LedgerSnapshot seen;
    if (auto read = take(read_rounds(connection, scope.event), seen.rounds); !read) return read.fault();
    if (auto read = take(read_all_fences(connection, scope.event), seen.fences); !read) return read.fault();
    if (auto read = take(read_coupons(connection, scope.event, round), seen.coupons); !read) return read.fault();
    if (auto read = take(read_failed_events(connection, scope.topic), seen.failed); !read) return read.fault();
    if (auto read = take(read_abandoned(connection, scope.event, round), seen.abandoned); !read) return read.fault();
    if (auto read = take(read_void(connection, scope.event, round), seen.void_claims); !read) return read.fault();
    if (auto read = take(read_purged_to(connection, scope.event, scope.topic), seen.purged_to); !read) return read.fault();
    if (auto read = take(read_positions(connection, scope.event, scope.topic), seen.positions); !read) return read.fault();
    return seen;
}

Result<SettledTopic> read_settled_topic(MysqlConnection& connection, const LedgerScope& scope) {
    SettledTopic seen;
    if (auto read = take(read_positions(connection, scope.event, scope.topic), seen.positions); !read) return read.fault();
    if (auto read = take(read_highest_failed(connection, scope.topic, scope.event), seen.highest_failed); !read) return read.fault();
    return seen;
}

} // namespace

template <class Port>
Result<std::vector<RoundRow>> MysqlReads<Port>::rounds(Deadline deadline) {
    return session_.transaction(Isolation::snapshot, deadline, [&](MysqlConnection& at) { return read_rounds(at, scope_.event); });
}

template <class Port>
Result<std::vector<std::string>> MysqlReads<Port>::events(Deadline deadline) {
    return session_.transaction(Isolation::snapshot, deadline, [](MysqlConnection& at) { return read_events(at); });
}

template <class Port>
Result<std::optional<std::string>> MysqlReads<Port>::event_of_topic(Deadline deadline) {
    return session_.transaction(Isolation::snapshot, deadline, [&](MysqlConnection& at) { return read_event_of_topic(at, scope_.topic); });
}

template <class Port>
Result<std::vector<Coupon>> MysqlReads<Port>::coupons(Round round, Deadline deadline) {
    return session_.transaction(Isolation::snapshot, deadline, [&](MysqlConnection& at) { return read_coupons(at, scope_.event, round); });
}

template <class Port>
Result<std::vector<Coupon>> MysqlReads<Port>::coupons_after(Round round, Slot slot, std::int64_t most, Deadline deadline) {
    return session_.transaction(Isolation::snapshot, deadline,
                                [&](MysqlConnection& at) { return read_coupons_after(at, scope_.event, round, slot, most); });
}

template <class Port>
Result<std::vector<DatedCoupon>> MysqlReads<Port>::coupons_of(Round round, UserId user, Deadline deadline) {
    return session_.transaction(Isolation::snapshot, deadline,
                                [&](MysqlConnection& at) { return read_coupons_of(at, scope_.event, round, user); });
}

template <class Port>
Result<std::int64_t> MysqlReads<Port>::coupon_count(Round round, Deadline deadline) {
    return session_.transaction(Isolation::snapshot, deadline, [&](MysqlConnection& at) { return count_coupons(at, scope_.event, round); });
}

template <class Port>
Result<std::vector<Fence>> MysqlReads<Port>::fences(Round round, Deadline deadline) {
    return session_.transaction(Isolation::snapshot, deadline, [&](MysqlConnection& at) { return read_fences(at, scope_.event, round); });
}

template <class Port>
Result<std::vector<FailedEvent>> MysqlReads<Port>::failed(Deadline deadline) {
    return session_.transaction(Isolation::snapshot, deadline, [&](MysqlConnection& at) { return read_failed_events(at, scope_.topic); });
}

template <class Port>
Result<std::vector<RecordIdentity>> MysqlReads<Port>::failed_identities(Deadline deadline) {
    return session_.transaction(Isolation::snapshot, deadline,
                                [&](MysqlConnection& at) { return read_failed_identities(at, scope_.topic); });
}

template <class Port>
Result<std::vector<FailedRecord>> MysqlReads<Port>::open_failed(const std::optional<RecordIdentity>& after, std::int64_t most,
                                                                Deadline deadline) {
    return session_.transaction(Isolation::snapshot, deadline,
                                [&](MysqlConnection& at) { return read_open(at, scope_.topic, after, most); });
}

template <class Port>
Result<NamedClaims> MysqlReads<Port>::failed_claims(Round round, Deadline deadline) {
    return session_.transaction(Isolation::snapshot, deadline,
                                [&](MysqlConnection& at) { return read_failed_claims(at, scope_.topic, scope_.event, round); });
}

template <class Port>
Result<FailedCounts> MysqlReads<Port>::failed_counts(const std::optional<FailedSelection>& which, Deadline deadline) {
    return session_.transaction(Isolation::snapshot, deadline,
                                [&](MysqlConnection& at) { return count_failed(at, scope_.topic, scope_.event, which); });
}

template <class Port>
Result<SettledTopic> MysqlReads<Port>::settled_topic(Deadline deadline) {
    return session_.transaction(Isolation::snapshot, deadline, [&](MysqlConnection& at) { return read_settled_topic(at, scope_); });
}

template <class Port>
Result<std::map<std::int32_t, std::int64_t>> MysqlReads<Port>::purge_offsets(Round round, Deadline deadline) {
    return session_.transaction(Isolation::snapshot, deadline,
                                [&](MysqlConnection& at) { return read_purge_offsets(at, scope_.event, round); });
}

template <class Port>
Result<LedgerSnapshot> MysqlReads<Port>::snapshot(Round round, Deadline deadline) {
    return session_.transaction(Isolation::snapshot, deadline, [&](MysqlConnection& at) { return read_snapshot(at, scope_, round); });
}

template <class Port>
Result<LedgerSettings> MysqlReads<Port>::settings(Deadline deadline) {
    // Not a snapshot: its isolation level would hide the one our connections have.
    return session_.transaction(Isolation::committed, deadline,
                                [&](MysqlConnection& at) { return read_ledger_settings(at, scope_, session_.options().address()); });
}

template class MysqlReads<LedgerReader>;
template class MysqlReads<Ledger>;

} // namespace coupon
