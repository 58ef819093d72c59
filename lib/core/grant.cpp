#include "core/grant.hpp"

namespace coupon {

namespace {

template <class Enum, std::size_t Size>
std::optional<Enum> find_by_name(const std::array<Enum, Size>& all, std::string_view text) {
    for (const auto value : all) {
        if (text == name_of(value)) return value;
    }
    return std::nullopt;
}

} // namespace

const char* name_of(Answer answer) {
    switch (answer) {
    case Answer::granted: return "granted";
    case Answer::pending: return "pending";
    case Answer::duplicate: return "duplicate";
    case Answer::sold_out: return "sold_out";
    case Answer::closed: return "closed";
    case Answer::error: return "error";
    case Answer::unknown: return "unknown";
    }
    return "unknown";
}

const char* name_of(Level level) {
    switch (level) {
    case Level::claimed: return "claimed";
    case Level::published: return "published";
    case Level::issued: return "issued";
    }
    return "claimed";
}

const char* name_of(ClosedReason reason) {
    switch (reason) {
    case ClosedReason::not_yet: return "not_yet";
    case ClosedReason::ended: return "ended";
    case ClosedReason::by_operator: return "by_operator";
    case ClosedReason::round_over: return "round_over";
    }
    return "by_operator";
}

std::optional<Answer> parse_answer(std::string_view text) {
    return find_by_name(all_answers, text);
}

std::optional<Level> parse_level(std::string_view text) {
    return find_by_name(std::array{Level::claimed, Level::published, Level::issued}, text);
}

std::optional<ClosedReason> parse_closed_reason(std::string_view text) {
    return find_by_name(std::array{ClosedReason::not_yet, ClosedReason::ended, ClosedReason::by_operator, ClosedReason::round_over}, text);
}

} // namespace coupon
