#pragma once

#include "audit/evidence.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace coupon {

/// In which epoch an application was decided, where that is certain. Within an epoch slots are given in the order of the decisions, and
/// nothing is given after "sold out"; between epochs claims nobody was promised may be lost and given again.
///
/// A record's epoch is never older than the decision behind it: claims that survive an arming take the new epoch along. So a record of
/// epoch 1 is certain. For a later epoch the application must also have been made after that epoch had certainly begun: after somebody
/// was told "granted" whose every record carries it or a later one.
class Epochs {
public:
    explicit Epochs(const Evidence& evidence);

    /// The round never lost anything: every application was decided in its one epoch.
    [[nodiscard]] bool is_single() const { return last_ == Epoch(1); }
    [[nodiscard]] Epoch last() const { return last_; }
    /// Of an application told "granted".
    [[nodiscard]] std::optional<Epoch> of_grant(const History& history, const HistoryEntry& entry) const;
    /// Whether an application of this history, made at this moment, was certainly decided in this epoch or later.
    [[nodiscard]] bool had_begun(Epoch epoch, const History& history, std::int64_t invoke_ns) const;

private:
    /// The log was made again, as a fence that begins at 0 tells (a partition that was empty before looks alike), or a row has no record.
    [[nodiscard]] bool has_lost_records() const;
    [[nodiscard]] std::optional<Epoch> oldest_record(const HistoryEntry& entry) const;

    const Evidence& evidence_;
    Epoch last_{1};
    std::map<std::string, std::map<Epoch, std::int64_t>> began_by_; ///< by boot id; only ever too late. Empty where records were lost
};

} // namespace coupon
