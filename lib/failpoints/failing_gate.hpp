#pragma once

#include "failpoints/failpoint_set.hpp"
#include "gate/gate.hpp"
#include "gate/gate_keeper.hpp"

#include <memory>

namespace coupon {

/// A gate whose replies may be lost. What counts as a pass is a claim that was granted, and a claim that was confirmed.
class FailingGate final : public Gate {
public:
    FailingGate(std::unique_ptr<Gate> inner, std::shared_ptr<FailpointSet> set) : inner_(std::move(inner)), set_(std::move(set)) {}

    void expect_seal(const std::string& seal) override { inner_->expect_seal(seal); }
    void submit(Ticket ticket, const Application& application, Deadline deadline) override;
    void submit_confirm(Ticket ticket, const Grant& grant, Deadline deadline) override;
    std::size_t poll(std::vector<GateCompletion>& out, Milliseconds wait) override;
    [[nodiscard]] std::size_t in_flight() const override { return inner_->in_flight(); }

private:
    std::unique_ptr<Gate> inner_;
    std::shared_ptr<FailpointSet> set_;
};

/// A gate that fails while it is reset or armed.
class FailingKeeper final : public GateKeeper {
public:
    FailingKeeper(std::unique_ptr<GateKeeper> inner, std::shared_ptr<FailpointSet> set) : inner_(std::move(inner)), set_(std::move(set)) {}

    Result<ShutGate> shut(const std::optional<std::string>& mine, const std::string& token, Deadline deadline) override;
    Status disarm(Round round, Epoch epoch, const std::string& seal, Deadline deadline) override {
        return inner_->disarm(round, epoch, seal, deadline);
    }
    Status mark_told(const GateMark& seen, const std::string& token, Deadline deadline) override;
    Status close(const GateMark& seen, const std::string& token, Deadline deadline) override;
    Status reopen(const GateMark& seen, const std::string& token, const std::optional<Instant>& closes_at, Deadline deadline) override;
    Status give_up(const GateMark& seen, Deadline deadline) override;
    Status discard(const std::optional<GateMark>& seen, Deadline deadline) override { return inner_->discard(seen, deadline); }
    Result<ServerIdentity> create(const NewGate& fresh, Deadline deadline) override;
    Status open_and_arm(const GateMark& mine, const ServerIdentity& created_with, Deadline deadline) override;
    Result<ArmingTicket> begin_arming(const RoundFacts& highest, const std::string& token, Deadline deadline) override;
    Status restore(const ArmingTicket& ticket, std::span<const RestoredClaim> chunk, Deadline deadline) override;
    Status drop(const ArmingTicket& ticket, std::span<const UserId> chunk, Deadline deadline) override;
    Status arm(const ArmingTicket& ticket, const ArmOrder& order, Deadline deadline) override;

private:
    /// What was read is at hand: the first call of one arming that writes claims or arms.
    Status after_reading();

    std::unique_ptr<GateKeeper> inner_;
    std::shared_ptr<FailpointSet> set_;
    bool is_reading_ = false; ///< since the gate has begun to be armed
};

} // namespace coupon
