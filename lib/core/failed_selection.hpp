#pragma once

#include "core/failed_kind.hpp"
#include "core/record_identity.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <variant>

namespace coupon {

/// Records of one partition from the first offset to the last, both included.
struct PlaceRange {
    std::int32_t partition = 0;
    std::int64_t first = 0;
    std::int64_t last = 0;
    std::string digest{}; ///< the beginning of the record's SHA-256, lower-case hexadecimal digits; empty: of any record

    [[nodiscard]] bool contains(const RecordIdentity& record) const;
    /// One place, and whichever record lies, or once lay, there.
    [[nodiscard]] bool is_one_place() const { return first == last && digest.empty(); }
    friend bool operator==(const PlaceRange&, const PlaceRange&) = default;
};

/// Failed events of a topic: those of one kind, or those of these places.
using FailedSelection = std::variant<FailedKind, PlaceRange>;

/// How many failed events there are. "Open" is what was neither issued nor dismissed.
struct FailedCounts {
    std::map<FailedKind, std::int64_t> open;
    std::int64_t open_of_users = 0; ///< of the open ones, those that name a user, and no other event
    std::int64_t dismissed = 0;
    std::int64_t issued = 0;

    [[nodiscard]] std::int64_t open_total() const;
    /// "3 undecodable, 1 foreign_event"; empty where none is open.
    [[nodiscard]] std::string open_text() const;
    friend bool operator==(const FailedCounts&, const FailedCounts&) = default;
};

} // namespace coupon
