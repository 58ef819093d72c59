#include "tools/loopback_server.hpp"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace coupon {

namespace {

/// A socket bound to a free port of 127.0.0.1.
std::pair<int, int> bound_socket() {
    const int handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(handle >= 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(bind(handle, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    socklen_t size = sizeof address;
    REQUIRE(getsockname(handle, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    return {handle, ntohs(address.sin_port)};
}

} // namespace

LoopbackServer::LoopbackServer(std::string greeting) : greeting_(std::move(greeting)) {
    std::tie(listener_, port_) = bound_socket();
    REQUIRE(listen(listener_, 64) == 0);
    thread_ = std::thread([this] { serve(); });
}

LoopbackServer::~LoopbackServer() {
    ended_ = true;
    thread_.join();
    for (const int connection : connections_)
        close(connection);
    close(listener_);
}

void LoopbackServer::serve() {
    while (!ended_) {
        pollfd waiting{listener_, POLLIN, 0};
        if (poll(&waiting, 1, 20) <= 0) continue;
        const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection < 0) continue;
        if (!greeting_.empty()) {
            const auto sent = send(connection, greeting_.data(), greeting_.size(), MSG_NOSIGNAL);
            static_cast<void>(sent); // who hangs up at once has seen enough
        }
        connections_.push_back(connection);
        ++accepted_;
    }
}

int dead_port() {
    const auto [handle, port] = bound_socket();
    close(handle);
    return port;
}

} // namespace coupon
