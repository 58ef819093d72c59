#pragma once

#include <filesystem>
#include <string>

namespace coupon {

/// A real broker of a test's own, to be paused and killed, started by scripts/sandbox in a folder of its own (about 5 s). Beside the plain
/// listener it has one that wants a login (SASL_PLAINTEXT, PLAIN).
class OwnBroker {
public:
    OwnBroker();
    OwnBroker(const OwnBroker&) = delete;
    OwnBroker& operator=(const OwnBroker&) = delete;
    ~OwnBroker();

    [[nodiscard]] std::string brokers() const { return "127.0.0.1:" + port_of("kafka"); }
    [[nodiscard]] std::string login_brokers() const { return "127.0.0.1:" + port_of("kafka_sasl"); }
    /// Of the user "coupon".
    [[nodiscard]] std::string password() const;

    void pause() { order("pause kafka"); }
    void resume() { order("resume kafka"); }
    void kill() { order("kill kafka"); }
    void start() { order("start kafka"); }

private:
    void order(const std::string& command) const;
    [[nodiscard]] std::string port_of(const std::string& server) const;

    std::filesystem::path folder_;
};

} // namespace coupon
