#include "proxy/order.hpp"

#include <array>
#include <sstream>
#include <utility>

namespace coupon::proxy {

namespace {

constexpr std::array<std::pair<std::string_view, Fault>, 9> names{{{"pass", Fault::pass},
                                                                   {"delay", Fault::delay},
                                                                   {"blackhole", Fault::blackhole},
                                                                   {"refuse", Fault::refuse},
                                                                   {"reset-after", Fault::reset_after},
                                                                   {"slice", Fault::slice},
                                                                   {"drop-reply", Fault::drop_reply},
                                                                   {"half-close", Fault::half_close},
                                                                   {"cut", Fault::cut}}};

constexpr std::size_t greatest = 1'000'000'000;

/// A number that is no larger than anybody needs; false when there is none.
bool take(std::istringstream& words, std::size_t& number) {
    std::string word;
    if (!(words >> word) || word.size() > 10 || word.find_first_not_of("0123456789") != std::string::npos) return false;
    number = std::stoull(word);
    return number <= greatest;
}

bool take(std::istringstream& words, std::chrono::milliseconds& time) {
    std::size_t number = 0;
    if (!take(words, number)) return false;
    time = std::chrono::milliseconds(number);
    return true;
}

} // namespace

std::optional<Order> parse_order(std::string_view line) {
    std::istringstream words{std::string(line)};
    std::string name;
    words >> name;
    for (const auto& [known, fault] : names) {
        if (known != name) continue;
        Order order;
        order.fault = fault;
        bool is_whole = true;
        if (fault == Fault::delay) is_whole = take(words, order.delay) && take(words, order.jitter) && order.jitter <= order.delay;
        if (fault == Fault::reset_after) is_whole = take(words, order.bytes) && order.bytes > 0;
        if (fault == Fault::drop_reply) {
            is_whole = take(words, order.times) && order.times > 0;
            words >> order.request;
        }
        std::string too_much;
        return is_whole && !(words >> too_much) ? std::optional(order) : std::nullopt;
    }
    return std::nullopt;
}

} // namespace coupon::proxy
