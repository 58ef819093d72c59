#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>

namespace coupon {

/// A server on 127.0.0.1 that speaks MySQL's protocol as far as the login, and asks everybody for the password in one of the ways a client
/// may be asked: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html
class PasswordThief {
public:
    /// `plugin` is how the password is asked for, such as "caching_sha2_password".
    explicit PasswordThief(std::string plugin);
    PasswordThief(const PasswordThief&) = delete;
    PasswordThief& operator=(const PasswordThief&) = delete;
    ~PasswordThief();

    [[nodiscard]] int port() const { return port_; }
    /// Clients have asked for the server's key, and were given the thief's.
    [[nodiscard]] bool gave_its_key() const { return gave_its_key_; }
    /// A client has sent a text of the length that RSA encrypts to. Encrypted with the thief's key, it is the password.
    [[nodiscard]] bool got_encrypted() const { return got_encrypted_; }
    /// All bytes that clients have sent.
    [[nodiscard]] std::string received() const;

private:
    void serve();
    void log_in(int client);
    void send(int client, const std::string& payload);
    /// The payload of the client's next packet; empty when it left.
    [[nodiscard]] std::string receive(int client);

    std::string plugin_;
    int listener_ = -1;
    int port_ = 0;
    char sequence_ = 0;
    std::atomic<bool> ended_{false};
    std::atomic<bool> gave_its_key_{false};
    std::atomic<bool> got_encrypted_{false};
    mutable std::mutex mutex_;
    std::string received_;
    std::thread thread_;
};

} // namespace coupon
