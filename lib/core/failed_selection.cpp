#include "core/failed_selection.hpp"

namespace coupon {

bool PlaceRange::contains(const RecordIdentity& record) const {
    return record.at.partition == partition && first <= record.at.offset && record.at.offset <= last &&
           hex(record.mark.sha256).starts_with(digest);
}

std::int64_t FailedCounts::open_total() const {
    std::int64_t total = 0;
    for (const auto& [kind, count] : open)
        total += count;
    return total;
}

std::string FailedCounts::open_text() const {
    std::string text;
    for (const auto& [kind, count] : open)
        text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + name_of(kind);
    return text;
}

} // namespace coupon
