#include "core/loopback.hpp"

#include "core/decimal.hpp"

#include <algorithm>

namespace coupon {

bool is_loopback(std::string_view host) {
    if (host == "localhost" || host == "::1") return true;
    if (!host.starts_with("127.")) return false;
    // "127.0.0.1.example.com" is a name, which its owner can point anywhere.
    int parts = 0;
    for (std::size_t begin = 0; begin <= host.size(); ++parts) {
        const auto end = std::min(host.find('.', begin), host.size());
        const auto part = parse_decimal(host.substr(begin, end - begin));
        if (!part || *part > 255) return false;
        begin = end + 1;
    }
    return parts == 4;
}

} // namespace coupon
