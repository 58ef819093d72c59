#include "failpoints/failing_gate.hpp"

#include <utility>

namespace coupon {

namespace {

bool is_granted(const Result<ClaimReply>& reply) {
    return reply && reply->kind == ClaimReply::Kind::granted;
}

bool is_confirmed(const Result<ConfirmReply>& reply) {
    return reply && *reply == ConfirmReply::confirmed;
}

} // namespace

void FailingGate::submit(Ticket ticket, const Application& application, Deadline deadline) {
    inner_->submit(ticket, application, deadline);
}

void FailingGate::submit_confirm(Ticket ticket, const Grant& grant, Deadline deadline) {
    inner_->submit_confirm(ticket, grant, deadline);
}

std::size_t FailingGate::poll(std::vector<GateCompletion>& out, Milliseconds wait) {
    const auto before = out.size();
    const auto added = inner_->poll(out, wait);
    for (auto i = before; i < out.size(); ++i) {
        auto& reply = out[i].reply;
        if (auto* claimed = std::get_if<Result<ClaimReply>>(&reply)) {
            if (is_granted(*claimed)) *claimed = set_->after("after-claim", std::move(*claimed));
        } else if (auto* confirmed = std::get_if<Result<ConfirmReply>>(&reply)) {
            if (is_confirmed(*confirmed)) *confirmed = set_->after("after-confirm", std::move(*confirmed));
        }
    }
    return added;
}

Result<ShutGate> FailingKeeper::shut(const std::optional<std::string>& mine, const std::string& token, Deadline deadline) {
    return set_->after(mine ? "close-mark-told" : "close-shut-gate", inner_->shut(mine, token, deadline));
}

Status FailingKeeper::mark_told(const GateMark& seen, const std::string& token, Deadline deadline) {
    return set_->after("close-mark-told", inner_->mark_told(seen, token, deadline));
}

Status FailingKeeper::close(const GateMark& seen, const std::string& token, Deadline deadline) {
    return set_->after("reset-close-gate", inner_->close(seen, token, deadline));
}

Status FailingKeeper::reopen(const GateMark& seen, const std::string& token, const std::optional<Instant>& closes_at, Deadline deadline) {
    return set_->after("reset-open-gate", inner_->reopen(seen, token, closes_at, deadline));
}

Status FailingKeeper::give_up(const GateMark& seen, Deadline deadline) {
    return set_->after("reset-give-up", inner_->give_up(seen, deadline));
}

Result<ServerIdentity> FailingKeeper::create(const NewGate& fresh, Deadline deadline) {
    return set_->after("reset-create-gate", inner_->create(fresh, deadline));
}

Status FailingKeeper::open_and_arm(const GateMark& mine, const ServerIdentity& created_with, Deadline deadline) {
    return set_->after("reset-open-gate", inner_->open_and_arm(mine, created_with, deadline));
}

Result<ArmingTicket> FailingKeeper::begin_arming(const RoundFacts& highest, const std::string& token, Deadline deadline) {
    auto ticket = inner_->begin_arming(highest, token, deadline);
    is_reading_ = static_cast<bool>(ticket);
    return set_->after("arming-begin", std::move(ticket));
}

Status FailingKeeper::after_reading() {
    if (!std::exchange(is_reading_, false)) return Done{};
    return set_->before("arming-read");
}

Status FailingKeeper::restore(const ArmingTicket& ticket, std::span<const RestoredClaim> chunk, Deadline deadline) {
    if (auto read = after_reading(); !read) return read;
    return set_->after("arming-restore", inner_->restore(ticket, chunk, deadline));
}

Status FailingKeeper::drop(const ArmingTicket& ticket, std::span<const UserId> chunk, Deadline deadline) {
    if (auto read = after_reading(); !read) return read;
    return inner_->drop(ticket, chunk, deadline);
}

Status FailingKeeper::arm(const ArmingTicket& ticket, const ArmOrder& order, Deadline deadline) {
    if (auto read = after_reading(); !read) return read;
    return set_->after("arming-arm", inner_->arm(ticket, order, deadline));
}

} // namespace coupon
