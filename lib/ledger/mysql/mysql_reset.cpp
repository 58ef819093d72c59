#include "ledger/mysql/mysql_reset.hpp"

#include "core/round_change.hpp"
#include "ledger/mysql/mysql_coupons.hpp"
#include "ledger/mysql/mysql_rounds.hpp"

#include <cstdint>

namespace coupon {

namespace {

constexpr std::size_t longest_lock_name = 64;

/// FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ ; 16 hexadecimal digits.
std::string digest(const std::string& text) {
    std::uint64_t hash = 14695981039346656037U;
    for (const char c : text) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 1099511628211U;
    }
    std::string out(16, '0');
    for (std::size_t i = out.size(); i-- > 0; hash >>= 4)
        out[i] = "0123456789abcdef"[hash & 15];
    return out;
}

} // namespace

Result<RoundRow> change_highest_round(MysqlConnection& connection, const std::string& event, const RoundChange& change) {
    auto highest = lock_highest_round(connection, event);
    if (!highest) return highest.fault();
    auto row = change(*highest);
    if (!row) return row;
    if (auto written = write_round(connection, *row); !written) return written.fault();
    return row;
}

Result<RoundState> write_fence(MysqlConnection& connection, const std::string& event, Round round, Epoch epoch,
                               const std::map<std::int32_t, LogEnd>& ends, const ArmingPlace& place) {
    auto row = change_highest_round(connection, event, [&](const auto& highest) { return raise_epoch_row(highest, round, epoch, place); });
    if (!row) return row.fault();
    if (auto written = insert_fences(connection, event, round, epoch, ends); !written) return written.fault();
    return row->state;
}

Status write_fences_at_zero(MysqlConnection& connection, const std::string& event, Round round, std::span<const Fence> lost) {
    // An issuing worker shares the row until COMMIT: no batch is judged by half of the fences.
    const auto row = lock_round(connection, event, round);
    if (!row) return row.fault();
    for (const auto& fence : lost) {
        if (auto changed = zero_fences(connection, event, round, fence); !changed) return changed;
    }
    return Done{};
}

Status write_new_round(MysqlConnection& connection, const NewRound& fresh) {
    // The topic first: it locks rounds upwards, as issuing does. Two events that take the same free topic at once both lock the gap and
    // deadlock at their inserts, so that one of them comes again and finds the other.
    RoundInsertion insertion;
    insertion.previous = fresh.previous;
    insertion.gives_up_claims = !fresh.given_up.empty();
    auto other = lock_other_event_of_topic(connection, fresh.row.topic, fresh.row.event);
    if (!other) return other.fault();
    insertion.other_event = *other;

    auto highest = lock_highest_round(connection, fresh.row.event);
    if (!highest) return highest.fault();
    if (fresh.row.once_key) {
        const auto opened = read_round_opened_once(connection, fresh.row.event, *fresh.row.once_key);
        if (!opened) return opened.fault();
        insertion.opened_once = *opened;
    }
    auto verdict = may_insert_round(*highest, fresh.row, insertion);
    if (!verdict) return verdict.fault();
    if (*verdict == InsertVerdict::done_before) return Done{};

    if (fresh.previous) {
        if (auto given_up = insert_abandoned(connection, fresh.row.event, *fresh.previous, fresh.given_up); !given_up) return given_up;
    }
    if (auto inserted = insert_round_row(connection, fresh.row); !inserted) return inserted;
    return insert_purge_offsets(connection, fresh.row.event, fresh.row.round, fresh.purge_offsets);
}

Result<bool> mark_purged(MysqlConnection& connection, const std::string& event, Round round) {
    auto row = lock_round(connection, event, round);
    if (!row) return row.fault();
    if (!*row) return false;
    if ((*row)->state == RoundState::purged) return true;
    if (!may_become((*row)->state, RoundState::purged)) return false;
    (*row)->state = RoundState::purged;
    if (auto written = write_round(connection, **row); !written) return written.fault();
    return true;
}

std::string reset_lock_name(const std::string& database, const std::string& event) {
    const std::string start = "coupon-reset/";
    const std::string end = "/" + event;
    if (start.size() + database.size() + end.size() <= longest_lock_name) return start + database + end;
    return start + digest(database) + end;
}

} // namespace coupon
