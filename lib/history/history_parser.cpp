#include "history/history.hpp"

#include "core/decimal.hpp"
#include "core/escape.hpp"
#include "core/rfc3339.hpp"
#include "core/text_encoding.hpp"

#include <iterator>

namespace coupon {

namespace {

/// No line of ours comes near this; a file without newlines must not fill the memory.
constexpr std::size_t longest_line = 1024;
constexpr std::int64_t defects_spelled_out = 10;

/// Walks along one line. Once something does not fit, nothing fits any more.
class Cursor {
public:
    explicit Cursor(std::string_view line) : rest_(line) {}

    [[nodiscard]] bool at_end() const { return fits_ && rest_.empty(); }
    [[nodiscard]] bool fits() const { return fits_; }

    /// Takes the literal if it is next.
    bool take(std::string_view literal) {
        if (!fits_ || !rest_.starts_with(literal)) return false;
        rest_.remove_prefix(literal.size());
        return true;
    }
    void expect(std::string_view literal) {
        if (!take(literal)) fits_ = false;
    }
    std::int64_t number() {
        std::size_t digits = 0;
        while (digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9')
            ++digits;
        const auto value = parse_decimal(rest_.substr(0, digits));
        if (!fits_ || !value) {
            fits_ = false;
            return 0;
        }
        rest_.remove_prefix(digits);
        return *value;
    }
    /// A seed may be negative.
    std::int64_t signed_number() {
        const bool negative = take("-");
        const std::int64_t value = number();
        return negative ? -value : value;
    }
    std::string_view word() {
        expect("\"");
        const auto end = rest_.find('"');
        if (!fits_ || end == std::string_view::npos || rest_.substr(0, end).find('\\') != std::string_view::npos) {
            fits_ = false;
            return {};
        }
        const auto text = rest_.substr(0, end);
        rest_.remove_prefix(end + 1);
        return text;
    }
    UserId user() {
        const auto parsed = parse_user_id(word());
        if (!parsed) fits_ = false;
        return parsed.value_or(UserId{});
    }
    Instant moment() {
        const auto text = word();
        const auto parsed = parse_rfc3339(text);
        if (!parsed || rfc3339(*parsed) != text) fits_ = false;
        return parsed.value_or(Instant{});
    }

private:
    std::string_view rest_;
    bool fits_ = true;
};

std::optional<HistoryHead> parse_head(std::string_view line) {
    Cursor at(line);
    HistoryHead head;
    at.expect("{\"schema\":");
    if (at.word() != history_schema) return std::nullopt;
    at.expect(",\"boot_id\":");
    head.boot_id = at.word();
    at.expect(",\"pid\":");
    head.pid = at.number();
    at.expect(",\"event\":");
    head.event = at.word();
    at.expect(",\"round\":");
    head.round = Round(at.number());
    at.expect(",\"seed\":");
    head.seed = at.signed_number();
    at.expect(",\"started_at\":");
    head.started_at = at.moment();
    at.expect(",\"started_ns\":");
    head.started_ns = at.number();
    at.expect("}");
    if (!at.at_end() || !EventName::parse(head.event)) return std::nullopt;
    return head;
}

/// A history is judged byte by byte: one that was converted is not what its program wrote.
std::string why_no_head(std::string_view line) {
    if (is_utf16(line)) return "is UTF-16; copy the file as it is, byte by byte";
    const auto rest = without_byte_order_mark(line);
    if (rest.size() < line.size()) return "begins with a byte order mark; copy the file as it is, byte by byte";
    if (line.ends_with('\r') && parse_head(line.substr(0, line.size() - 1))) return "ends with CR LF; copy the file as it is, byte by byte";
    return "is not the head of a history: '" + escape(line, 60) + "'";
}

/// How a closing line begins, and no other.
constexpr std::string_view closing_start = "{\"applications\":";

std::optional<HistoryClosing> parse_closing(std::string_view line) {
    Cursor at(line);
    HistoryClosing closing;
    at.expect(closing_start);
    closing.counts.applications = at.number();
    at.expect(",\"answers\":");
    closing.counts.answers = at.number();
    at.expect(",\"started_at\":");
    closing.started_at = at.moment();
    at.expect(",\"finished_at\":");
    closing.finished_at = at.moment();
    at.expect(",\"sha256\":");
    closing.sha256 = at.word();
    at.expect("}");
    return at.at_end() ? std::optional(closing) : std::nullopt;
}

/// Slot and level stand together: always with granted and duplicate, with pending where they are known, never otherwise.
bool names_slot_rightly(const HistoryEntry& entry) {
    switch (entry.answer) {
    case Answer::granted:
    case Answer::duplicate: return entry.slot && entry.slot->value() >= 1;
    case Answer::pending: return true;
    case Answer::sold_out:
    case Answer::closed:
    case Answer::error:
    case Answer::unknown: return !entry.slot;
    }
    return false;
}

std::string counts_text(const HistoryCounts& counts) {
    return std::to_string(counts.applications) + " applications and " + std::to_string(counts.answers) + " answers";
}

/// An invoke line, or (with answer_ns) an answer line.
std::optional<HistoryEntry> parse_entry(std::string_view line) {
    Cursor at(line);
    HistoryEntry entry;
    at.expect("{\"id\":");
    entry.id = at.number();
    if (at.take(",\"invoke_ns\":")) {
        entry.invoke_ns = at.number();
        at.expect(",\"user\":");
        entry.user = at.user();
        at.expect("}");
        return at.at_end() ? std::optional(entry) : std::nullopt;
    }
    at.expect(",\"answer_ns\":");
    entry.answer_ns = at.number();
    at.expect(",\"user\":");
    entry.user = at.user();
    at.expect(",\"answer\":");
    const auto answer = parse_answer(at.word());
    if (!answer) return std::nullopt;
    entry.answer = *answer;
    if (at.take(",\"slot\":")) {
        entry.slot = Slot(at.number());
        at.expect(",\"level\":");
        entry.level = parse_level(at.word());
        if (!entry.level) return std::nullopt;
    }
    at.expect("}");
    if (!at.at_end() || !names_slot_rightly(entry)) return std::nullopt;
    return entry;
}

} // namespace

HistoryParser::HistoryParser(std::string path) {
    history_.path = std::move(path);
}

void HistoryParser::feed(std::string_view piece) {
    std::size_t hashed = 0; // bytes of the piece that are in the digest
    std::size_t begin = 0;
    for (;;) {
        const auto end = piece.find('\n', begin);
        if (end == std::string_view::npos) break;
        auto line = piece.substr(begin, end - begin);
        // Only the first line of a piece can have begun in the one before.
        const bool began_before = !rest_.empty();
        if (began_before) line = rest_ += line;
        if (line.starts_with(closing_start)) {
            digest_.add(piece.substr(hashed, begin - hashed));
            hashed = begin;
        }
        take_line(line);
        begin = end + 1;
        if (!began_before) continue;
        digest_.add(rest_);
        digest_.add("\n");
        rest_.clear();
        hashed = begin;
    }
    digest_.add(piece.substr(hashed, begin - hashed));
    if (rest_.size() <= longest_line) rest_ += piece.substr(begin, longest_line + 1);
}

History HistoryParser::finish() {
    if (history_.closing && !rest_.empty()) take_line(rest_);
    // What stands after the last newline was torn by the death of the program, unless it is whole by chance. A torn answer is no answer.
    if (!history_.closing && !rest_.empty() && (line_number_ == 0 || parse_entry(rest_))) take_line(rest_);
    if (line_number_ == 0) history_.defects.emplace_back("it has no head line");
    if (defects_ > defects_spelled_out) history_.defects.push_back("and " + std::to_string(defects_ - defects_spelled_out) + " more");
    return std::move(history_);
}

void HistoryParser::take_line(std::string_view line) {
    ++line_number_;
    if (history_.closing) {
        history_.changed = "it goes on after its closing line";
        return;
    }
    if (line_number_ == 1) {
        auto head = parse_head(line);
        if (!head) return defect(why_no_head(line));
        history_.head = std::move(*head);
        return;
    }
    if (line.starts_with(closing_start)) return take_closing(line);
    const auto entry = parse_entry(line);
    if (!entry) return defect("cannot be read: '" + escape(line, 60) + "'");
    if (entry->answer_ns) {
        take_answer(*entry);
    } else {
        take_invoke(*entry);
    }
}

std::optional<std::size_t> HistoryParser::find(std::int64_t id) const {
    const auto after = runs_.upper_bound(id);
    if (after == runs_.begin()) return std::nullopt;
    const auto& [first, run] = *std::prev(after);
    const auto nth = static_cast<std::uint64_t>(id) - static_cast<std::uint64_t>(first);
    return nth < run.count ? std::optional(run.place + nth) : std::nullopt;
}

void HistoryParser::take_invoke(const HistoryEntry& invoke) {
    if (find(invoke.id)) return defect("uses id " + std::to_string(invoke.id) + " again");
    auto& entries = history_.entries;
    // Programs count their applications up; several threads of one do so in turns.
    if (last_run_ != nullptr && invoke.id - 1 == last_id_) {
        ++last_run_->count;
    } else {
        last_run_ = &runs_.emplace(invoke.id, Run{entries.size(), 1}).first->second;
    }
    last_id_ = invoke.id;
    entries.push_back(invoke);
}

void HistoryParser::take_answer(const HistoryEntry& answer) {
    const auto asked = find(answer.id);
    if (!asked) return defect("answers id " + std::to_string(answer.id) + ", which was never asked");
    auto entry = history_.entries[*asked];
    if (entry.answer_ns) return defect("answers id " + std::to_string(answer.id) + " again");
    if (entry.user != answer.user) return defect("answers id " + std::to_string(answer.id) + " for another user");
    if (*answer.answer_ns < entry.invoke_ns) return defect("answers id " + std::to_string(answer.id) + " before it was asked");
    entry.answer_ns = answer.answer_ns;
    entry.answer = answer.answer;
    entry.slot = answer.slot;
    entry.level = answer.level;
    history_.entries.replace(*asked, entry);
    ++answers_;
}

void HistoryParser::take_closing(std::string_view line) {
    const auto closing = parse_closing(line);
    if (!closing) return defect("cannot be read: '" + escape(line, 60) + "'");
    history_.closing = closing;
    const HistoryCounts found{static_cast<std::int64_t>(history_.entries.size()), answers_};
    if (closing->sha256 != hex(digest_.digest())) {
        const bool has_head = !history_.head.event.empty();
        history_.changed = has_head ? "its lines do not have the digest of its closing line" : "its " + history_.defects.front();
    } else if (history_.defects.empty() && closing->counts != found) {
        history_.changed = "its closing line counts " + counts_text(closing->counts) + ", it holds " + counts_text(found);
    }
}

void HistoryParser::defect(const std::string& what) {
    if (++defects_ <= defects_spelled_out) history_.defects.push_back("line " + std::to_string(line_number_) + " " + what);
}

} // namespace coupon
