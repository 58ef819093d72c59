#pragma once

#include "core/gate_rule.hpp"
#include "core/grant.hpp"
#include "core/result.hpp"

#include <optional>
#include <string>

/// The way of one application (lib/README.md, "The way of one application"), as pure steps: every answer leads to what is to be done next.
/// The engine in flow/apply/apply and the model explorer walk it.
namespace coupon {

/// What is to be done next for an application.
enum class ApplyStep {
    claim,         ///< ask the gate, with the same ids each time
    claim_later,   ///< ask the gate again after a pause
    publish,       ///< hand the grant to the topic
    confirm,       ///< ask the gate whether the published claim still stands
    confirm_later, ///< the same after a pause
    tell,          ///< final: told() says what
};

/// Where one application stands.
class Applying {
public:
    explicit Applying(UserId user) : user_(user) {}

    [[nodiscard]] ApplyStep step() const { return step_; }
    /// What to publish or confirm. REQUIRES: step() is publish, confirm or confirm_later.
    [[nodiscard]] const Grant& grant() const;
    /// REQUIRES: step() is tell.
    [[nodiscard]] const Told& told() const { return told_; }
    /// The fault behind an answer error, unknown or pending, if there was one.
    [[nodiscard]] const std::optional<Fault>& cause() const { return cause_; }

    void on_claim(const Result<ClaimReply>& reply);
    void on_delivery(const Status& report);
    void on_confirm(const Result<ConfirmReply>& reply);
    /// The gate forgot what it had granted in this epoch, so this claim may yet lose its slot: it is neither published nor told. `granted`
    /// is what the gate has just given, where that is how it came to light.
    void on_went_back(const std::optional<Grant>& granted = {});
    /// The pause of claim_later or confirm_later is over.
    void on_pause_over();
    /// The application's time is up, or the program must leave: whatever is known becomes the answer. `why` is for people.
    void on_deadline(const std::string& why);

private:
    void tell(Answer answer, std::string reason);
    void tell_pending(std::string reason);

    UserId user_;
    ApplyStep step_ = ApplyStep::claim;
    Told told_;
    std::optional<Fault> cause_;
    bool may_have_effect_ = false; ///< a claim went unanswered: only granted, duplicate or sold_out settles it
    std::optional<Grant> grant_;   ///< the claim, ours or (duplicate) the other application's
    bool is_duplicate_ = false;
    bool delivered_ = false;
};

} // namespace coupon
