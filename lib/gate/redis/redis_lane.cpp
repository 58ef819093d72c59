#include "gate/redis/redis_lane.hpp"

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
    ids_in_flight_ += ids.together.empty() ? 1 : ids.together.size();
    scripts_in_flight_ += is_script(as) ? 1 : 0;
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
    auto sent = take_first_sent();
    return Answer{std::move(sent.ids), sent.as, *std::move(reply)};
}

RedisLane::Sent RedisLane::take_first_sent() {
    auto sent = std::move(in_flight_.front());
    in_flight_.pop_front();
    ids_in_flight_ -= sent.ids.together.empty() ? 1 : sent.ids.together.size();
    scripts_in_flight_ -= is_script(sent.as) ? 1 : 0;
    return sent;
}

std::vector<RedisLane::Lost> RedisLane::take_lost() {
    std::vector<Lost> lost;
    if (!is_broken()) return lost;
    for (auto* waiting : {&claims, &script_claims, &confirms}) {
        for (const auto& one : std::exchange(*waiting, {}))
            lost.push_back({one.id, false});
    }
    for (const auto id : take_held())
        lost.push_back({id, false});
    while (!in_flight_.empty()) {
        const auto sent = take_first_sent();
        const bool may_have_run = is_script(sent.as) && connection_->bytes_written() > sent.begin;
        if (!is_script(sent.as)) lost.push_back({sent.ids.alone, false});
        for (const auto id : sent.ids.together)
            lost.push_back({id, may_have_run});
    }
    return lost;
}

std::optional<RedisLane::Break> RedisLane::take_break(Tick now) {
    if (!is_broken() || retry_at_) return std::nullopt;
    retry_at_ = now + pause_;
    pause_ = std::min(2 * pause_, longest_pause);
    return Break{was_ready_};
}

RedisLane::Whereabouts RedisLane::run_out(GateRequests::Id id) {
    const auto give_up_if_silent = [&](Tick since) {
        if (last_answer_ <= since) connection_->abandon("no answer in time");
    };
    for (const auto* waiting : {&claims, &script_claims, &confirms}) {
        const auto found = std::find_if(waiting->begin(), waiting->end(), [&](const Waiting& one) { return one.id == id; });
        if (found == waiting->end()) continue;
        give_up_if_silent(found->since);
        return Whereabouts::waits;
    }
    const auto sent = std::find_if(in_flight_.begin(), in_flight_.end(), [&](const Sent& one) {
        const auto& together = one.ids.together;
        return is_script(one.as) ? std::find(together.begin(), together.end(), id) != together.end() : one.ids.alone == id;
    });
    if (sent != in_flight_.end()) {
        give_up_if_silent(sent->when);
        return Whereabouts::may_have_run;
    }
    return std::find(held_.begin(), held_.end(), id) != held_.end() ? Whereabouts::may_have_run : Whereabouts::elsewhere;
}

} // namespace coupon
