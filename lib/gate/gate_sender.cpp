#include "gate/gate_sender.hpp"

#include "gate/gate_script.hpp"
#include "gate/script_replies.hpp"
#include "gate/scripts.hpp"

#include <array>
#include <utility>

namespace coupon {

namespace {

using Id = GateRequests::Id;

std::pair<std::string_view, std::string_view> called(const GateScript& script, bool by_sha) {
    return by_sha ? std::pair<std::string_view, std::string_view>("EVALSHA", script.sha)
                  : std::pair<std::string_view, std::string_view>("EVAL", script.text);
}

} // namespace

void GateSender::send_claim(RedisLane& lane, Id id, const Application& application, SentAs as, Tick now) const {
    using Words = std::span<const std::string_view>;
    if (as == SentAs::read) {
        const auto field = user_field(application.user);
        const auto& [round, limit, granted, seal] = sold_out_fields;
        lane.send({id, {}}, as, {std::array<std::string_view, 7>{"HMGET", keys_.gate, round, limit, granted, seal, field}}, now);
        return;
    }
    if (as == SentAs::look) {
        const auto field = user_field(application.user);
        const auto& [round, epoch, limit, granted, published, seal] = looked_at_fields;
        const std::array<std::string_view, 1> begin{"MULTI"};
        const std::array<std::string_view, 2> claims{"HLEN", keys_.gate};
        const std::array<std::string_view, 2> outbox{"HLEN", keys_.outbox};
        const std::array<std::string_view, 9> fields{"HMGET", keys_.gate, round, epoch, limit, granted, published, seal, field};
        const std::array<std::string_view, 1> end{"EXEC"};
        lane.send({id, {}}, as, {Words(begin), Words(claims), Words(outbox), Words(fields), Words(end)}, now);
        return;
    }
    const auto [command, name] = called(embedded::claim_script, as == SentAs::sha);
    const auto user = application.user.text();
    const auto round = application.round.text();
    lane.send(
        {id, {}}, as,
        {std::array<std::string_view, 10>{command, name, "2", keys_.gate, keys_.outbox, database_, user, application.id, round, seal_}},
        now);
}

void GateSender::send_confirms(RedisLane& lane, const std::vector<Id>& ids, SentAs as, Tick now) const {
    constexpr std::size_t most = 100; // Redis answers nobody else meanwhile
    std::vector<Id> together;
    const auto flush = [&] {
        if (!together.empty()) send_together(lane, std::exchange(together, {}), as, now);
    };
    for (const auto id : ids) {
        const auto* grant = requests_.grant_of(id);
        if (grant == nullptr) continue;
        const auto* first = together.empty() ? grant : requests_.grant_of(together.front());
        if (together.size() == most || first->round != grant->round || first->epoch != grant->epoch) flush();
        together.push_back(id);
    }
    flush();
}

void GateSender::send_together(RedisLane& lane, std::vector<Id> ids, SentAs as, Tick now) const {
    const auto [command, name] = called(embedded::confirm_script, as == SentAs::confirms_sha);
    const auto round = requests_.grant_of(ids.front())->round.text();
    const auto epoch = requests_.grant_of(ids.front())->epoch.text();
    std::vector<std::string> texts;
    texts.reserve(2 * ids.size());
    for (const auto id : ids) {
        texts.push_back(requests_.grant_of(id)->user.text());
        texts.push_back(requests_.grant_of(id)->slot.text());
    }
    std::vector<std::string_view> words{command, name, "2", keys_.gate, keys_.outbox, database_, round, epoch, seal_};
    words.insert(words.end(), texts.begin(), texts.end());
    lane.send({{}, std::move(ids)}, as, {words}, now);
}

} // namespace coupon
