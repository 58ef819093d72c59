#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>

namespace coupon {

/// One address a host name stands for.
struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;
};

/// What the host is called in numbers, in the resolver's order. Empty: nothing; `why` says what the resolver said. A numeric host never
/// waits; the name service may, and has time limits of its own (resolv.conf).
struct Resolved {
    std::vector<SocketAddress> addresses;
    std::string why;
};
[[nodiscard]] Resolved resolve(const std::string& host, int port);

/// How far a call on a socket came.
struct Moved {
    std::size_t bytes = 0;
    bool is_closed = false; ///< the peer closed, or the connection failed; `why` says how
    std::string why;
};

/// A non-blocking stream socket. No call waits and none raises SIGPIPE.
class RedisSocket {
public:
    RedisSocket() = default;
    explicit RedisSocket(int fd) : fd_(fd) {}
    ~RedisSocket();
    RedisSocket(RedisSocket&& other) noexcept;
    RedisSocket& operator=(RedisSocket&& other) noexcept;

    /// Starts to connect. Once the socket is writable, connect_error() tells how it went.
    [[nodiscard]] static RedisSocket connect_to(const SocketAddress& address, std::string& why);

    [[nodiscard]] int fd() const { return fd_; }
    [[nodiscard]] explicit operator bool() const { return fd_ >= 0; }
    /// Empty: connected.
    [[nodiscard]] std::string connect_error() const;
    [[nodiscard]] Moved write(std::string_view bytes) const;
    /// Takes what has come, as much as fits into `into`.
    [[nodiscard]] Moved read(std::span<char> into) const;

private:
    int fd_ = -1;
};

} // namespace coupon
