#include "gate/redis/gate_sender.hpp"

#include "gate/redis/application_replies.hpp"
#include "gate/redis/gate_script.hpp"
#include "gate/scripts.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace coupon {

namespace {

using Id = GateRequests::Id;
using Words = std::span<const std::string_view>;

std::pair<std::string_view, std::string_view> called(const GateScript& script, bool by_sha) {
    return by_sha ? std::pair<std::string_view, std::string_view>("EVALSHA", script.sha)
                  : std::pair<std::string_view, std::string_view>("EVAL", script.text);
}

/// Takes what may go together from the front of a queue, in order; what has completed is left out. `find` gives the request of an id,
/// nullptr where it has completed, `fit` says whether one goes with the first.
template <class Find, class Fit>
void take_together(std::vector<Waiting>& waiting, std::vector<Id>& together, const Find& find, const Fit& fit) {
    auto next = waiting.begin();
    for (; next != waiting.end() && together.size() < most_together; ++next) {
        const auto* request = find(next->id);
        if (request == nullptr) continue;
        if (!together.empty() && !fit(*request, *find(together.front()))) break;
        together.push_back(next->id);
    }
    waiting.erase(waiting.begin(), next);
}

} // namespace

void GateSender::send_waiting(RedisLane& lane, bool expects_sold_out, Tick now) const {
    if (expects_sold_out) send_reads(lane, now);
    if (lane.has_script_under_way()) return;
    const auto application_of = [&](Id id) { return requests_.application_of(id); };
    const auto is_of_round = [](const Application& one, const Application& first) { return one.round == first.round; };
    if (lane.script_claims.empty() && lane.claims.empty() && lane.confirms.empty()) return;
    std::vector<Id> claims;
    take_together(lane.script_claims, claims, application_of, is_of_round);
    // Claims that a read or a look could not answer were submitted before the others.
    if (lane.script_claims.empty()) take_together(lane.claims, claims, application_of, is_of_round);
    send_script(lane, claims, SentAs::claims_sha, now);
    std::vector<Id> confirms;
    take_together(
        lane.confirms, confirms, [&](Id id) { return requests_.grant_of(id); },
        [](const Grant& one, const Grant& first) { return one.round == first.round && one.epoch == first.epoch; });
    send_script(lane, confirms, SentAs::confirms_sha, now);
}

void GateSender::send_script(RedisLane& lane, const std::vector<Id>& ids, SentAs as, Tick now) const {
    std::vector<Id> waited_for;
    std::copy_if(ids.begin(), ids.end(), std::back_inserter(waited_for), [&](Id id) { return requests_.find(id) != nullptr; });
    if (waited_for.empty()) return;
    const bool are_claims = as == SentAs::claims_sha || as == SentAs::claims_text;
    are_claims ? send_claims(lane, std::move(waited_for), as, now) : send_confirms(lane, std::move(waited_for), as, now);
}

/// Within an epoch a sold out gate stays sold out, so its losers need no script: one command that reads says the same. But the script
/// checks the sizes of the gate's keys, too, in one step with its answer. So the last claim of each batch looks at all that the script
/// would, in one transaction, and the reads before it count only once that finds the gate in order.
void GateSender::send_reads(RedisLane& lane, Tick now) const {
    const Application* last = nullptr;
    Id id_of_last = 0;
    for (const auto& one : lane.claims) {
        const auto* application = requests_.application_of(one.id);
        if (application == nullptr) continue;
        if (last != nullptr) send_read(lane, id_of_last, *last, now);
        last = application;
        id_of_last = one.id;
    }
    if (last != nullptr) send_look(lane, id_of_last, *last, now);
    lane.claims.clear();
}

void GateSender::send_read(RedisLane& lane, Id id, const Application& application, Tick now) const {
    const auto field = user_field(application.user);
    const auto& [round, limit, granted, seal] = sold_out_fields;
    lane.send({id, {}}, SentAs::read, {std::array<std::string_view, 7>{"HMGET", keys_.gate, round, limit, granted, seal, field}}, now);
}

void GateSender::send_look(RedisLane& lane, Id id, const Application& application, Tick now) const {
    const auto field = user_field(application.user);
    const auto& [round, epoch, limit, granted, published, seal] = looked_at_fields;
    const std::array<std::string_view, 1> begin{"MULTI"};
    const std::array<std::string_view, 2> claims{"HLEN", keys_.gate};
    const std::array<std::string_view, 2> outbox{"HLEN", keys_.outbox};
    const std::array<std::string_view, 9> fields{"HMGET", keys_.gate, round, epoch, limit, granted, published, seal, field};
    const std::array<std::string_view, 1> end{"EXEC"};
    lane.send({id, {}}, SentAs::look, {Words(begin), Words(claims), Words(outbox), Words(fields), Words(end)}, now);
}

void GateSender::send_claims(RedisLane& lane, std::vector<Id> ids, SentAs as, Tick now) const {
    const auto [command, name] = called(embedded::claim_script, as == SentAs::claims_sha);
    const auto round = requests_.application_of(ids.front())->round.text();
    std::vector<std::string> fields;
    fields.reserve(ids.size());
    std::vector<std::string_view> words{command, name, "2", keys_.gate, keys_.outbox, database_, round, seal_};
    words.reserve(words.size() + 2 * ids.size());
    for (const auto id : ids) {
        const auto& application = *requests_.application_of(id);
        words.push_back(fields.emplace_back(user_field(application.user)));
        words.push_back(application.id);
    }
    lane.send({{}, std::move(ids)}, as, {words}, now);
}

void GateSender::send_confirms(RedisLane& lane, std::vector<Id> ids, SentAs as, Tick now) const {
    const auto [command, name] = called(embedded::confirm_script, as == SentAs::confirms_sha);
    const auto round = requests_.grant_of(ids.front())->round.text();
    const auto epoch = requests_.grant_of(ids.front())->epoch.text();
    std::vector<std::string> texts;
    texts.reserve(2 * ids.size());
    std::vector<std::string_view> words{command, name, "2", keys_.gate, keys_.outbox, database_, round, epoch, seal_};
    words.reserve(words.size() + 2 * ids.size());
    for (const auto id : ids) {
        const auto& grant = *requests_.grant_of(id);
        words.push_back(texts.emplace_back(grant.user.text()));
        words.push_back(texts.emplace_back(grant.slot.text()));
    }
    lane.send({{}, std::move(ids)}, as, {words}, now);
}

} // namespace coupon
