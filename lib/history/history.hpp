#pragma once

#include "core/event_name.hpp"
#include "core/grant.hpp"
#include "core/instant.hpp"
#include "core/sha256.hpp"
#include "history/history_entries.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
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
    Instant started_at{};        ///< by the wall clock, when the file was made
    std::int64_t started_ns = 0; ///< the same moment by CLOCK_MONOTONIC, which the times of applications are of
};

/// What a history holds.
struct HistoryCounts {
    std::int64_t applications = 0;
    std::int64_t answers = 0;

    friend bool operator==(const HistoryCounts&, const HistoryCounts&) = default;
};

/// The last line of a history whose program came to its end.
struct HistoryClosing {
    HistoryCounts counts;
    Instant started_at; ///< as in the head
    Instant finished_at;
    std::string sha256; ///< of all bytes before the closing line, 64 hex digits

    friend bool operator==(const HistoryClosing&, const HistoryClosing&) = default;
};

/// A history file as it was read. A torn last line is no defect: the program died writing it. Any other unreadable line is, by its number.
struct History {
    std::string path;
    HistoryHead head;
    HistoryEntries entries;
    std::vector<std::string> defects;
    /// Absent: the file is incomplete. It was cut, or its program was killed or still runs.
    std::optional<HistoryClosing> closing;
    /// Why the file cannot be as its program wrote it, or empty. Nothing in such a file is evidence.
    std::string changed;
};

/// One line each, with the newline. REQUIRES: the boot id is plain ASCII without quotes and backslashes; told names slot and level with
/// granted and duplicate, and with pending where they are known.
[[nodiscard]] std::string history_head_line(const HistoryHead& head);
[[nodiscard]] std::string history_invoke_line(std::int64_t id, std::int64_t invoke_ns, UserId user);
[[nodiscard]] std::string history_answer_line(std::int64_t id, std::int64_t answer_ns, const Told& told);
[[nodiscard]] std::string history_closing_line(const HistoryClosing& closing);

/// Reads a history file's text piece by piece; the pieces may end anywhere.
class HistoryParser {
public:
    explicit HistoryParser(std::string path);
    void feed(std::string_view piece);
    /// Ends the file. An answer without an invoke, an id used twice, or a file without a head line is a defect. Only the first few defects
    /// have a sentence of their own. A closing line that is not last, or whose counts or digest are not those of the lines before it, shows
    /// that the file was changed.
    [[nodiscard]] History finish();

private:
    void take_line(std::string_view line);
    void take_invoke(const HistoryEntry& invoke);
    void take_answer(const HistoryEntry& answer);
    void take_closing(std::string_view line);
    void defect(const std::string& what);
    /// The place among the entries.
    [[nodiscard]] std::optional<std::size_t> find(std::int64_t id) const;

    History history_;
    std::string rest_; ///< the beginning of a line whose end has not come yet
    Sha256 digest_;    ///< of all whole lines before the one that is taken
    std::int64_t answers_ = 0;
    std::int64_t line_number_ = 0;
    std::int64_t defects_ = 0;
    /// Entries whose ids go up by one, each place by one as well.
    struct Run {
        std::size_t place;
        std::size_t count;
    };
    std::map<std::int64_t, Run> runs_; ///< by the first id; no two overlap
    Run* last_run_ = nullptr;
    std::int64_t last_id_ = 0;
};

} // namespace coupon
