#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace coupon::proxy {

/// What the proxy does to the bytes it carries, until it is told otherwise; `half_close` and `cut` are done once, at once.
enum class Fault {
    pass,        ///< nothing
    delay,       ///< every piece is held back for `delay`, give or take `jitter`
    blackhole,   ///< everything is swallowed, nothing answered; who was swallowed from is reset when it ends
    refuse,      ///< new connections are reset at once; the others go on
    reset_after, ///< each connection is reset when it has carried so many more `bytes`, either way
    slice,       ///< every byte is sent on its own
    drop_reply,  ///< the next `times` requests are delivered, their answers awaited and dropped, their connections reset
    half_close,  ///< the client is told that the server sends no more; what the client sends still arrives
    cut,         ///< every connection is reset
};

/// One line of control.
struct Order {
    Fault fault = Fault::pass;
    std::chrono::milliseconds delay{0};
    std::chrono::milliseconds jitter{0};
    std::size_t bytes = 0;
    std::size_t times = 0;
    std::string request; ///< drop_reply: only requests that hold these bytes; empty: any
};

/// Reads "pass", "delay MS JITTER", "blackhole", "refuse", "reset-after BYTES", "slice", "drop-reply TIMES [TEXT]", "half-close" or "cut";
/// nullopt for anything else.
[[nodiscard]] std::optional<Order> parse_order(std::string_view line);

} // namespace coupon::proxy
