#include "audit/topic_records.hpp"

#include <utility>

namespace coupon {

void TopicRecords::begin_run(const Kind& kind, const SourcePosition& at, const Grant& grant) {
    current_ = static_cast<std::uint32_t>(runs_.size());
    runs_.push_back({kind, at.offset, grant.granted_at});
    latest_[kind] = current_;
}

std::uint32_t TopicRecords::latest_run(const SourcePosition& at, const IssueRecord& issue, Signature::Kind signature) {
    const auto is_of = [&](const Kind& kind) {
        return kind.partition == at.partition && kind.round == issue.grant.round && kind.epoch == issue.grant.epoch &&
               kind.signature == signature && kind.event == issue.event;
    };
    // Most records are like the one before.
    if (current_ < runs_.size() && is_of(runs_[current_].kind)) return current_;
    const Kind kind{at.partition, issue.event, issue.grant.round, issue.grant.epoch, signature};
    const auto latest = latest_.find(kind);
    if (latest == latest_.end()) {
        begin_run(kind, at, issue.grant);
    } else {
        current_ = latest->second;
    }
    return current_;
}

std::optional<TopicRecords::Compact> TopicRecords::within(std::uint32_t run, const SourcePosition& at, const Grant& grant) const {
    const auto offset = at.offset - runs_[run].first_offset;
    const auto granted_at = (grant.granted_at - runs_[run].first_granted_at).count();
    if (!std::in_range<std::uint32_t>(offset) || !std::in_range<std::int32_t>(granted_at)) return std::nullopt;
    return Compact{grant.user, static_cast<std::uint32_t>(offset), static_cast<std::int32_t>(granted_at),
                   static_cast<std::int32_t>(grant.slot.value()), run};
}

void TopicRecords::add(const TopicRecord& record, const std::optional<RoundKey>& key) {
    const auto* issue = std::get_if<IssueRecord>(&record.decoded);
    const bool is_verified = issue != nullptr && key && is_signed(*issue, *key);
    const bool is_unsigned = issue != nullptr && issue->signature.kind == Signature::Kind::none;
    // A slot that nobody could have been given may be of any size; a signature nobody made would have to be kept.
    if (issue != nullptr && (is_verified || is_unsigned) && std::in_range<std::int32_t>(issue->grant.slot.value())) {
        const auto signature = is_verified ? Signature::Kind::verified : Signature::Kind::none;
        auto compact = within(latest_run(record.at, *issue, signature), record.at, issue->grant);
        if (!compact) {
            begin_run(Kind(runs_[current_].kind), record.at, issue->grant);
            compact = within(current_, record.at, issue->grant);
        }
        return records_.push_back(*compact);
    }
    records_.push_back({{}, 0, 0, 0, first_other + static_cast<std::uint32_t>(others_.size())});
    others_.push_back(record);
}

TopicRecord TopicRecords::operator[](std::size_t index) const {
    const auto& record = records_[index];
    if (const auto* whole = other(record); whole != nullptr) return *whole;
    const auto& run = runs_[record.run];
    return {{run.kind.partition, run.first_offset + record.offset}, IssueRecord{run.kind.event, *grant(index), {run.kind.signature, {}}}};
}

std::optional<Grant> TopicRecords::grant(std::size_t index) const {
    const auto& record = records_[index];
    if (const auto* whole = other(record); whole != nullptr) {
        const auto* issue = std::get_if<IssueRecord>(&whole->decoded);
        return issue == nullptr ? std::nullopt : std::optional(issue->grant);
    }
    const auto& run = runs_[record.run];
    return Grant{run.kind.round, run.kind.epoch, Slot(record.slot), record.user, run.first_granted_at + Milliseconds(record.granted_at)};
}

const std::string& TopicRecords::event(std::size_t index) const {
    static const std::string none;
    const auto& record = records_[index];
    if (const auto* whole = other(record); whole != nullptr) {
        const auto* issue = std::get_if<IssueRecord>(&whole->decoded);
        return issue == nullptr ? none : issue->event;
    }
    return runs_[record.run].kind.event;
}

} // namespace coupon
