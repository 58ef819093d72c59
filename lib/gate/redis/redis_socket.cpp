#include "gate/redis/redis_socket.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include <netdb.h>
#include <netinet/tcp.h>
#include <unistd.h>

namespace coupon {

namespace {

std::string text_of(int error) {
    auto text = std::generic_category().message(error);
    if (!text.empty() && text.front() >= 'A' && text.front() <= 'Z') text.front() = static_cast<char>(text.front() - 'A' + 'a');
    return text;
}

bool would_wait(int error) {
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

} // namespace

Resolved resolve(const std::string& host, int port) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found); error != 0)
        return {{}, gai_strerror(error)};
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> list(found, freeaddrinfo);
    Resolved resolved;
    for (const auto* entry = list.get(); entry != nullptr; entry = entry->ai_next) {
        SocketAddress address;
        std::copy_n(reinterpret_cast<const char*>(entry->ai_addr), entry->ai_addrlen, reinterpret_cast<char*>(&address.storage));
        address.size = entry->ai_addrlen;
        resolved.addresses.push_back(address);
    }
    return resolved;
}

RedisSocket::~RedisSocket() {
    if (fd_ >= 0) ::close(fd_);
}

RedisSocket::RedisSocket(RedisSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

RedisSocket& RedisSocket::operator=(RedisSocket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}

RedisSocket RedisSocket::connect_to(const SocketAddress& address, std::string& why) {
    RedisSocket made(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!made) {
        why = text_of(errno);
        return made;
    }
    // A claim is one small packet; waiting for more to send with it would only delay the answer.
    const int on = 1;
    static_cast<void>(::setsockopt(made.fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
    if (::connect(made.fd_, reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0 && errno != EINPROGRESS) {
        why = text_of(errno);
        return {};
    }
    return made;
}

std::string RedisSocket::connect_error() const {
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    return error == 0 ? std::string() : text_of(error);
}

Moved RedisSocket::write(std::string_view bytes) const {
    Moved moved;
    while (moved.bytes < bytes.size()) {
        // Without MSG_NOSIGNAL the second write after the peer closed ends the program by SIGPIPE.
        const auto count = ::send(fd_, bytes.data() + moved.bytes, bytes.size() - moved.bytes, MSG_NOSIGNAL);
        if (count < 0) {
            if (!would_wait(errno)) {
                moved.is_closed = true;
                moved.why = text_of(errno);
            }
            return moved;
        }
        moved.bytes += static_cast<std::size_t>(count);
    }
    return moved;
}

Moved RedisSocket::read(std::span<char> into) const {
    const auto count = ::recv(fd_, into.data(), into.size(), 0);
    if (count > 0) return {static_cast<std::size_t>(count), false, {}};
    if (count == 0) return {0, true, "closed by the server"};
    if (would_wait(errno)) return {};
    return {0, true, text_of(errno)};
}

} // namespace coupon
