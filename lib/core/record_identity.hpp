#pragma once

#include "core/instant.hpp"
#include "core/issue_record.hpp"
#include "core/sha256.hpp"

#include <compare>
#include <span>

namespace coupon {

/// What tells a record from another one that lies, or once lay, at the same place: a broker comes back without its data, a topic is deleted
/// and made again, and its offsets begin at 0 once more.
struct RecordMark {
    Instant written_at;    ///< of the record
    Sha256Digest sha256{}; ///< of the whole packed record

    friend auto operator<=>(const RecordMark&, const RecordMark&) = default;
};

/// Which record it is. Ordered by place first.
struct RecordIdentity {
    SourcePosition at;
    RecordMark mark;

    friend auto operator<=>(const RecordIdentity&, const RecordIdentity&) = default;
};

[[nodiscard]] RecordMark mark_of(const SourceRecord& record);
[[nodiscard]] RecordIdentity identity_of(const SourceRecord& record);

/// Whether the record is one of these. The digest is worked out only where one of them lies at its place. REQUIRES: they are ascending.
[[nodiscard]] bool is_among(std::span<const RecordIdentity> identities, const SourceRecord& record);

} // namespace coupon
