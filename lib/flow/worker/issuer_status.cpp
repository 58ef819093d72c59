#include "flow/worker/issuer.hpp"

/// What a worker tells of itself while it works, and what it notes of the offsets that it reads.
namespace coupon {

namespace {

constexpr Milliseconds membership_interval{100};

} // namespace

std::string Issuer::listed(const std::set<std::int32_t>& partitions) {
    std::string list;
    for (const auto partition : partitions)
        list += " " + std::to_string(partition);
    return list;
}

void Issuer::tell_status() {
    if (!world_.status_asked()) return;
    const auto list = listed(subscriber_.assigned());
    journal_.status((list.empty() ? "no partition" : "partitions" + list) + "; " + std::to_string(report_.issued) + " issued, " +
                    std::to_string(report_.already_issued) + " already issued, " + std::to_string(report_.stale) + " stale, " +
                    std::to_string(report_.fenced) + " fenced, " + std::to_string(report_.failed) + " failed; " + doing());
}

const char* Issuer::doing() const {
    if (lanes_.is_troubled()) return "waiting for the database";
    if (is_broker_away_) return "waiting for kafka";
    return has_caught_up_ ? "caught up" : "working";
}

void Issuer::tell_gone(const Fault& fault) {
    topic_trouble_.trouble(fault.text_with("waiting for it"));
}

void Issuer::note_offset(SourceRecord& record) {
    const auto& at = record.at;
    const auto [last, is_first] = last_read_.emplace(at.partition, at.offset);
    // Offsets only rise within a log.
    if (!is_first && at.offset <= last->second) compare_logs_();
    last->second = at.offset;
    record.unbroken_from = reading_.read(at);
}

void Issuer::forget_offsets() {
    last_read_.clear();
    reading_.forget();
}

void Issuer::tell_membership() {
    const Tick now = world_.now();
    if (!note_membership_ || now - told_membership_ < membership_interval) return;
    told_membership_ = now;
    note_membership_(subscriber_.membership());
}

} // namespace coupon
