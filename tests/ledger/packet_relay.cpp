#include "ledger/packet_relay.hpp"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <array>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace coupon {

namespace {

sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return address;
}

bool send_all(int to, const std::string& bytes) {
    for (std::size_t sent = 0; sent < bytes.size();) {
        const auto now = send(to, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (now <= 0) return false;
        sent += static_cast<std::size_t>(now);
    }
    return true;
}

std::string receive_some(int from) {
    std::array<char, 65536> buffer{};
    const auto got = recv(from, buffer.data(), buffer.size(), 0);
    return got <= 0 ? std::string{} : std::string(buffer.data(), static_cast<std::size_t>(got));
}

std::size_t payload_size(const std::string& packet) {
    const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(packet[i])); };
    return byte(0) | byte(1) << 8 | byte(2) << 16;
}

std::string packet_of(const std::string& payload, char sequence) {
    const auto byte = [&](int shift) { return static_cast<char>(payload.size() >> shift & 0xff); };
    return std::string{byte(0), byte(8), byte(16), sequence} + payload;
}

} // namespace

PacketRelay::PacketRelay(int server_port) : server_port_(server_port) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto address = loopback(0);
    REQUIRE(bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(listen(listener_, 64) == 0);
    socklen_t size = sizeof address;
    REQUIRE(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
}

PacketRelay::~PacketRelay() {
    ended_ = true;
    thread_.join();
    for (const auto& pair : pairs_) {
        close(pair.client);
        close(pair.server);
    }
    close(listener_);
}

void PacketRelay::play(Trick trick, const std::string& text, const std::string& answer) {
    const std::lock_guard lock(mutex_);
    plan_ = Plan{trick, text, answer};
}

void PacketRelay::answer_error(unsigned code, const std::string& text, const std::string& message) {
    const std::string number{static_cast<char>(code & 0xff), static_cast<char>(code >> 8 & 0xff)};
    play(Trick::answer_instead, text, "\xff" + number + "#HY000" + message);
}

void PacketRelay::rewrite(const std::string& from, const std::string& to) {
    REQUIRE(from.size() == to.size());
    const std::lock_guard lock(mutex_);
    rewrites_.emplace_back(from, to);
}

bool PacketRelay::has_played() const {
    const std::lock_guard lock(mutex_);
    return !plan_;
}

std::string PacketRelay::sent_by_clients() const {
    const std::lock_guard lock(mutex_);
    return sent_by_clients_;
}

std::string PacketRelay::rewritten(std::string bytes) const {
    for (const auto& [from, to] : rewrites_) {
        for (auto at = bytes.find(from); at != std::string::npos; at = bytes.find(from, at + to.size()))
            bytes.replace(at, from.size(), to);
    }
    return bytes;
}

void PacketRelay::serve() {
    while (!ended_) {
        std::vector<pollfd> waiting{{listener_, POLLIN, 0}};
        for (const auto& pair : pairs_) {
            waiting.push_back({pair.client, POLLIN, 0});
            waiting.push_back({pair.hangs ? -1 : pair.server, POLLIN, 0});
        }
        if (poll(waiting.data(), waiting.size(), 10) <= 0) continue;
        std::size_t i = 1;
        for (auto pair = pairs_.begin(); pair != pairs_.end(); i += 2) {
            const bool goes_on =
                (waiting[i].revents == 0 || relay_from_client(*pair)) && (waiting[i + 1].revents == 0 || relay_from_server(*pair));
            if (goes_on) {
                ++pair;
                continue;
            }
            close(pair->client);
            close(pair->server);
            pair = pairs_.erase(pair);
        }
        if (waiting[0].revents != 0) accept_client();
    }
}

void PacketRelay::accept_client() {
    Pair pair;
    pair.client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (pair.client < 0) return;
    pair.server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = loopback(server_port_);
    const int at_once = 1;
    setsockopt(pair.client, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    setsockopt(pair.server, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    if (connect(pair.server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
        pairs_.push_back(std::move(pair));
        return;
    }
    close(pair.client);
    close(pair.server);
}

bool PacketRelay::relay_from_client(Pair& pair) {
    const auto bytes = receive_some(pair.client);
    if (bytes.empty()) return false;
    pair.from_client += bytes;
    while (pair.from_client.size() >= 4) {
        const auto size = payload_size(pair.from_client) + 4;
        if (pair.from_client.size() < size) return true;
        std::string packet = pair.from_client.substr(0, size);
        pair.from_client.erase(0, size);
        if (!pass(pair, std::move(packet))) return false;
    }
    return true;
}

bool PacketRelay::pass(Pair& pair, std::string packet) {
    const std::lock_guard lock(mutex_);
    sent_by_clients_ += packet;
    if (pair.hangs) return true;
    if (plan_ && packet.find(plan_->text) != std::string::npos) {
        const auto plan = *plan_;
        plan_.reset();
        switch (plan.trick) {
        case Trick::cut: return false;
        case Trick::hang: pair.hangs = true; return true;
        case Trick::answer_instead: return send_all(pair.client, packet_of(plan.answer, static_cast<char>(packet[3] + 1)));
        case Trick::cut_after: pair.drops_answer = true; break;
        }
    }
    return send_all(pair.server, rewritten(std::move(packet)));
}

bool PacketRelay::relay_from_server(Pair& pair) {
    const auto bytes = receive_some(pair.server);
    if (bytes.empty() || pair.drops_answer) return false;
    const std::lock_guard lock(mutex_);
    return send_all(pair.client, rewritten(bytes));
}

} // namespace coupon
