#include "core/record_identity.hpp"

#include <algorithm>

namespace coupon {

RecordMark mark_of(const SourceRecord& record) {
    return {record.written_at, keep(record.raw, 0).sha256};
}

RecordIdentity identity_of(const SourceRecord& record) {
    return {record.at, mark_of(record)};
}

bool is_among(std::span<const RecordIdentity> identities, const SourceRecord& record) {
    const auto here = std::ranges::equal_range(identities, record.at, {}, &RecordIdentity::at);
    return !here.empty() && std::ranges::binary_search(here, mark_of(record), {}, &RecordIdentity::mark);
}

} // namespace coupon
