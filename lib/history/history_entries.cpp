#include "history/history_entries.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace coupon {

namespace {

// What stands for nothing, each beyond what is kept of its kind.
constexpr std::int64_t no_answer = (1LL << 39) - 1;
constexpr std::int32_t no_slot = std::numeric_limits<std::int32_t>::max();
constexpr std::uint64_t no_level = 6;
constexpr std::uint64_t is_whole = 7; // in place of a level

constexpr std::int64_t latest_invoke = (1LL << 50) - 1; // nanoseconds, 13 days
constexpr unsigned low_bits = 32;

// How wide the narrow fields are, said to the compiler at each use: numbers that do not fit are not put there.
constexpr std::uint64_t low50 = (1ULL << 50) - 1;
constexpr std::uint64_t low7 = 127;
constexpr std::uint64_t low4 = 15;
constexpr std::uint64_t low3 = 7;

} // namespace

std::int64_t HistoryEntries::id_of(std::size_t index) const {
    const auto next = std::upper_bound(runs_.begin(), runs_.end(), index, [](std::size_t one, const Run& run) { return one < run.index; });
    const auto& run = *std::prev(next);
    return run.id + static_cast<std::int64_t>(index - run.index);
}

std::int64_t HistoryEntries::wait_of(const Compact& compact) {
    return static_cast<std::int64_t>((std::uint64_t{compact.wait_high} << low_bits) | compact.wait_low);
}

std::optional<HistoryEntries::Compact> HistoryEntries::compact(std::size_t index, const HistoryEntry& entry) const {
    // Ids and times are never negative, so that any two of them can be subtracted.
    const auto invoke_ns = entry.invoke_ns - first_invoke_ns_;
    const auto wait = entry.answer_ns ? *entry.answer_ns - entry.invoke_ns : no_answer;
    const auto slot = entry.slot ? entry.slot->value() : no_slot;
    if (entry.id != id_of(index) || invoke_ns < 0 || invoke_ns > latest_invoke) return std::nullopt;
    if (wait < 0 || (entry.answer_ns ? wait >= no_answer : wait != no_answer)) return std::nullopt;
    if (entry.slot && (slot < 0 || slot >= no_slot)) return std::nullopt;
    Compact compact{};
    compact.user = entry.user;
    compact.invoke_ns = static_cast<std::uint64_t>(invoke_ns) & low50;
    compact.answer = static_cast<std::uint64_t>(entry.answer) & low4;
    compact.level = (entry.level ? static_cast<std::uint64_t>(*entry.level) : no_level) & low3;
    compact.wait_high = (static_cast<std::uint64_t>(wait) >> low_bits) & low7;
    compact.wait_low = static_cast<std::uint32_t>(wait);
    compact.slot = static_cast<std::int32_t>(slot);
    return compact;
}

void HistoryEntries::push_back(const HistoryEntry& entry) {
    if (empty()) first_invoke_ns_ = entry.invoke_ns;
    if (empty() || entry.id - 1 != id_of(size() - 1)) runs_.push_back({size(), entry.id});
    entries_.emplace_back();
    replace(size() - 1, entry);
}

void HistoryEntries::replace(std::size_t index, const HistoryEntry& entry) {
    whole_.erase(static_cast<Index>(index));
    if (const auto fits = compact(index, entry)) {
        entries_[index] = *fits;
        return;
    }
    Compact stand_in{};
    stand_in.user = entry.user;
    stand_in.answer = static_cast<std::uint64_t>(entry.answer) & low4;
    stand_in.level = is_whole;
    entries_[index] = stand_in;
    whole_.emplace(static_cast<Index>(index), entry);
}

std::int64_t HistoryEntries::invoke_ns(std::size_t index) const {
    const auto& compact = entries_[index];
    if (compact.level == is_whole) return whole_.at(static_cast<Index>(index)).invoke_ns;
    return first_invoke_ns_ + static_cast<std::int64_t>(compact.invoke_ns);
}

std::int64_t HistoryEntries::answer_ns(std::size_t index) const {
    const auto& compact = entries_[index];
    if (compact.level == is_whole) return *whole_.at(static_cast<Index>(index)).answer_ns;
    return first_invoke_ns_ + static_cast<std::int64_t>(compact.invoke_ns) + wait_of(compact);
}

HistoryEntry HistoryEntries::operator[](std::size_t index) const {
    const auto& compact = entries_[index];
    if (compact.level == is_whole) return whole_.at(static_cast<Index>(index));
    HistoryEntry entry;
    entry.id = id_of(index);
    entry.user = compact.user;
    entry.invoke_ns = first_invoke_ns_ + static_cast<std::int64_t>(compact.invoke_ns);
    const auto wait = wait_of(compact);
    if (wait != no_answer) entry.answer_ns = entry.invoke_ns + wait;
    entry.answer = static_cast<Answer>(compact.answer);
    if (compact.slot != no_slot) entry.slot = Slot(compact.slot);
    if (compact.level != no_level) entry.level = static_cast<Level>(compact.level);
    return entry;
}

} // namespace coupon
