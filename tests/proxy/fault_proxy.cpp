/// A proxy of the tests: carries connections between 127.0.0.1 and 127.0.0.1 and does harm to them on order.
///
/// usage: fault-proxy LISTEN_PORT SERVER_PORT [SEED]
///
/// Port 0 listens on a free one. The first line on stdout is "listening PORT". Each line on stdin is an order (proxy/order.hpp) or
/// "status", and is answered with one line: "ok", "no" or a JSON object with the counts. It ends with its stdin. stderr tells what was done
/// and when.

#include "cli/config/descriptor.hpp"
#include "core/decimal.hpp"
#include "proxy/order.hpp"
#include "proxy/relay.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <list>
#include <string>
#include <string_view>
#include <vector>

namespace coupon::proxy {

namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK); // nowhere else, whatever the caller says
    address.sin_port = htons(port);
    return address;
}

Descriptor new_socket() {
    return Descriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

void send_at_once(const Descriptor& socket) {
    const int on = 1;
    setsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/// Listens, or an empty descriptor.
Descriptor listen_on(std::uint16_t port) {
    auto listener = new_socket();
    const int on = 1;
    setsockopt(listener.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const auto address = loopback(port);
    if (bind(listener.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
    if (listen(listener.number(), 1024) != 0) return {};
    return listener;
}

int port_of(const Descriptor& listener) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    getsockname(listener.number(), reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

class Proxy {
public:
    Proxy(Descriptor listener, std::uint16_t server_port, std::uint64_t seed) : listener_(std::move(listener)), server_port_(server_port) {
        rule_.chance.seed(seed);
    }

    /// Until stdin ends.
    void run() {
        while (!ended_)
            turn();
    }

private:
    void turn();
    void accept_client();
    void read_orders();
    void obey(const std::string& line);
    void say(const std::string& line) const;
    [[nodiscard]] std::string status() const;
    [[nodiscard]] int patience(Tick now) const;

    Descriptor listener_;
    std::uint16_t server_port_;
    Rule rule_;
    std::list<Relay> relays_;
    std::string orders_;
    bool ended_ = false;
    Tick start_ = std::chrono::steady_clock::now();
};

int Proxy::patience(Tick now) const {
    Tick due = now + std::chrono::seconds(1);
    for (const auto& relay : relays_)
        due = std::min(due, relay.next_due(now));
    return due <= now ? 0 : static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(due - now).count());
}

void Proxy::turn() {
    auto now = std::chrono::steady_clock::now();
    std::vector<pollfd> waiting{{0, POLLIN, 0}, {listener_.number(), POLLIN, 0}};
    for (const auto& relay : relays_) {
        waiting.push_back({relay.client(), relay.client_interest(now), 0});
        waiting.push_back({relay.server(), relay.server_interest(now), 0});
        // poll() reports the end of a connection even to who does not ask for it, and would never rest again.
        for (auto one = waiting.end() - 2; one != waiting.end(); ++one)
            if (one->events == 0) one->fd = -1;
    }
    if (poll(waiting.data(), waiting.size(), patience(now)) < 0 && errno != EINTR) {
        std::perror("fault-proxy: poll");
        ended_ = true;
        return;
    }
    now = std::chrono::steady_clock::now();
    std::size_t at = 2;
    for (auto& relay : relays_) {
        relay.advance(waiting[at].revents, waiting[at + 1].revents, now);
        at += 2;
    }
    relays_.remove_if([](const Relay& relay) { return relay.is_over(); });
    if (waiting[1].revents != 0) accept_client();
    if (waiting[0].revents != 0) read_orders();
}

void Proxy::accept_client() {
    Descriptor client(accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!client) return;
    if (rule_.order.fault == Fault::refuse) {
        ++rule_.counts.refused;
        reset(client);
        return;
    }
    auto server = new_socket();
    const auto address = loopback(server_port_);
    if (connect(server.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 && errno != EINPROGRESS) {
        reset(client);
        return;
    }
    send_at_once(client);
    send_at_once(server);
    ++rule_.counts.connections;
    relays_.emplace_back(std::move(client), std::move(server), rule_);
}

void Proxy::read_orders() {
    std::array<char, 4096> buffer{};
    const auto got = read(0, buffer.data(), buffer.size());
    if (got <= 0) {
        ended_ = got == 0 || errno != EINTR;
        return;
    }
    orders_.append(buffer.data(), static_cast<std::size_t>(got));
    for (auto end = orders_.find('\n'); end != std::string::npos; end = orders_.find('\n')) {
        obey(orders_.substr(0, end));
        orders_.erase(0, end + 1);
    }
}

void Proxy::obey(const std::string& line) {
    if (line == "status") return say(status());
    const auto order = parse_order(line);
    if (!order) return say("no");
    const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start_).count();
    std::fprintf(stderr, "%8lld ms  %s  (%s)\n", static_cast<long long>(since), line.c_str(), status().c_str());
    const bool lasts = order->fault != Fault::cut && order->fault != Fault::half_close;
    if (lasts) rule_.order = *order;
    for (auto& relay : relays_)
        relay.take_order(*order);
    relays_.remove_if([](const Relay& relay) { return relay.is_over(); });
    say("ok");
}

void Proxy::say(const std::string& line) const {
    std::puts(line.c_str());
    std::fflush(stdout);
}

std::string Proxy::status() const {
    const auto& counts = rule_.counts;
    const std::array<std::pair<const char*, std::uint64_t>, 8> fields{{{"connections", counts.connections},
                                                                       {"open", relays_.size()},
                                                                       {"bytes", counts.bytes},
                                                                       {"swallowed", counts.swallowed},
                                                                       {"resets", counts.resets},
                                                                       {"refused", counts.refused},
                                                                       {"dropped_replies", counts.dropped_replies},
                                                                       {"unanswered", counts.unanswered}}};
    std::string text;
    for (const auto& [name, value] : fields)
        text += (text.empty() ? "{\"" : ",\"") + std::string(name) + "\":" + std::to_string(value);
    return text + "}";
}

} // namespace

} // namespace coupon::proxy

int main(int argc, char** argv) {
    std::array<std::int64_t, 3> numbers{-1, -1, 1};
    for (int i = 1; i < argc && i <= 3; ++i)
        numbers.at(static_cast<std::size_t>(i - 1)) = coupon::parse_decimal(argv[i]).value_or(-1);
    const auto [listen_port, server_port, seed] = numbers;
    if (argc < 3 || argc > 4 || listen_port < 0 || listen_port > 65535 || server_port < 1 || server_port > 65535 || seed < 0) {
        std::fputs("usage: fault-proxy LISTEN_PORT SERVER_PORT [SEED]\n", stderr);
        return 2;
    }
    auto listener = coupon::proxy::listen_on(static_cast<std::uint16_t>(listen_port));
    if (!listener) {
        std::fprintf(stderr, "fault-proxy: cannot listen on 127.0.0.1:%lld: %s\n", static_cast<long long>(listen_port),
                     std::strerror(errno));
        return 3;
    }
    std::printf("listening %d\n", coupon::proxy::port_of(listener));
    std::fflush(stdout);
    coupon::proxy::Proxy(std::move(listener), static_cast<std::uint16_t>(server_port), static_cast<std::uint64_t>(seed)).run();
    return 0;
}
