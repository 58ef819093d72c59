#pragma once

#include "model/scene.hpp"

#include <vector>

/// The gate's scripts as the actors of the model call them: core's rule, or core's rule with one comparison left out.
namespace coupon::model {

[[nodiscard]] Result<ClaimReply> call_claim(Scene& scene, const Application& application);
/// Several as one step.
[[nodiscard]] std::vector<Result<ClaimReply>> call_claims(Scene& scene, const std::vector<Application>& applications);
/// With the bug claim_in_two_steps: the slot a claim would get now, and the claim of it later, whatever happened since.
[[nodiscard]] std::optional<Slot> slot_to_be_granted(const Scene& scene, const Application& application);
[[nodiscard]] Result<ClaimReply> call_claim_of(Scene& scene, const Application& application, Slot slot);
/// With the bug release_on_unknown: the claim is taken back.
void release(Scene& scene, const Grant& grant);
[[nodiscard]] Result<ConfirmReply> call_confirm(Scene& scene, const Grant& grant);
[[nodiscard]] Result<ArmingTicket> call_begin(Scene& scene, const RoundFacts& highest, const std::string& token);
[[nodiscard]] Status call_drop(Scene& scene, const ArmingTicket& ticket, const std::vector<UserId>& voided);
[[nodiscard]] Status call_restore(Scene& scene, const ArmingTicket& ticket, const std::vector<RestoredClaim>& missing);
[[nodiscard]] Status call_arm(Scene& scene, const ArmingTicket& ticket, const ArmOrder& order);
void call_disarm(Scene& scene, Round round, Epoch epoch);
[[nodiscard]] Result<Shut> call_shut(Scene& scene, const std::optional<std::string>& mine, const std::string& token);
[[nodiscard]] Status call_mark_told(Scene& scene, const GateMark& seen, const std::string& token);
[[nodiscard]] Status call_close(Scene& scene, const GateMark& seen, const std::string& token);
[[nodiscard]] Status call_reopen(Scene& scene, const GateMark& seen, const std::string& token);
[[nodiscard]] Status call_give_up(Scene& scene, const GateMark& seen);
[[nodiscard]] Result<ServerIdentity> call_create(Scene& scene, const NewGate& fresh);
[[nodiscard]] Status call_open_and_arm(Scene& scene, const GateMark& mine, const ServerIdentity& created_with);

} // namespace coupon::model
