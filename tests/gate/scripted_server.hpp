#pragma once

#include "gate/redis/redis_gate.hpp"

#include <array>
#include <atomic>
#include <cstdio>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace coupon {

/// One client of a scripted server, as its script sees it. Every wait ends when the client leaves or the server stops.
class ScriptedPeer {
public:
    ScriptedPeer(int fd, const std::atomic<bool>& stopping) : fd_(fd), stopping_(stopping) {}

    void say(std::string_view bytes) const {
        while (!bytes.empty()) {
            const auto count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count <= 0) return;
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
    }

    /// Reads until `text` has come and takes everything up to its end. False: the client left.
    bool hear(std::string_view text) {
        for (;;) {
            if (const auto at = heard_.find(text); at != std::string::npos) {
                heard_.erase(0, at + text.size());
                return true;
            }
            if (!read_some()) return false;
        }
    }

    /// Says nothing until the client leaves.
    void be_silent() {
        while (read_some()) {
        }
    }

    /// One byte every few milliseconds until the client leaves.
    void drip(std::string_view bytes, int pause_ms) {
        for (const char byte : bytes) {
            pollfd gone{fd_, POLLRDHUP, 0};
            if (stopping_ || ::poll(&gone, 1, pause_ms) > 0) return;
            say({&byte, 1});
        }
    }

    /// Answers the login as Redis 7.0.15 does.
    bool let_in() {
        if (!hear("INFO\r\n$6\r\nserver\r\n")) return false;
        say("+OK\r\n$32\r\n# Server\r\nredis_version:7.0.15\r\n\r\n");
        return true;
    }

private:
    bool read_some() {
        while (!stopping_) {
            pollfd readable{fd_, POLLIN, 0};
            if (::poll(&readable, 1, 20) <= 0) continue;
            std::array<char, 4096> piece{};
            const auto count = ::recv(fd_, piece.data(), piece.size(), 0);
            if (count <= 0) return false;
            heard_.append(piece.data(), static_cast<std::size_t>(count));
            return true;
        }
        return false;
    }

    int fd_;
    const std::atomic<bool>& stopping_;
    std::string heard_;
};

/// A server on a free loopback port that treats its n-th client as the n-th script says, and all later ones as the last; each script's end
/// closes the connection. Clients are served one after the other.
class ScriptedServer {
public:
    using Script = std::function<void(ScriptedPeer&)>;

    explicit ScriptedServer(std::vector<Script> scripts) : scripts_(std::move(scripts)), listener_(listen()) {
        thread_ = std::thread([this] { serve(); });
    }
    ~ScriptedServer() {
        stopping_ = true;
        thread_.join();
        ::close(listener_);
    }
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    [[nodiscard]] int port() const { return port_; }

    [[nodiscard]] RedisOptions options(Milliseconds timeout = Milliseconds(400)) const {
        RedisOptions options;
        options.port = port_;
        options.timeout = timeout;
        return options;
    }

    /// How many clients have come.
    [[nodiscard]] int clients() const { return clients_; }

private:
    int listen() {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (fd < 0 || ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(fd, 16) != 0 ||
            ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
            throw std::runtime_error("cannot listen on a loopback port");
        }
        port_ = ntohs(address.sin_port);
        return fd;
    }

    void serve() {
        while (!stopping_) {
            pollfd incoming{listener_, POLLIN, 0};
            if (::poll(&incoming, 1, 20) <= 0) continue;
            const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (fd < 0) continue;
            const auto index = static_cast<std::size_t>(clients_++);
            ScriptedPeer peer(fd, stopping_);
            scripts_[std::min(index, scripts_.size() - 1)](peer);
            ::close(fd);
        }
    }

    std::vector<Script> scripts_;
    int port_ = 0;
    int listener_;
    std::atomic<bool> stopping_ = false;
    std::atomic<int> clients_ = 0;
    std::thread thread_;
};

/// A loopback port on which nothing listens: it is bound, so that nobody else takes it meanwhile.
class DeadPort {
public:
    DeadPort() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(fd_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
            ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
            throw std::runtime_error("cannot bind a loopback port");
        }
        port_ = ntohs(address.sin_port);
    }
    ~DeadPort() { ::close(fd_); }
    DeadPort(const DeadPort&) = delete;
    DeadPort& operator=(const DeadPort&) = delete;

    [[nodiscard]] int port() const { return port_; }

private:
    int fd_;
    int port_ = 0;
};

} // namespace coupon
