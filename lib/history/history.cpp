#include "history/history.hpp"

#include "core/rfc3339.hpp"

#include <cassert>

namespace coupon {

namespace {

/// What stands between quotes in a history is plain: ids, names and words, never an escape.
bool is_plain(std::string_view text) {
    for (const char c : text) {
        if (c < ' ' || c > '~' || c == '"' || c == '\\') return false;
    }
    return true;
}

std::string quoted(std::string_view text) {
    assert(is_plain(text));
    return '"' + std::string(text) + '"';
}

} // namespace

std::string history_head_line(const HistoryHead& head) {
    return "{\"schema\":" + quoted(history_schema) + ",\"boot_id\":" + quoted(head.boot_id) + ",\"pid\":" + std::to_string(head.pid) +
           ",\"event\":" + quoted(head.event) + ",\"round\":" + head.round.text() + ",\"seed\":" + std::to_string(head.seed) +
           ",\"started_at\":" + quoted(rfc3339(head.started_at)) + ",\"started_ns\":" + std::to_string(head.started_ns) + "}\n";
}

std::string history_invoke_line(std::int64_t id, std::int64_t invoke_ns, UserId user) {
    return "{\"id\":" + std::to_string(id) + ",\"invoke_ns\":" + std::to_string(invoke_ns) + ",\"user\":\"" + user.text() + "\"}\n";
}

std::string history_answer_line(std::int64_t id, std::int64_t answer_ns, const Told& told) {
    const bool may_name_slot = told.answer == Answer::granted || told.answer == Answer::pending || told.answer == Answer::duplicate;
    assert(told.slot.has_value() == told.level.has_value() && (may_name_slot || !told.slot));
    assert(told.slot || (told.answer != Answer::granted && told.answer != Answer::duplicate));
    std::string line = "{\"id\":" + std::to_string(id) + ",\"answer_ns\":" + std::to_string(answer_ns) + ",\"user\":\"" + told.user.text() +
                       "\",\"answer\":\"" + name_of(told.answer) + "\"";
    if (told.slot) line += ",\"slot\":" + told.slot->text() + ",\"level\":\"" + name_of(*told.level) + "\"";
    return line + "}\n";
}

std::string history_closing_line(const HistoryClosing& closing) {
    return "{\"applications\":" + std::to_string(closing.counts.applications) + ",\"answers\":" + std::to_string(closing.counts.answers) +
           ",\"started_at\":" + quoted(rfc3339(closing.started_at)) + ",\"finished_at\":" + quoted(rfc3339(closing.finished_at)) +
           ",\"sha256\":" + quoted(closing.sha256) + "}\n";
}

} // namespace coupon
