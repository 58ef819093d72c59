#include "gate/redis/redis_connection.hpp"

#include "core/decimal.hpp"
#include "core/escape.hpp"
#include "gate/redis/redis_command.hpp"
#include "gate/redis/redis_faults.hpp"

#include <array>
#include <cassert>

namespace coupon {

namespace {

constexpr std::int64_t oldest_major_version = 7;
constexpr std::size_t largest_written_rest = 1024UL * 1024;

/// The text after `name:` in the answer of INFO, up to the end of the line.
std::string_view info_value(std::string_view info, std::string_view name) {
    const auto begin = info.find(name);
    if (begin == std::string_view::npos) return {};
    const auto value = info.substr(begin + name.size());
    return value.substr(0, value.find('\r'));
}

std::string seconds_text(Milliseconds time) {
    const auto ms = time.count();
    if (ms % 1000 == 0) return std::to_string(ms / 1000) + " s";
    return std::to_string(ms) + " ms";
}

} // namespace

RedisConnection::RedisConnection(const RedisOptions& options, Deadline deadline)
    : options_(options), where_(options.host + ":" + std::to_string(options.port)), deadline_(deadline) {
    auto resolved = resolve(options.host, options.port);
    addresses_ = std::move(resolved.addresses);
    connect_next(resolved.why.empty() ? "the name has no address" : resolved.why);
}

void RedisConnection::connect_next(const std::string& previous_error) {
    std::string why = previous_error;
    while (next_address_ < addresses_.size()) {
        socket_ = RedisSocket::connect_to(addresses_[next_address_++], why);
        if (socket_) return;
    }
    lose(why);
}

void RedisConnection::break_off(std::string why, Fault fault) {
    if (is_broken()) return;
    state_ = State::broken;
    why_ = std::move(why);
    fault_ = std::move(fault);
    socket_ = RedisSocket();
}

void RedisConnection::lose(const std::string& why) {
    break_off(why, cannot_reach(where_, why));
}

void RedisConnection::abandon(const std::string& why) {
    lose(why);
}

std::optional<Deadline> RedisConnection::login_deadline() const {
    if (state_ == State::connecting || state_ == State::logging_in) return deadline_;
    return std::nullopt;
}

pollfd RedisConnection::interest() const {
    short events = 0;
    if (state_ == State::logging_in || state_ == State::ready) events = POLLIN;
    if (state_ == State::connecting || out_written_ < out_.size()) events |= POLLOUT;
    return {socket_.fd(), events, 0};
}

void RedisConnection::advance(short events, Tick now) {
    if (is_broken()) return;
    if (state_ == State::connecting && events != 0) {
        if (const auto why = socket_.connect_error(); !why.empty()) {
            connect_next(why);
        } else {
            begin_login();
        }
    } else {
        // Reading comes first: a server that closed the connection while it was idle is noticed before a command leaves into nowhere.
        if ((events & (POLLIN | POLLHUP | POLLERR | POLLNVAL)) != 0) read_bytes();
        if ((events & POLLOUT) != 0) write_bytes();
    }
    if (login_deadline() && now >= deadline_) {
        const auto what = state_ == State::connecting ? "no connection after " : "it accepts but does not answer, for ";
        lose(what + seconds_text(options_.timeout));
    }
}

void RedisConnection::begin_login() {
    state_ = State::logging_in;
    const auto say = [&](LoginStep step, std::initializer_list<std::string_view> command) {
        login_.push_back(step);
        queue({command.begin(), command.size()});
    };
    const auto database = std::to_string(options_.database);
    if (!options_.user.empty()) {
        say(LoginStep::auth, {"AUTH", options_.user, options_.password});
    } else if (!options_.password.empty()) {
        say(LoginStep::auth, {"AUTH", options_.password});
    }
    if (options_.database != 0) say(LoginStep::select, {"SELECT", database});
    say(LoginStep::set_name, {"CLIENT", "SETNAME", "coupon"});
    say(LoginStep::info, {"INFO", "server"});
    write_bytes();
}

void RedisConnection::on_login_reply(LoginStep step, const RedisReply& reply) {
    if (reply.is_error()) {
        // The name is only shown in CLIENT LIST; an account works without it, and so does a server. Without INFO it does not, but
        // gate/redis/redis_rights names that together with its other missing rights.
        const bool may_not = reply.text.starts_with("NOPERM ");
        const bool is_unknown = reply.text.starts_with("ERR unknown command");
        if ((may_not || is_unknown) && step == LoginStep::set_name) return;
        if (may_not && step == LoginStep::info) return become_ready();
        auto fault = fault_of_error_reply(where_, reply.text, Effect::possible);
        if (fault.kind == FaultKind::unknown) {
            fault = {FaultKind::refused, "redis at " + where_ + " refused the login: " + escape(reply.text), log_hint(where_)};
            if (step == LoginStep::auth) fault.kind = FaultKind::denied;
            if (step == LoginStep::select) {
                fault = {FaultKind::unsupported, "redis at " + where_ + " has no database " + std::to_string(options_.database),
                         "correct the number of the database in --redis: redis-cli -u redis://" + where_ +
                             " CONFIG GET databases tells how many it has"};
            }
        }
        break_off("login refused", std::move(fault));
        return;
    }
    if (step != LoginStep::info) {
        if (reply.kind != RedisReply::Kind::status) break_off("not a Redis server", not_a_redis_server(where_));
        return;
    }
    const auto version = info_value(reply.text, "redis_version:");
    const auto major = parse_decimal(version.substr(0, version.find('.')));
    if (!major) {
        break_off("not a Redis server", not_a_redis_server(where_));
    } else if (*major < oldest_major_version) {
        break_off("version",
                  {FaultKind::unsupported, "redis at " + where_ + " is version " + escape(version) + ", which cannot run the gate",
                   "install Redis 7.0 or newer"});
    } else {
        become_ready();
    }
}

void RedisConnection::become_ready() {
    state_ = State::ready;
    queued_ = 0;
    written_ = 0;
}

void RedisConnection::read_bytes() {
    std::array<char, 65536> piece; // NOLINT(cppcoreguidelines-pro-type-member-init): read fills it
    const auto moved = socket_.read(piece);
    if (moved.bytes > 0) parser_.feed({piece.data(), moved.bytes});
    while (state_ == State::logging_in) {
        const auto reply = parser_.next();
        if (!reply) break;
        const auto step = login_.front();
        login_.pop_front();
        on_login_reply(step, *reply);
    }
    if (state_ == State::logging_in && parser_.is_broken()) {
        break_off("not a Redis server", not_a_redis_server(where_));
    } else if (state_ == State::logging_in && moved.is_closed) {
        break_off(moved.why, cannot_reach(where_, moved.why + " before it answered"));
    } else if (state_ == State::ready && moved.is_closed) {
        // What came before the end stays readable: take_reply() hands it out.
        lose(moved.why);
    }
}

void RedisConnection::write_bytes() {
    if (is_broken() || out_written_ == out_.size()) return;
    const auto moved = socket_.write(std::string_view(out_).substr(out_written_));
    out_written_ += moved.bytes;
    written_ += moved.bytes;
    // Under steady load the buffer may never run empty, so what has left is dropped now and then as well.
    if (out_written_ == out_.size() || out_written_ > largest_written_rest) {
        out_.erase(0, out_written_);
        out_written_ = 0;
    }
    if (moved.is_closed) {
        // A server that refuses us says why before it closes; the reason may lie there unread.
        read_bytes();
        lose(moved.why);
    }
}

void RedisConnection::queue(std::span<const std::string_view> command) {
    const auto before = out_.size();
    append_command(out_, command);
    queued_ += out_.size() - before;
}

void RedisConnection::append(std::span<const std::string_view> command) {
    assert(is_ready());
    queue(command);
}

std::optional<RedisReply> RedisConnection::take_reply() {
    if (state_ != State::ready && !is_broken()) return std::nullopt;
    auto reply = parser_.next();
    if (parser_.is_broken()) break_off("not a Redis server", not_a_redis_server(where_));
    return reply;
}

} // namespace coupon
