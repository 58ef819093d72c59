#pragma once

#include "fakes/fake_settings.hpp"
#include "gate/gate.hpp"
#include "gate/gate_keeper.hpp"
#include "gate/gate_reader.hpp"

#include <deque>
#include <limits>
#include <utility>
#include <variant>
#include <vector>

namespace coupon {

/// What becomes of a call to the fake gate instead of its answer.
enum class GateTrouble {
    none,
    reply_lost,  ///< it takes effect, the reply is lost: unknown (for a reader, who changes nothing: unreachable)
    refused,     ///< the server says no for now; no effect
    unreachable, ///< no connection; no effect
    silent,      ///< no effect and no completion until the trouble is over; a blocking call fails as at its deadline
};

/// A gate in memory. Every call runs the rule in core/gate_rule.hpp; server identity, clock and troubles are the test's to set.
/// Submissions are decided when they are polled, in their order: claims that follow each other together, in one call. Not thread-safe.
class FakeGate final : public Gate, public GateReader, public GateKeeper {
public:
    GateMemory memory;                               ///< plant and lose claims here
    ServerIdentity server{"run-1", "replication-1"}; ///< of the process that answers
    Instant now{Milliseconds{1'700'000'000'000}};    ///< the server's clock
    GateSettings told = good_gate_settings();        ///< what the server tells of itself, but for its clock

    /// The next `calls` calls meet this trouble; without a number, all until the next trouble is set.
    void meet(GateTrouble trouble, int calls = std::numeric_limits<int>::max()) {
        trouble_ = trouble;
        troubled_calls_ = calls;
        healthy_calls_ = 0;
    }

    /// The same, but only once `healthy` calls went well.
    void meet_after(GateTrouble trouble, int healthy) {
        meet(trouble);
        healthy_calls_ = healthy;
    }

    /// The server starts again with what it had, as after a restart that lost nothing but its identity.
    void restart() {
        ++restarts_;
        server = {"run-" + std::to_string(1 + restarts_), "replication-" + std::to_string(1 + restarts_)};
    }

    /// How many calls and submissions were decided, troubled ones included.
    [[nodiscard]] int calls() const { return calls_; }

    void expect_seal(const std::string& seal) override { seal_ = seal; }

    void submit(Ticket ticket, const Application& application, Deadline) override { waiting_.push_back({ticket, application}); }

    void submit_confirm(Ticket ticket, const Grant& grant, Deadline) override { waiting_.push_back({ticket, grant}); }

    /// Never waits: nothing comes by itself.
    std::size_t poll(std::vector<GateCompletion>& out, Milliseconds) override {
        const auto before = out.size();
        while (!waiting_.empty() && next_trouble() != GateTrouble::silent) {
            std::holds_alternative<Grant>(waiting_.front().what) ? confirm_next(out) : claim_next(out);
        }
        return out.size() - before;
    }

    [[nodiscard]] std::size_t in_flight() const override { return waiting_.size(); }

    std::string listed_at = "redis://fake:6379/0"; ///< the gate's address
    [[nodiscard]] std::string address() const override { return listed_at; }

    Result<GateSummary> summary(Deadline) override {
        return look<GateSummary>([&]() -> Result<GateSummary> {
            GateSummary summary{memory->fields, server, now, size_of(memory->claims), size_of(memory->outbox), {}};
            if (auto why = counters_disagree(summary.fields, summary.claims, summary.outbox); !why.empty())
                summary.defects.push_back(std::move(why));
            return summary;
        });
    }

    Result<GateListing<ClaimedSlot>> claims(Deadline) override {
        return look<GateListing<ClaimedSlot>>([&]() -> Result<GateListing<ClaimedSlot>> {
            GateListing<ClaimedSlot> listing;
            for (const auto& [user, claim] : memory->claims)
                listing.entries.push_back({user, claim.slot});
            return listing;
        });
    }

    Result<std::vector<std::optional<Slot>>> slots_of(std::span<const UserId> users, Deadline) override {
        return look<std::vector<std::optional<Slot>>>([&]() -> Result<std::vector<std::optional<Slot>>> {
            std::vector<std::optional<Slot>> slots;
            for (const auto user : users) {
                const auto claim = memory->claims.find(user);
                slots.push_back(claim == memory->claims.end() ? std::nullopt : std::optional(claim->second.slot));
            }
            return slots;
        });
    }

    Result<std::optional<Claim>> claim_of(UserId user, Deadline) override {
        return look<std::optional<Claim>>([&]() -> Result<std::optional<Claim>> {
            const auto claim = memory->claims.find(user);
            return claim == memory->claims.end() ? std::nullopt : std::optional(claim->second);
        });
    }

    Result<GateListing<PendingClaim>> outbox(Deadline) override {
        return look<GateListing<PendingClaim>>([&]() -> Result<GateListing<PendingClaim>> { return listing_of(memory->outbox); });
    }

    Result<GateSettings> settings(Deadline) override {
        return reach<GateSettings>([&]() -> Result<GateSettings> {
            auto answer = told;
            answer.now = now;
            return answer;
        });
    }

    Result<ShutGate> shut(const std::optional<std::string>& mine, const std::string& token, Deadline) override {
        return decide<ShutGate>(take_trouble(), [&]() -> Result<ShutGate> {
            const auto left = coupon::shut(memory, mine, token);
            if (!memory) return ShutGate{};
            return ShutGate{left, memory->fields.round, memory->fields.granted, memory->fields.limit};
        });
    }
    Status mark_told(const GateMark& seen, const std::string& token, Deadline) override {
        return decide<Done>(take_trouble(), [&] { return coupon::mark_told(memory, seen, token); });
    }
    Status disarm(Round round, Epoch epoch, const std::string& seal, Deadline) override {
        return decide<Done>(take_trouble(), [&] { return coupon::disarm(memory, round, epoch, seal); });
    }
    Status close(const GateMark& seen, const std::string& token, Deadline) override {
        return decide<Done>(take_trouble(), [&] { return coupon::close(memory, seen, token); });
    }
    Status reopen(const GateMark& seen, const std::string& token, const std::optional<Instant>& closes_at, Deadline) override {
        return decide<Done>(take_trouble(), [&] { return coupon::reopen(memory, seen, token, closes_at); });
    }
    Status give_up(const GateMark& seen, Deadline) override {
        return decide<Done>(take_trouble(), [&] { return coupon::give_up(memory, seen); });
    }
    Status discard(const std::optional<GateMark>& seen, Deadline) override {
        return decide<Done>(take_trouble(), [&] { return coupon::discard(memory, seen); });
    }
    Result<ServerIdentity> create(const NewGate& fresh, Deadline) override {
        return decide<ServerIdentity>(take_trouble(), [&] { return coupon::create(memory, fresh, server); });
    }
    Status open_and_arm(const GateMark& mine, const ServerIdentity& created_with, Deadline) override {
        return decide<Done>(take_trouble(), [&] { return coupon::open_and_arm(memory, mine, created_with, server); });
    }
    Result<ArmingTicket> begin_arming(const RoundFacts& highest, const std::string& token, Deadline) override {
        return decide<ArmingTicket>(take_trouble(), [&] { return coupon::begin_arming(memory, highest, token, server); });
    }
    Status restore(const ArmingTicket& ticket, std::span<const RestoredClaim> chunk, Deadline) override {
        return decide<Done>(take_trouble(), [&] { return coupon::restore(memory, ticket, chunk, server); });
    }
    Status drop(const ArmingTicket& ticket, std::span<const UserId> chunk, Deadline) override {
        return decide<Done>(take_trouble(), [&] { return coupon::drop(memory, ticket, chunk, server); });
    }
    Status arm(const ArmingTicket& ticket, const ArmOrder& order, Deadline) override {
        return decide<Done>(take_trouble(), [&] { return coupon::arm(memory, ticket, order, server); });
    }

private:
    struct Waiting {
        Ticket ticket;
        std::variant<Application, Grant> what;
    };

    void confirm_next(std::vector<GateCompletion>& out) {
        const auto [ticket, what] = std::move(waiting_.front());
        waiting_.pop_front();
        out.push_back(
            {ticket, decide<ConfirmReply>(take_trouble(), [&] { return confirm(memory, std::get<Grant>(what), server, seal_); })});
    }

    /// As many as go together: of one round.
    void claim_next(std::vector<GateCompletion>& out) {
        std::vector<Ticket> tickets;
        std::vector<Application> together;
        while (!waiting_.empty() && together.size() < most_together) {
            const auto* next = std::get_if<Application>(&waiting_.front().what);
            if (next == nullptr || (!together.empty() && next->round != together.front().round)) break;
            tickets.push_back(waiting_.front().ticket);
            together.push_back(*next);
            waiting_.pop_front();
        }
        using Replies = std::vector<Result<ClaimReply>>;
        const auto replies =
            decide<Replies>(take_trouble(), [&]() -> Result<Replies> { return claim_together(memory, together, server, now, seal_); });
        for (std::size_t i = 0; i < tickets.size(); ++i)
            out.push_back({tickets[i], replies ? (*replies)[i] : Result<ClaimReply>(replies.fault())});
    }

    [[nodiscard]] GateTrouble next_trouble() const { return troubled_calls_ > 0 && healthy_calls_ == 0 ? trouble_ : GateTrouble::none; }

    GateTrouble take_trouble() {
        ++calls_;
        const auto trouble = next_trouble();
        if (healthy_calls_ > 0) {
            --healthy_calls_;
            return trouble;
        }
        if (troubled_calls_ > 0 && troubled_calls_ != std::numeric_limits<int>::max()) --troubled_calls_;
        return trouble;
    }

    template <class T, class Rule>
    static Result<T> decide(GateTrouble trouble, const Rule& rule) {
        switch (trouble) {
        case GateTrouble::none: return rule();
        case GateTrouble::reply_lost:
            static_cast<void>(rule());
            return Fault{FaultKind::unknown, "no reply from the fake gate", "ask again"};
        case GateTrouble::refused: return Fault{FaultKind::refused, "the fake gate is loading", "ask again"};
        case GateTrouble::unreachable: return Fault{FaultKind::unreachable, "cannot reach the fake gate", "is the server up?"};
        case GateTrouble::silent: return Fault{FaultKind::unknown, "the fake gate did not answer in time", "ask again"};
        }
        return rule();
    }

    /// For a reader a lost reply is as good as none, so nothing is unknown.
    template <class T, class Read>
    Result<T> reach(const Read& read) {
        const auto trouble = take_trouble();
        if (trouble == GateTrouble::refused) return decide<T>(trouble, read);
        if (trouble != GateTrouble::none) return decide<T>(GateTrouble::unreachable, read);
        return read();
    }

    template <class T, class Read>
    Result<T> look(const Read& read) {
        return reach<T>([&]() -> Result<T> {
            if (!memory) return missing_gate();
            return read();
        });
    }

    template <class Entry>
    static GateListing<Entry> listing_of(const std::map<UserId, Entry>& entries) {
        GateListing<Entry> listing;
        for (const auto& [user, entry] : entries)
            listing.entries.push_back(entry);
        return listing;
    }

    template <class Entries>
    static std::int64_t size_of(const Entries& entries) {
        return static_cast<std::int64_t>(entries.size());
    }

    std::string seal_;
    GateTrouble trouble_ = GateTrouble::none;
    int troubled_calls_ = 0;
    int healthy_calls_ = 0;
    int restarts_ = 0;
    int calls_ = 0;
    std::deque<Waiting> waiting_;
};

} // namespace coupon
