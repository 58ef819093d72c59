#include "core/wording.hpp"

namespace coupon {

std::string grouped(std::int64_t number) {
    auto text = std::to_string(number);
    const std::size_t first_digit = number < 0 ? 1 : 0;
    for (auto at = text.size(); at > first_digit + 3;) {
        at -= 3;
        text.insert(at, 1, ',');
    }
    return text;
}

std::string counted_coupons(std::int64_t number) {
    return grouped(number) + (number == 1 ? " coupon" : " coupons");
}

std::string joined(const std::vector<std::string>& all, const std::string& between) {
    std::string text;
    for (const auto& one : all)
        text += (text.empty() ? "" : between) + one;
    return text;
}

std::string counted(std::size_t count, const std::string& noun) {
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string counted(std::optional<std::size_t> count, const std::string& noun) {
    return count ? counted(*count, noun) : "- " + noun + "s";
}

} // namespace coupon
