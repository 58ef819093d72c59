#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace coupon {

/// A server on 127.0.0.1 that is not the one wanted: it accepts connections and says what it is told to say to everybody, or nothing.
class LoopbackServer {
public:
    /// `greeting` is sent as soon as somebody connects; empty: it never answers.
    explicit LoopbackServer(std::string greeting);
    LoopbackServer(const LoopbackServer&) = delete;
    LoopbackServer& operator=(const LoopbackServer&) = delete;
    ~LoopbackServer();

    [[nodiscard]] int port() const { return port_; }
    /// How many connections it has accepted so far.
    [[nodiscard]] int accepted() const { return accepted_; }
    /// 127.0.0.1:PORT
    [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

private:
    void serve();

    std::string greeting_;
    int listener_ = -1;
    int port_ = 0;
    std::atomic<bool> ended_{false};
    std::atomic<int> accepted_{0};
    std::vector<int> connections_;
    std::thread thread_;
};

/// A port of 127.0.0.1 that nobody listens on.
[[nodiscard]] int dead_port();

inline constexpr auto http_greeting = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

} // namespace coupon
