#include "report/dry_run.hpp"

#include "core/grant.hpp"
#include "core/rfc3339.hpp"
#include "report/json.hpp"

#include <fmt/format.h>

namespace coupon {

namespace {

std::string moment(const std::optional<Instant>& instant) {
    return instant ? rfc3339(*instant) : "a time nobody told";
}

std::string closed_text(const GateFields& gate, ClosedReason reason) {
    switch (reason) {
    case ClosedReason::not_yet: return fmt::format("round {} opens at {}", gate.round.text(), moment(gate.window.opens_at));
    case ClosedReason::ended: return fmt::format("round {} ended at {}", gate.round.text(), moment(gate.window.closes_at));
    case ClosedReason::by_operator: return fmt::format("round {} is closed", gate.round.text());
    case ClosedReason::round_over: return fmt::format("round {} is over", gate.round.text());
    }
    return "closed";
}

/// The answer that a user would be told.
Answer answer_of(const WouldBe& one) {
    if (!one.reply) return Answer::error;
    switch (one.reply->kind) {
    case ClaimReply::Kind::granted: return Answer::granted;
    case ClaimReply::Kind::duplicate: return Answer::duplicate;
    case ClaimReply::Kind::sold_out: return Answer::sold_out;
    case ClaimReply::Kind::closed: return Answer::closed;
    }
    return Answer::error;
}

} // namespace

std::string would_be_reason(const DryRun& run, const WouldBe& one) {
    if (!one.reply) {
        const auto& fault = one.reply.fault();
        return fault.hint.empty() ? fault.message : fmt::format("{} ({})", fault.message, fault.hint);
    }
    const auto round = run.gate.round.text();
    switch (one.reply->kind) {
    case ClaimReply::Kind::granted: return fmt::format("round {} is open", round);
    case ClaimReply::Kind::duplicate:
        return fmt::format("user {} has slot {} of round {} already", one.reply->grant.user.text(), one.reply->grant.slot.text(), round);
    case ClaimReply::Kind::sold_out: return fmt::format("round {} is sold out", round);
    case ClaimReply::Kind::closed: return closed_text(run.gate, one.reply->reason);
    }
    return {};
}

std::string would_be_text(const DryRun& run, const WouldBe& one) {
    const auto who = one.user ? "user " + one.user->text() : std::string("users");
    return fmt::format("{} could {}apply: {}, {} of {} left\n", who, one.is_grant() ? "" : "not ", would_be_reason(run, one), one.left,
                       run.gate.limit.text());
}

std::string would_be_line_json(const char* schema, const DryRun& run, const WouldBe& one) {
    return to_line({{"schema", schema},
                    {"dry_run", true},
                    {"user", one.user ? Json(one.user->text()) : Json(nullptr)},
                    {"would_be", name_of(answer_of(one))},
                    {"reason", would_be_reason(run, one)},
                    {"round", run.gate.round.value()},
                    {"left", one.left},
                    {"limit", run.gate.limit.value()}});
}

std::string dry_run_json(const Heading& heading, const DryRun& run) {
    const auto& one = run.users.front();
    auto document = begin_document(heading);
    document["dry_run"] = true;
    document["would_grant"] = one.is_grant();
    document["would_be"] = name_of(answer_of(one));
    document["reason"] = would_be_reason(run, one);
    document["left"] = one.left;
    document["limit"] = run.gate.limit.value();
    return to_text(document);
}

} // namespace coupon
