#pragma once

#include "core/instant.hpp"
#include "core/result.hpp"
#include "gate/redis/redis_gate.hpp"
#include "gate/redis/redis_reply.hpp"
#include "gate/redis/redis_socket.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <poll.h>

namespace coupon {

/// One connection to a Redis server, from connecting and logging in (AUTH, SELECT, CLIENT SETNAME, the version) to commands and their
/// replies in order. It never waits: its owner polls interest() and calls advance(). Once broken it stays broken; the owner makes a new
/// one, which logs in again.
class RedisConnection {
public:
    enum class State { connecting, logging_in, ready, broken };

    /// Starts to connect; `deadline` bounds connecting and logging in.
    RedisConnection(const RedisOptions& options, Deadline deadline);

    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] bool is_ready() const { return state_ == State::ready; }
    [[nodiscard]] bool is_broken() const { return state_ == State::broken; }
    /// Why it is broken: unreachable, denied, refused or unsupported. Of commands already written the owner knows less: they are unknown.
    [[nodiscard]] const Fault& fault() const { return fault_; }
    /// The same in a few words, for the owner's own sentence.
    [[nodiscard]] const std::string& why() const { return why_; }
    /// When connecting and logging in must be done; nullopt once they are.
    [[nodiscard]] std::optional<Deadline> login_deadline() const;

    /// What to poll for; a broken connection asks for nothing.
    [[nodiscard]] pollfd interest() const;
    /// Moves bytes after poll() reported `events`, and ends a login that takes too long.
    void advance(short events, Tick now);
    /// Breaks the connection off, for example because the server is silent.
    void abandon(const std::string& why);

    /// Queues a command. REQUIRES: ready.
    void append(std::span<const std::string_view> command);
    /// Bytes queued and bytes handed to the kernel since ready. A command that began at or after bytes_written() never left.
    [[nodiscard]] std::uint64_t bytes_queued() const { return queued_; }
    [[nodiscard]] std::uint64_t bytes_written() const { return written_; }
    /// The next reply, in the order of the commands.
    [[nodiscard]] std::optional<RedisReply> take_reply();

    /// host:port, for messages.
    [[nodiscard]] const std::string& where() const { return where_; }

private:
    enum class LoginStep { auth, select, set_name, info };

    void connect_next(const std::string& previous_error);
    void begin_login();
    void queue(std::span<const std::string_view> command);
    void become_ready();
    void on_login_reply(LoginStep step, const RedisReply& reply);
    void read_bytes();
    void write_bytes();
    void break_off(std::string why, Fault fault);
    void lose(const std::string& why);

    RedisOptions options_;
    std::string where_;
    Deadline deadline_;
    State state_ = State::connecting;
    Fault fault_;
    std::string why_;
    std::vector<SocketAddress> addresses_;
    std::size_t next_address_ = 0;
    RedisSocket socket_;
    RedisReplyParser parser_;
    std::deque<LoginStep> login_;
    std::string out_;
    std::size_t out_written_ = 0;
    std::uint64_t queued_ = 0;
    std::uint64_t written_ = 0;
};

} // namespace coupon
