#include "proxy/relay.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace coupon::proxy {

namespace {

using namespace std::chrono_literals;

/// More than this and the sender has to wait, as with any network.
constexpr std::size_t most_queued = 1 << 20;
/// An answer counts as whole when the server has been quiet for this long after it; requests sent ahead are then answered, too.
constexpr auto quiet_after_answer = 20ms;
constexpr auto longest_wait_for_answer = 5s;

bool would_block() {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ENOTCONN;
}

} // namespace

void reset(Descriptor& socket) {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    setsockopt(socket.number(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    socket = Descriptor();
}

Relay::Relay(Descriptor client, Descriptor server, Rule& rule) : client_(std::move(client)), server_(std::move(server)), rule_(rule) {}

short Relay::interest(const Stream& out, const Stream& in, Tick now) const {
    short events = 0;
    // While an answer is to be dropped, nothing more is delivered.
    const bool is_shut = drops_answer_ && &in == &from_client_;
    if (!in.has_ended && in.queued < most_queued && !is_shut) events |= POLLIN;
    if (!out.pieces.empty() && out.pieces.front().due <= now) events |= POLLOUT;
    return events;
}

Tick Relay::next_due(Tick now) const {
    Tick due = std::min(answer_until_, answered_by_);
    for (const auto* stream : {&from_client_, &from_server_}) {
        // What is due already waits for the receiver alone.
        if (!stream->pieces.empty() && stream->pieces.front().due > now) due = std::min(due, stream->pieces.front().due);
    }
    return due;
}

void Relay::advance(short client_events, short server_events, Tick now) {
    constexpr short readable = POLLIN | POLLHUP | POLLERR;
    if (drops_answer_ && now >= std::min(answer_until_, answered_by_)) {
        ++(answered_by_ == Tick::max() ? rule_.counts.unanswered : rule_.counts.dropped_replies);
        ++rule_.counts.resets;
        // The server sees an ordinary end, so that it takes whatever was delivered.
        reset(client_);
        server_ = Descriptor();
        return;
    }
    if ((server_events & readable) != 0 && !from_server_.has_ended) read_from(server_, from_server_, now);
    if (client_ && (client_events & readable) != 0 && !from_client_.has_ended && !drops_answer_) read_from(client_, from_client_, now);
    if (client_) write_to(server_, from_client_, now);
    if (client_) write_to(client_, from_server_, now);
    if (client_ && from_client_.told_end && from_server_.told_end) {
        client_ = Descriptor();
        server_ = Descriptor();
    }
}

void Relay::take_order(const Order& order) {
    carried_ = 0;
    tail_.clear();
    if (order.fault == Fault::cut || (was_swallowed_ && order.fault != Fault::blackhole)) {
        break_off();
    } else if (order.fault == Fault::half_close) {
        shutdown(client_.number(), SHUT_WR);
        from_server_.to_nobody = true;
        from_server_.pieces.clear();
        from_server_.queued = 0;
    }
}

void Relay::break_off() {
    ++rule_.counts.resets;
    reset(client_);
    reset(server_);
}

std::size_t Relay::most_to_carry() const {
    const auto page = rule_.page.size();
    if (rule_.order.fault != Fault::reset_after) return page;
    return std::min<std::size_t>(page, rule_.order.bytes - std::min<std::size_t>(rule_.order.bytes, carried_));
}

void Relay::read_from(const Descriptor& socket, Stream& stream, Tick now) {
    const auto most = most_to_carry();
    if (most == 0) return;
    const auto got = recv(socket.number(), rule_.page.data(), most, 0);
    if (got < 0 && would_block()) return;
    if (got <= 0 && rule_.order.fault == Fault::blackhole) {
        // Nobody hears of the end either.
        was_swallowed_ = true;
        stream.has_ended = true;
        stream.told_end = true;
        return;
    }
    if (got < 0) {
        // A server that is gone, or a client: the other side sees it the same way.
        reset(client_);
        reset(server_);
        return;
    }
    if (got == 0) {
        stream.has_ended = true;
        if (drops_answer_) answered_by_ = now;
        return;
    }
    carry(std::string(rule_.page.data(), static_cast<std::size_t>(got)), stream, now);
}

void Relay::carry(std::string bytes, Stream& stream, Tick now) {
    if (rule_.order.fault == Fault::blackhole) {
        rule_.counts.swallowed += bytes.size();
        was_swallowed_ = true;
        return;
    }
    if (drops_answer_) {
        answered_by_ = now + quiet_after_answer;
        return;
    }
    if (stream.to_nobody) return;
    rule_.counts.bytes += bytes.size();
    carried_ += bytes.size();
    Tick due = now;
    if (rule_.order.fault == Fault::delay) {
        std::uniform_int_distribution<std::int64_t> give_or_take(-rule_.order.jitter.count(), rule_.order.jitter.count());
        due += rule_.order.delay + std::chrono::milliseconds(give_or_take(rule_.chance));
    }
    // What was sent first arrives first.
    if (!stream.pieces.empty()) due = std::max(due, stream.pieces.back().due);
    if (&stream == &from_client_) look_for_request(bytes, now);
    stream.queued += bytes.size();
    stream.pieces.push_back({due, std::move(bytes)});
}

void Relay::look_for_request(const std::string& bytes, Tick now) {
    if (rule_.order.fault != Fault::drop_reply || rule_.order.times == 0) return;
    const auto& wanted = rule_.order.request;
    const auto seen = tail_ + bytes;
    if (seen.find(wanted) == std::string::npos) {
        tail_ = seen.substr(seen.size() - std::min(seen.size(), wanted.size() - 1));
        return;
    }
    --rule_.order.times;
    await_answer(now);
}

void Relay::await_answer(Tick now) {
    drops_answer_ = true;
    answer_until_ = now + longest_wait_for_answer;
}

void Relay::write_to(const Descriptor& socket, Stream& stream, Tick now) {
    const bool sliced = rule_.order.fault == Fault::slice;
    while (!stream.pieces.empty() && stream.pieces.front().due <= now) {
        auto& bytes = stream.pieces.front().bytes;
        const auto sent = send(socket.number(), bytes.data(), sliced ? 1 : bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && would_block()) return;
        if (sent < 0) {
            reset(client_);
            reset(server_);
            return;
        }
        stream.queued -= static_cast<std::size_t>(sent);
        bytes.erase(0, static_cast<std::size_t>(sent));
        if (bytes.empty()) stream.pieces.pop_front();
        if (sliced) break;
    }
    if (rule_.order.fault == Fault::reset_after && carried_ >= rule_.order.bytes && from_client_.queued == 0 && from_server_.queued == 0) {
        break_off();
        return;
    }
    if (stream.has_ended && stream.pieces.empty() && !stream.told_end) {
        shutdown(socket.number(), SHUT_WR);
        stream.told_end = true;
    }
}

} // namespace coupon::proxy
