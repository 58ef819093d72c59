#include "core/apply_steps.hpp"

#include <cassert>

namespace coupon {

const Grant& Applying::grant() const {
    assert(grant_);
    return *grant_;
}

void Applying::tell(Answer answer, std::string reason) {
    told_ = {user_, answer, std::nullopt, std::nullopt, std::move(reason)};
    const bool names_a_slot = answer == Answer::granted || answer == Answer::pending || answer == Answer::duplicate;
    if (names_a_slot && grant_) {
        told_.slot = grant_->slot;
        told_.level = delivered_ ? Level::published : Level::claimed;
    }
    step_ = ApplyStep::tell;
}

void Applying::tell_pending(std::string reason) {
    // Of somebody else's claim the user learns that it exists; its owner, or a redrive, brings it further.
    if (is_duplicate_) {
        tell(Answer::duplicate, std::move(reason));
    } else {
        tell(Answer::pending, std::move(reason));
    }
}

void Applying::on_claim(const Result<ClaimReply>& reply) {
    if (step_ == ApplyStep::tell) return;
    if (!reply) {
        cause_ = reply.fault();
        switch (reply.fault().kind) {
        case FaultKind::unknown:
            may_have_effect_ = true;
            step_ = ApplyStep::claim_later;
            return;
        // A gate whose round was read at the start and that is missing now was lost: a worker is about to make it again.
        case FaultKind::missing:
        case FaultKind::unreachable:
        case FaultKind::refused:
        case FaultKind::not_armed: step_ = ApplyStep::claim_later; return;
        case FaultKind::denied:
        case FaultKind::corrupt:
        case FaultKind::conflict:
        case FaultKind::not_mine:
        case FaultKind::not_quiescent:
        case FaultKind::unsupported:
        case FaultKind::usage:
        case FaultKind::already_running:
        case FaultKind::interrupted: on_deadline(reply.fault().text()); return;
        }
    }
    switch (reply->kind) {
    case ClaimReply::Kind::granted:
    case ClaimReply::Kind::duplicate: {
        const bool says_granted = reply->kind == ClaimReply::Kind::granted;
        // Arming does not know whose application a claim was that it puts back: the slot this one was given before is still its own.
        const bool is_given_back = !says_granted && grant_ && !is_duplicate_ && grant_->slot == reply->grant.slot;
        grant_ = reply->grant;
        is_duplicate_ = !says_granted && !is_given_back;
        delivered_ = reply->state == ClaimState::confirmed;
        if (!delivered_) {
            step_ = ApplyStep::publish;
        } else if (is_given_back) {
            step_ = ApplyStep::confirm; // "duplicate" comes from a gate that is not armed, too, and promises nothing
        } else {
            tell(is_duplicate_ ? Answer::duplicate : Answer::granted, {});
        }
        return;
    }
    case ClaimReply::Kind::sold_out:
        grant_.reset();
        tell(Answer::sold_out, {});
        return;
    case ClaimReply::Kind::closed:
        // "Closed" settles nothing: an earlier, unanswered try may have been let in.
        if (grant_) {
            tell_pending(name_of(reply->reason));
        } else if (may_have_effect_) {
            tell(Answer::unknown, std::string("no reply, then closed: ") + name_of(reply->reason));
        } else {
            tell(Answer::closed, name_of(reply->reason));
        }
        return;
    }
}

void Applying::on_delivery(const Status& report) {
    if (step_ == ApplyStep::tell) return;
    if (report) {
        delivered_ = true;
        step_ = ApplyStep::confirm;
        return;
    }
    // A claim is never taken back: it stays in the outbox, a redrive publishes it.
    cause_ = report.fault();
    tell_pending("not published: " + report.fault().text());
}

void Applying::on_confirm(const Result<ConfirmReply>& reply) {
    if (step_ == ApplyStep::tell) return;
    if (!reply) {
        cause_ = reply.fault();
        switch (reply.fault().kind) {
        case FaultKind::unknown:
        case FaultKind::missing:
        case FaultKind::unreachable:
        case FaultKind::refused:
        case FaultKind::not_armed: step_ = ApplyStep::confirm_later; return;
        case FaultKind::denied:
        case FaultKind::corrupt:
        case FaultKind::conflict:
        case FaultKind::not_mine:
        case FaultKind::not_quiescent:
        case FaultKind::unsupported:
        case FaultKind::usage:
        case FaultKind::already_running:
        case FaultKind::interrupted: tell_pending("not confirmed: " + reply.fault().text()); return;
        }
    }
    switch (*reply) {
    case ConfirmReply::confirmed: tell(is_duplicate_ ? Answer::duplicate : Answer::granted, {}); return;
    case ConfirmReply::gone:
        // The gate lost the claim or gave it a new epoch since; the same ids get an answer that counts again.
        delivered_ = false;
        step_ = ApplyStep::claim;
        return;
    case ConfirmReply::round_over: tell_pending(name_of(ClosedReason::round_over)); return;
    case ConfirmReply::went_back: on_went_back(); return;
    }
}

void Applying::on_went_back(const std::optional<Grant>& granted) {
    if (step_ == ApplyStep::tell) return;
    if (granted) grant_ = granted;
    cause_ =
        Fault{FaultKind::conflict, "the gate went back in time: it forgot what it had granted", "a running coupon-consume arms it again"};
    tell_pending(cause_->text());
}

void Applying::on_pause_over() {
    if (step_ == ApplyStep::claim_later) step_ = ApplyStep::claim;
    if (step_ == ApplyStep::confirm_later) step_ = ApplyStep::confirm;
}

void Applying::on_deadline(const std::string& why) {
    if (step_ == ApplyStep::tell) return;
    if (grant_) {
        tell_pending(why);
    } else if (may_have_effect_) {
        tell(Answer::unknown, why);
    } else {
        tell(Answer::error, why);
    }
}

} // namespace coupon
