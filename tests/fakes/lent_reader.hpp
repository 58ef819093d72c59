#pragma once

#include "gate/gate_reader.hpp"

namespace coupon {

/// Hands the calls on to a reader it does not own, so that code which opens a reader of its own gets the same fake each time.
class LentReader final : public GateReader {
public:
    explicit LentReader(GateReader& reader) : reader_(reader) {}
    [[nodiscard]] std::string address() const override { return reader_.address(); }
    Result<GateSummary> summary(Deadline deadline) override { return reader_.summary(deadline); }
    Result<GateListing<ClaimedSlot>> claims(Deadline deadline) override { return reader_.claims(deadline); }
    Result<std::vector<std::optional<Slot>>> slots_of(std::span<const UserId> users, Deadline deadline) override {
        return reader_.slots_of(users, deadline);
    }
    Result<std::optional<Claim>> claim_of(UserId user, Deadline deadline) override { return reader_.claim_of(user, deadline); }
    Result<GateListing<PendingClaim>> outbox(Deadline deadline) override { return reader_.outbox(deadline); }
    Result<GateSettings> settings(Deadline deadline) override { return reader_.settings(deadline); }

private:
    GateReader& reader_;
};

} // namespace coupon
