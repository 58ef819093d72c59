#include "gate/redis/reply_words.hpp"

#include "core/escape.hpp"
#include "core/outside_number.hpp"

#include <array>

namespace coupon {

Fault unexpected(const RedisReply& reply) {
    const auto word = reply.elements.empty() ? reply.text : reply.elements.front().text;
    return {FaultKind::unknown, "the gate's script replied something unexpected: " + escape(word), odd_reply_hint};
}

std::string_view word_at(const RedisReply& reply, std::size_t index) {
    return index < reply.elements.size() ? std::string_view(reply.elements[index].text) : std::string_view();
}

/// The scripts name only faults that are without effect.
Fault fault_in(const RedisReply& reply) {
    constexpr std::array kinds{FaultKind::missing,  FaultKind::corrupt, FaultKind::not_armed,  FaultKind::refused,
                               FaultKind::conflict, FaultKind::denied,  FaultKind::unsupported};
    for (const auto kind : kinds) {
        if (word_at(reply, 1) == name_of(kind)) return {kind, escape(word_at(reply, 2)), escape(word_at(reply, 3))};
    }
    return unexpected(reply);
}

bool is_fault(const RedisReply& reply) {
    return word_at(reply, 0) == "fault";
}

std::optional<Limit> parse_limit(std::string_view text) {
    const auto limit = parse_count(text);
    if (!limit || *limit < 1 || *limit > largest_limit) return std::nullopt;
    return Limit(*limit);
}

} // namespace coupon
