#include "gate/redis_lane.hpp"

#include <algorithm>

namespace coupon {

namespace {

constexpr Milliseconds shortest_pause{50};
constexpr Milliseconds longest_pause{1000};

} // namespace

RedisLane::RedisLane(const RedisOptions& options, Tick now) : options_(options), last_answer_(now), pause_(shortest_pause) {
    connect(now);
}

void RedisLane::connect(Tick now) {
    retry_at_.reset();
    was_ready_ = false;
    connection_ = std::make_unique<RedisConnection>(options_, now + options_.timeout);
}

void RedisLane::send(Ids ids, SentAs as, std::initializer_list<std::span<const std::string_view>> commands, Tick now) {
    in_flight_.push_back({std::move(ids), as, commands.size(), connection_->bytes_queued(), now});
    for (const auto command : commands)
        connection_->append(command);
}

std::optional<Tick> RedisLane::wake_time() const {
    return is_broken() ? retry_at_ : connection_->login_deadline();
}

void RedisLane::advance(short events, Tick now) {
    if (is_broken()) {
        if (retry_at_ && now >= *retry_at_) connect(now);
        return;
    }
    connection_->advance(events, now);
    if (!is_ready()) return;
    if (!was_ready_) pause_ = shortest_pause;
    was_ready_ = true;
    if ((events & POLLIN) != 0) last_answer_ = now;
}

std::optional<RedisLane::Answer> RedisLane::take_answer() {
    if (in_flight_.empty()) return std::nullopt;
    auto reply = connection_->take_reply();
    while (reply && --in_flight_.front().replies > 0)
        reply = connection_->take_reply();
    if (!reply) return std::nullopt;
    auto sent = std::move(in_flight_.front());
    in_flight_.pop_front();
    return Answer{std::move(sent.ids), sent.as, *std::move(reply)};
}

std::optional<RedisLane::Lost> RedisLane::take_lost() {
    if (!is_broken()) return std::nullopt;
    for (auto* without_effect : {&held_, &queued_}) {
        if (without_effect->empty()) continue;
        const auto id = without_effect->back();
        without_effect->pop_back();
        return Lost{id, false};
    }
    if (in_flight_.empty()) return std::nullopt;
    auto& sent = in_flight_.front();
    const bool is_script = sent.as != SentAs::read && sent.as != SentAs::look;
    auto& confirms = sent.ids.confirms;
    const Lost lost{confirms.empty() ? sent.ids.claim : confirms.back(), is_script && connection_->bytes_written() > sent.begin};
    if (!confirms.empty()) confirms.pop_back();
    if (confirms.empty()) in_flight_.pop_front();
    return lost;
}

std::optional<RedisLane::Break> RedisLane::take_break(Tick now) {
    if (!is_broken() || retry_at_) return std::nullopt;
    retry_at_ = now + pause_;
    pause_ = std::min(2 * pause_, longest_pause);
    return Break{was_ready_};
}

bool RedisLane::run_out(GateRequests::Id id) {
    const auto sent = std::find_if(in_flight_.begin(), in_flight_.end(), [&](const Sent& one) {
        const auto& confirms = one.ids.confirms;
        return confirms.empty() ? one.ids.claim == id : std::find(confirms.begin(), confirms.end(), id) != confirms.end();
    });
    if (sent == in_flight_.end()) return std::find(held_.begin(), held_.end(), id) != held_.end();
    if (last_answer_ <= sent->when) connection_->abandon("no answer in time");
    return true;
}

} // namespace coupon
