#include "flow/apply/apply.hpp"

#include <algorithm>
#include <utility>

namespace coupon {

namespace {

constexpr Milliseconds first_pause{20};
constexpr Milliseconds longest_pause{500};

/// Once the servers are silent, how long an application still waits for its first answer.
constexpr Milliseconds least_patience{800};

/// While records are with the publisher, the gate is waited for in slices this short, so that a delivery report is seen at once.
constexpr Milliseconds slice_while_publishing{1};

/// True when a server said something, whatever it said.
template <class Value>
bool is_word_of_a_server(const Result<Value>& reply) {
    return reply || (reply.fault().kind != FaultKind::unknown && reply.fault().kind != FaultKind::unreachable);
}

} // namespace

const char* name_of(ApplyServer server) {
    switch (server) {
    case ApplyServer::redis: return "redis";
    case ApplyServer::kafka: return "kafka";
    }
    return "redis";
}

ApplyEngine::ApplyEngine(Gate& gate, Publisher& publisher, World& world, std::string event, Round round, std::optional<RoundKey> key,
                         Milliseconds timeout, std::shared_ptr<ApplyMemory> memory)
    : gate_(gate), publisher_(publisher), world_(world), event_(std::move(event)), round_(round), key_(std::move(key)), timeout_(timeout),
      memory_(std::move(memory)) {
    gate_.expect_seal(seal_of(key_));
}

void ApplyEngine::start(std::uint64_t id, UserId user) {
    const Tick now = world_.now();
    const auto place = applications_.take();
    auto& fresh = *applications_.find(place);
    fresh = {id, Applying(user), {user, world_.random_word(), round_}, now, now + timeout_, std::nullopt};
    deadlines_.push({fresh.deadline, place});
    proceed(place, fresh);
}

void ApplyEngine::proceed(Place place, InFlight& application) {
    switch (application.way.step()) {
    case ApplyStep::claim:
        if (refused_) {
            application.way.on_deadline(refused_->message);
            told_.push_back(place);
            return;
        }
        if (!gate_silence_.is_asked()) gate_silence_.asked(world_.now());
        if (application.claims_sent++ == 0) application.sent = memory_->order.mark();
        gate_.submit(place, application.application, application.deadline);
        return;
    case ApplyStep::publish:
        if (!topic_silence_.is_asked()) topic_silence_.asked(world_.now());
        publisher_.submit(place, record_of(event_, application.way.grant(), key_));
        return;
    case ApplyStep::confirm:
        if (!gate_silence_.is_asked()) gate_silence_.asked(world_.now());
        gate_.submit_confirm(place, application.way.grant(), application.deadline);
        return;
    case ApplyStep::claim_later:
    case ApplyStep::confirm_later: pause_before(place, application); return;
    case ApplyStep::tell: told_.push_back(place); return;
    }
}

void ApplyEngine::pause_before(Place place, InFlight& application) {
    const auto pause = std::min(longest_pause, first_pause * (1 << std::min(application.tries, 10)));
    ++application.tries;
    pauses_.push({world_.now() + pause, place});
}

void ApplyEngine::on_gate(const GateCompletion& completion, Tick now) {
    std::visit(
        [&](const auto& reply) {
            if (!is_word_of_a_server(reply)) return;
            gate_silence_.heard();
            memory_->words.heard(ApplyServer::redis, now);
            if (gate_.in_flight() > 0) gate_silence_.asked(now);
        },
        completion.reply);
    auto* found = applications_.find(completion.ticket);
    // Its time was up before, or is up in this very poll.
    if (found == nullptr || found->way.step() == ApplyStep::tell) return;
    auto& application = *found;
    if (const auto* claimed = std::get_if<Result<ClaimReply>>(&completion.reply)) {
        if (*claimed && !application.answered) application.answered = now;
        on_claim(application, *claimed);
    } else {
        const auto& confirmed = std::get<Result<ConfirmReply>>(completion.reply);
        if (confirmed && *confirmed == ConfirmReply::went_back && went_back_) went_back_(application.way.grant());
        application.way.on_confirm(confirmed);
    }
    proceed(completion.ticket, application);
}

void ApplyEngine::on_claim(InFlight& application, const Result<ClaimReply>& reply) {
    const bool is_grant = reply && reply->kind == ClaimReply::Kind::granted;
    if (!is_grant || memory_->order.is_in_order(reply->grant, application.sent, application.claims_sent == 1))
        return application.way.on_claim(reply);
    if (went_back_) went_back_(reply->grant);
    application.way.on_went_back(reply->grant);
}

void ApplyEngine::on_delivery(const Delivery& delivery, Tick now) {
    const bool is_word = is_word_of_a_server(delivery.report);
    if (is_word) {
        topic_silence_.heard();
        memory_->words.heard(ApplyServer::kafka, now);
    }
    if (is_word && publisher_.in_flight() > 0) topic_silence_.asked(now);
    if (!is_word && publisher_.in_flight() == 0) topic_silence_.given_up(now);
    if (!delivery.report && delivery.report.fault().kind == FaultKind::denied && !refused_) refused_ = delivery.report.fault();
    auto* found = applications_.find(delivery.ticket);
    if (found == nullptr || found->way.step() == ApplyStep::tell) return;
    found->way.on_delivery(delivery.report);
    proceed(delivery.ticket, *found);
}

void ApplyEngine::wake_due() {
    const Tick now = world_.now();
    while (!pauses_.empty() && pauses_.top().when <= now) {
        const auto place = pauses_.top().place;
        pauses_.pop();
        auto* found = applications_.find(place);
        if (found == nullptr) continue;
        found->way.on_pause_over();
        proceed(place, *found);
    }
}

void ApplyEngine::expire_due() {
    const Tick now = world_.now();
    // Who has sent into silence for a whole timeout need not wait as long for those that went last, too; but a server that is alive, and
    // was only not asked, answers them at once.
    const auto early = silent_server() ? std::max(Milliseconds(0), timeout_ - least_patience) : Milliseconds(0);
    while (!deadlines_.empty()) {
        const auto place = deadlines_.front().place;
        auto* found = applications_.find(place);
        const bool is_finished = found == nullptr || found->way.step() == ApplyStep::tell;
        if (!is_finished && deadlines_.front().when - early > now) return;
        if (!is_finished) {
            auto& way = found->way;
            // The claim is with the gate at this moment: it may land yet, so this must not pass for "certainly no effect".
            if (way.step() == ApplyStep::claim) way.on_claim(Fault{FaultKind::unknown, "the gate gave no reply in time", {}});
            way.on_deadline(way.cause() ? "time is up: " + way.cause()->text() : "time is up");
            told_.push_back(place);
        }
        deadlines_.pop();
    }
}

void ApplyEngine::finish_told(std::vector<Finished>& out) {
    const Tick now = world_.now();
    for (const auto place : told_) {
        const auto& application = *applications_.find(place);
        const auto& cause = application.way.cause();
        out.push_back({application.id, application.way.told(), cause ? std::optional(cause->kind) : std::nullopt, application.started,
                       application.answered, now});
        applications_.give_up(place);
    }
    told_.clear();
}

void ApplyEngine::poll(std::vector<Finished>& out, Milliseconds wait) {
    wake_due();
    if (told_.empty()) {
        Tick until = world_.now() + wait;
        if (!pauses_.empty()) until = std::min(until, pauses_.top().when);
        if (!deadlines_.empty()) until = std::min(until, deadlines_.front().when);
        wait = std::clamp(std::chrono::ceil<Milliseconds>(until - world_.now()), Milliseconds(0), wait);
    } else {
        wait = Milliseconds(0);
    }
    completions_.clear();
    deliveries_.clear();
    if (gate_.in_flight() > 0) {
        gate_.poll(completions_, publisher_.in_flight() > 0 ? std::min(wait, slice_while_publishing) : wait);
        publisher_.poll(deliveries_, Milliseconds(0));
    } else if (publisher_.in_flight() > 0) {
        publisher_.poll(deliveries_, wait);
    } else if (wait.count() > 0) {
        world_.pause(wait);
    }
    const Tick now = world_.now();
    for (const auto& completion : completions_)
        on_gate(completion, now);
    for (const auto& delivery : deliveries_)
        on_delivery(delivery, now);
    // After the gate was heard: at the deadline they share it says whether a claim was sent at all.
    expire_due();
    finish_told(out);
}

std::optional<ApplyServer> ApplyEngine::silent_server() const {
    const Tick now = world_.now();
    const auto is_silent = [&](const Silence& silence, ApplyServer server) {
        return silence.lasts(now, timeout_) && memory_->words.none_since(server, now - timeout_);
    };
    if (is_silent(gate_silence_, ApplyServer::redis)) return ApplyServer::redis;
    if (is_silent(topic_silence_, ApplyServer::kafka)) return ApplyServer::kafka;
    return std::nullopt;
}

} // namespace coupon
