#pragma once

#include "audit/reconcile.hpp"
#include "audit/slot_holders.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace coupon {

/// What the ledger's rounds say about a record, and what became of it.
struct JudgedRecord {
    Admission admission = Admission::failed; ///< failed where it could not be read
    std::optional<RecordClass> becomes;      ///< absent: it has no class (yet)

    [[nodiscard]] bool is_issued() const { return becomes == RecordClass::issued || becomes == RecordClass::already_issued; }
};

/// One record of the topic and what became of it.
struct ClassedRecord : JudgedRecord {
    TopicRecord record;
    std::string_view why; ///< why it has no class, or why it failed

    [[nodiscard]] const SourcePosition& at() const { return record.at; }
    /// nullptr where it could not be read.
    [[nodiscard]] const IssueRecord* issue() const { return std::get_if<IssueRecord>(&record.decoded); }
};

/// All records of the topic, in the order of the input, which must outlive this.
class ClassedRecords {
public:
    /// Gives every record its class (I9), from the ledger's rounds, fences, rows and failed events. Of several records of the same (round,
    /// user, slot) the first is the issued one. A fenced record whose row exists and that is the only one of its kind counts as issued: it
    /// arrived between the end offsets and the fence, and arming put its claim back.
    explicit ClassedRecords(const AuditInput& input);

    [[nodiscard]] std::size_t size() const { return judged_.size(); }
    [[nodiscard]] const JudgedRecord& judged(std::size_t index) const { return judged_[index]; }
    [[nodiscard]] ClassedRecord operator[](std::size_t index) const;
    /// What a record says of its grant. REQUIRES: it can be read.
    [[nodiscard]] Grant grant(std::size_t index) const { return *input_->topic_log->records.grant(index); }
    /// Whose it is in the audited round: a record of another round or event is nobody's (I10), one that cannot be read belongs to whom its
    /// value names.
    [[nodiscard]] std::optional<UserId> user_of(std::size_t index) const;

private:
    const AuditInput* input_ = nullptr;
    std::vector<JudgedRecord> judged_;
    std::map<Index, std::string> why_; ///< of the few that have something to say
};

/// The row of a round in the ledger, or nullptr.
[[nodiscard]] const RoundRow* find_round(const std::optional<LedgerSnapshot>& ledger, Round round);

} // namespace coupon
