#include "gate/redis/application_replies.hpp"

#include "core/outside_number.hpp"
#include "gate/redis/gate_layout.hpp"
#include "gate/redis/reply_words.hpp"

#include <tuple>

namespace coupon {

namespace {

/// A count as the scripts read one: a Lua number is exact in 15 digits.
std::optional<std::int64_t> count_at(const RedisReply& reply, std::size_t index) {
    constexpr std::size_t most_digits = 15;
    const auto word = word_at(reply, index);
    return word.size() <= most_digits ? parse_decimal(word) : std::nullopt;
}

/// The next word of an answer, which is taken away with the blank behind it.
std::string_view take_word(std::string_view& answer) {
    const auto blank = answer.find(' ');
    const auto word = answer.substr(0, blank);
    answer.remove_prefix(blank == std::string_view::npos ? answer.size() : blank + 1);
    return word;
}

/// `rest`: SLOT EPOCH confirmed, or SLOT EPOCH pending GRANTED_AT.
Result<ClaimReply> read_grant(const RedisReply& answer, ClaimReply::Kind kind, std::string_view rest, const Application& application) {
    const auto slot = parse_count(take_word(rest));
    const auto epoch = parse_count(take_word(rest));
    const auto state = take_word(rest);
    if (!slot || *slot < 1 || *slot > largest_limit || !epoch) return unexpected(answer);
    ClaimReply read;
    read.kind = kind;
    read.grant = {application.round, Epoch(*epoch), Slot(*slot), application.user, Instant{}};
    if (state == "confirmed" && rest.empty()) {
        read.state = ClaimState::confirmed;
        return read;
    }
    const auto granted_at = parse_instant(rest);
    if (state != "pending" || !granted_at) return unexpected(answer);
    read.grant.granted_at = *granted_at;
    return read;
}

/// The gate's seal, at this element, is the one expected, as far as both have one.
bool has_seal(const RedisReply& reply, std::size_t index, const std::string& seal) {
    return reply.elements[index].kind != RedisReply::Kind::nil && is_same_seal(std::string(word_at(reply, index)), seal);
}

} // namespace

Result<ClaimReply> read_claim_reply(const RedisReply& reply, const ClaimPlace& place, const Application& application) {
    if (is_fault(reply)) return fault_in(reply);
    if (reply.elements.size() != place.of) return unexpected(reply);
    const auto& answer = reply.elements[place.index];
    if (is_fault(answer)) return fault_in(answer);
    std::string_view rest = answer.text;
    const auto word = take_word(rest);
    if (word == "granted") return read_grant(answer, ClaimReply::Kind::granted, rest, application);
    if (word == "duplicate") return read_grant(answer, ClaimReply::Kind::duplicate, rest, application);
    ClaimReply read;
    if (word == "sold_out" && rest.empty()) {
        read.kind = ClaimReply::Kind::sold_out;
        return read;
    }
    const auto reason = parse_closed_reason(rest);
    if (word != "closed" || !reason) return unexpected(answer);
    read.kind = ClaimReply::Kind::closed;
    read.reason = *reason;
    return read;
}

PlainRead what_read_says(const RedisReply& reply, const Application& application, const std::string& seal) {
    if (reply.elements.size() != sold_out_fields.size() + 1) return PlainRead::something_else;
    const auto limit = parse_limit(word_at(reply, 1));
    const bool is_full = limit && parse_decimal(word_at(reply, 2)) == limit->value();
    if (!is_full || parse_decimal(word_at(reply, 0)) != application.round.value()) return PlainRead::something_else;
    if (!has_seal(reply, 3, seal)) return PlainRead::something_else;
    return reply.elements.back().kind == RedisReply::Kind::nil ? PlainRead::sold_out : PlainRead::has_claim;
}

PlainRead what_look_says(const RedisReply& reply, const Application& application, const std::string& seal) {
    constexpr auto something_else = PlainRead::something_else;
    if (reply.elements.size() != 3) return something_else;
    const auto& [held, waiting, fields] = std::tie(reply.elements[0], reply.elements[1], reply.elements[2]);
    const auto is_size = [](const RedisReply& size) {
        return size.kind == RedisReply::Kind::integer && size.integer >= 0 && size.integer <= highest_count;
    };
    const bool has_sizes = is_size(held) && is_size(waiting);
    if (!has_sizes || fields.elements.size() != looked_at_fields.size() + 1) return something_else;
    const auto round = count_at(fields, 0);
    const auto epoch = count_at(fields, 1);
    const auto limit = parse_limit(word_at(fields, 2));
    const auto granted = count_at(fields, 3);
    const auto published = count_at(fields, 4);
    if (!has_seal(fields, 5, seal)) return something_else;
    if (round != application.round.value() || !epoch || !limit || granted != limit->value() || !published) return something_else;
    const auto claims = held.integer - static_cast<std::int64_t>(fixed_fields.size());
    if (claims != *granted || waiting.integer != *granted - *published) return something_else;
    return fields.elements.back().kind == RedisReply::Kind::nil ? PlainRead::sold_out : PlainRead::has_claim;
}

std::vector<Result<ConfirmReply>> read_confirm_replies(const RedisReply& reply, std::size_t claims) {
    const auto concerns_all = [&]() -> Result<ConfirmReply> {
        if (word_at(reply, 0) == "round_over") return ConfirmReply::round_over;
        return is_fault(reply) ? fault_in(reply) : unexpected(reply);
    };
    const auto of_one = [](const RedisReply& one) -> Result<ConfirmReply> {
        const auto word = word_at(one, 0);
        if (word == "confirmed") return ConfirmReply::confirmed;
        if (word == "gone" || word == "went_back") return word == "gone" ? ConfirmReply::gone : ConfirmReply::went_back;
        return is_fault(one) ? fault_in(one) : unexpected(one);
    };
    const bool has_each = !reply.elements.empty() && reply.elements.front().kind == RedisReply::Kind::array;
    std::vector<Result<ConfirmReply>> replies;
    for (std::size_t i = 0; i < claims; ++i)
        replies.push_back(has_each && reply.elements.size() == claims ? of_one(reply.elements[i]) : concerns_all());
    return replies;
}

} // namespace coupon
