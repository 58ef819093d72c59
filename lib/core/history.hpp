#pragma once

#include "core/event_name.hpp"
#include "core/grant.hpp"
#include "core/history_entries.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

/// The history of a run: what was asked and what was answered, JSON lines as lib/README.md ("History") fixes them. Lines have one shape
/// (this order, no blanks), so they are written and read here without a JSON document in memory.
namespace coupon {

inline constexpr std::string_view history_schema = "coupon.history/1";

/// The first line of a history file.
struct HistoryHead {
    std::string boot_id; ///< names the run of the machine's steady clock; times are comparable between files of equal boot_id
    std::int64_t pid = 0;
    std::string event;
    Round round;
    std::int64_t seed = 0;
};

/// A whole history file. A torn last line is not a defect (the program died writing it); any other unreadable line is, by its number.
struct History {
    std::string path;
    HistoryHead head;
    HistoryEntries entries;
    std::vector<std::string> defects;
};

/// One line each, with the newline. REQUIRES: the boot id is plain ASCII without quotes and backslashes; told names slot and level with
/// granted and duplicate, and with pending where they are known.
[[nodiscard]] std::string history_head_line(const HistoryHead& head);
[[nodiscard]] std::string history_invoke_line(std::int64_t id, std::int64_t invoke_ns, UserId user);
[[nodiscard]] std::string history_answer_line(std::int64_t id, std::int64_t answer_ns, const Told& told);

/// Reads a history file's text piece by piece; the pieces may end anywhere.
class HistoryParser {
public:
    explicit HistoryParser(std::string path);
    void feed(std::string_view piece);
    /// Ends the file. An answer without an invoke, an id used twice, or a file without a head line is a defect. Only the first few defects
    /// have a sentence of their own.
    [[nodiscard]] History finish();

private:
    void take_line(std::string_view line);
    void take_invoke(const HistoryEntry& invoke);
    void take_answer(const HistoryEntry& answer);
    void defect(const std::string& what);
    /// The place among the entries.
    [[nodiscard]] std::optional<std::size_t> find(std::int64_t id) const;

    History history_;
    std::string rest_; ///< the beginning of a line whose end has not come yet
    std::int64_t line_number_ = 0;
    std::int64_t defects_ = 0;
    std::unordered_map<std::int64_t, std::size_t> strays_; ///< entries whose id does not follow the one before, by id
};

} // namespace coupon
