#pragma once

#include "cli/config/descriptor.hpp"
#include "proxy/order.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <random>
#include <string>

namespace coupon::proxy {

using Tick = std::chrono::steady_clock::time_point;

/// What was done so far, over all connections.
struct Counts {
    std::uint64_t connections = 0;
    std::uint64_t bytes = 0;
    std::uint64_t swallowed = 0; ///< bytes that a blackhole took
    std::uint64_t resets = 0;    ///< connections that the proxy broke
    std::uint64_t refused = 0;
    std::uint64_t dropped_replies = 0;
    std::uint64_t unanswered = 0; ///< requests whose answer was to be dropped and did not come within 5 s
};

/// What the relays share: the order that is in force, the chance, the counts.
struct Rule {
    Order order;
    std::mt19937_64 chance;
    Counts counts;
    std::array<char, 65536> page{}; ///< what was just read, of whomever
};

/// One connection of a client, and the one made to the server for it. Non-blocking; one thread.
class Relay {
public:
    /// `server` may still be connecting.
    Relay(Descriptor client, Descriptor server, Rule& rule);

    /// The events to wait for on either side.
    [[nodiscard]] short client_interest(Tick now) const { return interest(from_server_, from_client_, now); }
    [[nodiscard]] short server_interest(Tick now) const { return interest(from_client_, from_server_, now); }
    [[nodiscard]] int client() const { return client_.number(); }
    [[nodiscard]] int server() const { return server_.number(); }
    /// The next moment after `now` at which it wants to be advanced even though nothing happened; Tick::max() for never.
    [[nodiscard]] Tick next_due(Tick now) const;

    /// Moves what can be moved. Afterwards is_over() may be true.
    void advance(short client_events, short server_events, Tick now);
    /// The order in force has changed, or is one of those that are done at once.
    void take_order(const Order& order);
    [[nodiscard]] bool is_over() const { return !client_; }

private:
    struct Piece {
        Tick due;
        std::string bytes;
    };
    /// One direction.
    struct Stream {
        std::deque<Piece> pieces;
        std::size_t queued = 0;
        bool has_ended = false; ///< the sender sends no more
        bool told_end = false;  ///< and the receiver knows
        bool to_nobody = false; ///< the receiver was told that nothing comes any more
    };

    [[nodiscard]] short interest(const Stream& out, const Stream& in, Tick now) const;
    void read_from(const Descriptor& socket, Stream& stream, Tick now);
    void carry(std::string bytes, Stream& stream, Tick now);
    void look_for_request(const std::string& bytes, Tick now);
    void write_to(const Descriptor& socket, Stream& stream, Tick now);
    [[nodiscard]] std::size_t most_to_carry() const;
    void await_answer(Tick now);
    void break_off();

    Descriptor client_;
    Descriptor server_;
    Rule& rule_;
    Stream from_client_;
    Stream from_server_;
    bool was_swallowed_ = false;
    std::uint64_t carried_ = 0;       ///< bytes since the order came
    std::string tail_;                ///< the last bytes of the client, where a request may have begun
    bool drops_answer_ = false;       ///< a request went out whose answer nobody shall see
    Tick answer_until_ = Tick::max(); ///< when the wait for it ends
    Tick answered_by_ = Tick::max();  ///< when the server has been quiet long enough after it
};

/// Closes with RST instead of FIN.
void reset(Descriptor& socket);

} // namespace coupon::proxy
