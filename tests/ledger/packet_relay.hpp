#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace coupon {

/// A server on 127.0.0.1 that relays to a MySQL server on 127.0.0.1, packet by packet, and plays it tricks.
/// Packets: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html
class PacketRelay {
public:
    /// What becomes of a client's packet.
    enum class Trick {
        cut,            ///< the connection ends, the server never sees the packet
        cut_after,      ///< the server does what the packet says, then the connection ends without the answer
        hang,           ///< the server never sees the packet, nobody ever answers
        answer_instead, ///< the server never sees the packet, the client gets another answer
    };

    explicit PacketRelay(int server_port);
    PacketRelay(const PacketRelay&) = delete;
    PacketRelay& operator=(const PacketRelay&) = delete;
    ~PacketRelay();

    [[nodiscard]] int port() const { return port_; }

    /// Plays the trick on the next client's packet that holds the text, once.
    void play(Trick trick, const std::string& text, const std::string& answer = {});
    /// Answers the next client's packet that holds the text with an error of the server, once.
    void answer_error(unsigned code, const std::string& text, const std::string& message = "planted");
    /// From here on replaces a text in everything relayed, in either direction. REQUIRES: both of one length.
    void rewrite(const std::string& from, const std::string& to);
    /// True when the trick was played.
    [[nodiscard]] bool has_played() const;
    /// All bytes that clients have sent.
    [[nodiscard]] std::string sent_by_clients() const;

private:
    struct Plan {
        Trick trick = Trick::cut;
        std::string text;
        std::string answer; ///< a packet's payload
    };
    struct Pair {
        int client = -1;
        int server = -1;
        std::string from_client; ///< a packet not yet whole
        bool drops_answer = false;
        bool hangs = false;
    };

    void serve();
    void accept_client();
    [[nodiscard]] bool relay_from_client(Pair& pair);
    [[nodiscard]] bool relay_from_server(Pair& pair);
    [[nodiscard]] bool pass(Pair& pair, std::string packet);
    [[nodiscard]] std::string rewritten(std::string bytes) const;

    int server_port_;
    int listener_ = -1;
    int port_ = 0;
    std::atomic<bool> ended_{false};
    mutable std::mutex mutex_;
    std::optional<Plan> plan_;
    std::vector<std::pair<std::string, std::string>> rewrites_;
    std::string sent_by_clients_;
    std::list<Pair> pairs_;
    std::thread thread_;
};

} // namespace coupon
