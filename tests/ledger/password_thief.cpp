#include "ledger/password_thief.hpp"

#include "fakes/some_public_key.hpp"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <array>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace coupon {

namespace {

constexpr std::size_t encrypted_size = 256; ///< of a key of 2,048 bits

/// LONG_PASSWORD, LONG_FLAG, CONNECT_WITH_DB, PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION, PLUGIN_AUTH, PLUGIN_AUTH_LENENC_CLIENT_DATA
constexpr unsigned capabilities = 0x28a20d;

std::string bytes_of(unsigned number, int count) {
    std::string bytes;
    for (int i = 0; i < count; ++i, number >>= 8)
        bytes += static_cast<char>(number & 0xff);
    return bytes;
}

} // namespace

PasswordThief::PasswordThief(std::string plugin) : plugin_(std::move(plugin)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) == 0);
    REQUIRE(listen(listener_, 8) == 0);
    REQUIRE(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
}

PasswordThief::~PasswordThief() {
    ended_ = true;
    thread_.join();
    close(listener_);
}

std::string PasswordThief::received() const {
    const std::lock_guard lock(mutex_);
    return received_;
}

void PasswordThief::serve() {
    while (!ended_) {
        pollfd waiting{listener_, POLLIN, 0};
        if (poll(&waiting, 1, 10) <= 0) continue;
        const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) continue;
        log_in(client);
        close(client);
    }
}

void PasswordThief::log_in(int client) {
    const bool is_sha2 = plugin_.find("sha") != std::string::npos;
    sequence_ = 0;
    send(client, std::string("\x0a"
                             "8.0.36\0",
                             8) +
                     std::string(4, '\0') + "scramble" + '\0' + bytes_of(capabilities, 2) + "\x2d" + bytes_of(2, 2) +
                     bytes_of(capabilities >> 16, 2) + "\x15" + std::string(10, '\0') + "of 12 bytes." + '\0' +
                     (is_sha2 ? plugin_ : "mysql_native_password") + '\0');
    auto answer = receive(client);
    if (!is_sha2) {
        send(client, "\xfe" + plugin_ + '\0' + "Password: ");
        answer = receive(client);
    } else if (plugin_ == "caching_sha2_password") {
        send(client, "\x01\x04"); // the hash is not known: tell the password
        answer = receive(client);
    }
    const bool asks_for_key = answer == "\x02" || answer.find("coupon\0\x01\x01", 0, 9) != std::string::npos;
    if (asks_for_key) {
        gave_its_key_ = true;
        send(client, "\x01" + some_public_key);
        answer = receive(client);
    }
    if (answer.size() >= encrypted_size) got_encrypted_ = true;
    send(client, std::string("\xff\x15\x04", 3) + "#28000Access denied");
}

void PasswordThief::send(int client, const std::string& payload) {
    const auto packet = bytes_of(static_cast<unsigned>(payload.size()), 3) + sequence_ + payload;
    static_cast<void>(::send(client, packet.data(), packet.size(), MSG_NOSIGNAL));
}

std::string PasswordThief::receive(int client) {
    std::string packet;
    const auto is_whole = [&packet] {
        const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(packet[i])); };
        return packet.size() >= 4 && packet.size() >= 4 + (byte(0) | byte(1) << 8 | byte(2) << 16);
    };
    while (!is_whole()) {
        pollfd waiting{client, POLLIN, 0};
        std::array<char, 4096> piece{};
        const auto count = poll(&waiting, 1, 2000) > 0 ? recv(client, piece.data(), piece.size(), 0) : 0;
        if (count <= 0) return {};
        packet.append(piece.data(), static_cast<std::size_t>(count));
    }
    const std::lock_guard lock(mutex_);
    received_ += packet;
    sequence_ = static_cast<char>(packet[3] + 1);
    return packet.substr(4);
}

} // namespace coupon
