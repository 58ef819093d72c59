#pragma once

#include "core/batch_rule.hpp"
#include "ledger/ledger.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// What the contract tests of the ledger run on: the tables of a database, in memory or on a real server.
namespace coupon {

class LedgerBench {
public:
    virtual ~LedgerBench() = default;

    /// One more ledger on the bench's tables, as another program would open it.
    virtual std::unique_ptr<Ledger> ledger(const std::string& event, const std::string& topic) = 0;

    /// From now on the database refuses the row of this user, or of every user, with the words "not this user".
    virtual void refuse(std::optional<std::int64_t> user) = 0;
    /// It takes every row again.
    virtual void refuse_none() = 0;
};

/// The bench of a case.
using MakeBench = std::function<std::unique_ptr<LedgerBench>()>;

/// Runs every case of the contract; to be called in one TEST_CASE.
void check_issue_contract(const MakeBench& make_bench);
void check_retry_contract(const MakeBench& make_bench);
void check_round_contract(const MakeBench& make_bench);
void check_reader_contract(const MakeBench& make_bench);
void check_position_contract(const MakeBench& make_bench);
void check_refused_rows_contract(const MakeBench& make_bench);

/// Long enough for anything that is going to happen.
/// Where the gate of these rounds is.
inline const GateHome some_home{"run-1", 0, {"redis://gate:6379/0"}};
inline const ArmingPlace some_place{"run-1", 0, "redis://gate:6379/0"};

inline Deadline soon() {
    return std::chrono::steady_clock::now() + std::chrono::seconds(20);
}

/// A name nobody else has, for an event or a topic.
std::string fresh_name(const std::string& start);

/// A winner's record.
struct Winner {
    std::int64_t user = 0;
    std::int64_t slot = 0;
    std::int64_t round = 1;
    std::int64_t epoch = 1;
};

/// An event with its topic, its ledger and its rounds.
class BenchEvent {
public:
    explicit BenchEvent(LedgerBench& bench, const std::string& topic = {});

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const std::string& topic() const { return topic_; }
    [[nodiscard]] Ledger& ledger() { return *ledger_; }

    /// A row that may be inserted, owned by `token`.
    [[nodiscard]] RoundRow fresh_row(std::int64_t round, std::int64_t limit = 100) const;
    /// Ends the open round, if there is one, and opens the next.
    void open_round(std::int64_t round, std::int64_t limit = 100);
    /// The record at the next offset of a partition.
    [[nodiscard]] SourceRecord record(const Winner& winner, std::int32_t partition = 0);
    [[nodiscard]] std::vector<SourceRecord> records(const std::vector<Winner>& winners);
    /// Issues and gives the classes, in order.
    std::vector<RecordClass> issue(const std::vector<SourceRecord>& batch);
    /// The rows of a round as (slot, user).
    [[nodiscard]] std::vector<std::pair<std::int64_t, std::int64_t>> rows(std::int64_t round = 1);

    static constexpr const char* token = "0123456789abcdef0123456789abcdef";

private:
    std::string name_;
    std::string topic_;
    std::unique_ptr<Ledger> ledger_;
    std::int64_t next_offset_ = 0;
};

/// The moment a record says it was granted.
inline Instant granted_at(std::int64_t slot) {
    return Instant(Milliseconds(1'700'000'000'000 + slot));
}

template <class T>
std::string told(const Result<T>& result) {
    return result ? "done" : std::string(name_of(result.fault().kind)) + ": " + result.fault().text();
}

/// The kind of a result's fault; nullopt: it has none.
template <class T>
std::optional<FaultKind> kind_of(const Result<T>& result) {
    return result ? std::nullopt : std::optional(result.fault().kind);
}

} // namespace coupon
