#pragma once

#include "gate/gate_keeper.hpp"

#include <functional>
#include <map>
#include <string>
#include <utility>

namespace coupon {

/// Hands the calls on to another keeper, which somebody else owns. Something may happen just before each of them.
class LentKeeper final : public GateKeeper {
public:
    /// `before` is told the name of the call, and how many of that name there were, this one included.
    using Before = std::function<void(const std::string& call, int times)>;

    explicit LentKeeper(GateKeeper& keeper, Before before = {}) : keeper_(keeper), before_(std::move(before)) {}

    Result<ShutGate> shut(const std::optional<std::string>& mine, const std::string& token, Deadline deadline) override {
        return at("shut").shut(mine, token, deadline);
    }
    Status disarm(Round round, Epoch epoch, const std::string& seal, Deadline deadline) override {
        return at("disarm").disarm(round, epoch, seal, deadline);
    }
    Status mark_told(const GateMark& seen, const std::string& token, Deadline deadline) override {
        return at("mark_told").mark_told(seen, token, deadline);
    }
    Status close(const GateMark& seen, const std::string& token, Deadline deadline) override {
        return at("close").close(seen, token, deadline);
    }
    Status reopen(const GateMark& seen, const std::string& token, const std::optional<Instant>& closes_at, Deadline deadline) override {
        return at("reopen").reopen(seen, token, closes_at, deadline);
    }
    Status give_up(const GateMark& seen, Deadline deadline) override { return at("give_up").give_up(seen, deadline); }
    Status discard(const std::optional<GateMark>& seen, Deadline deadline) override { return at("discard").discard(seen, deadline); }
    Result<ServerIdentity> create(const NewGate& fresh, Deadline deadline) override { return at("create").create(fresh, deadline); }
    Status open_and_arm(const GateMark& mine, const ServerIdentity& with, Deadline deadline) override {
        return at("open_and_arm").open_and_arm(mine, with, deadline);
    }
    Result<ArmingTicket> begin_arming(const RoundFacts& highest, const std::string& token, Deadline deadline) override {
        return at("begin_arming").begin_arming(highest, token, deadline);
    }
    Status restore(const ArmingTicket& ticket, std::span<const RestoredClaim> chunk, Deadline deadline) override {
        return at("restore").restore(ticket, chunk, deadline);
    }
    Status drop(const ArmingTicket& ticket, std::span<const UserId> chunk, Deadline deadline) override {
        return at("drop").drop(ticket, chunk, deadline);
    }
    Status arm(const ArmingTicket& ticket, const ArmOrder& order, Deadline deadline) override {
        return at("arm").arm(ticket, order, deadline);
    }

private:
    GateKeeper& at(const char* call) {
        if (before_) before_(call, ++times_[call]);
        return keeper_;
    }

    GateKeeper& keeper_;
    Before before_;
    std::map<std::string, int> times_;
};

} // namespace coupon
