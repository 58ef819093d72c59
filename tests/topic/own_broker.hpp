#pragma once

#include <filesystem>
#include <string>

namespace coupon {

/// A real broker of a test's own, to be paused and killed, started by scripts/sandbox in a folder of its own (about 5 s). Beside the plain
/// listener it has one that wants a login (SASL_PLAINTEXT, PLAIN).
class OwnBroker {
public:
    /// `options` are further ones of `scripts/sandbox up`.
    explicit OwnBroker(const std::string& options = "--kafka-sasl");
    OwnBroker(const OwnBroker&) = delete;
    OwnBroker& operator=(const OwnBroker&) = delete;
    ~OwnBroker();

    [[nodiscard]] std::string brokers() const { return "127.0.0.1:" + port_of("kafka"); }
    [[nodiscard]] std::string login_brokers() const { return "127.0.0.1:" + port_of("kafka_sasl"); }
    /// Of the user "coupon".
    [[nodiscard]] std::string password() const { return line_of("kafka.password"); }
    /// Of an account of --accounts least.
    [[nodiscard]] std::string password_of(const std::string& account) const { return line_of("accounts/" + account + ".password"); }

    void pause() { order("pause kafka"); }
    void resume() { order("resume kafka"); }
    void kill() { order("kill kafka"); }
    void start() { order("start kafka"); }

private:
    void order(const std::string& command) const;
    [[nodiscard]] std::string line_of(const std::string& file) const;
    [[nodiscard]] std::string port_of(const std::string& server) const;

    std::filesystem::path folder_;
};

} // namespace coupon
