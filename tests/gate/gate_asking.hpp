#pragma once

#include "gate/gate.hpp"
#include "gate/gate_keeper.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

namespace coupon {

/// Polls until `count` submissions have completed; fewer after 10 s are too few.
inline std::vector<GateCompletion> await(Gate& gate, std::size_t count) {
    std::vector<GateCompletion> completions;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (completions.size() < count && std::chrono::steady_clock::now() < end)
        gate.poll(completions, Milliseconds(100));
    REQUIRE(completions.size() == count);
    return completions;
}

inline Result<ClaimReply> ask(Gate& gate, const Application& application, Milliseconds time = Milliseconds(5000)) {
    gate.submit(1, application, std::chrono::steady_clock::now() + time);
    return std::get<Result<ClaimReply>>(await(gate, 1).front().reply);
}

/// What applications that are submitted before the gate is polled are told, in their order.
inline std::vector<Result<ClaimReply>> ask_together(Gate& gate, const std::vector<Application>& applications) {
    for (std::size_t i = 0; i < applications.size(); ++i)
        gate.submit(i, applications[i], std::chrono::steady_clock::now() + Milliseconds(5000));
    std::vector<Result<ClaimReply>> replies(applications.size(), Fault{});
    for (const auto& completion : await(gate, applications.size()))
        replies.at(completion.ticket) = std::get<Result<ClaimReply>>(completion.reply);
    return replies;
}

inline Result<ConfirmReply> ask_confirm(Gate& gate, const Grant& grant, Milliseconds time = Milliseconds(5000)) {
    gate.submit_confirm(1, grant, std::chrono::steady_clock::now() + time);
    return std::get<Result<ConfirmReply>>(await(gate, 1).front().reply);
}

/// An answer in one line, so that a failed comparison of two shows both.
inline std::string describe(const Result<ClaimReply>& reply) {
    if (!reply) return std::string(name_of(reply.fault().kind)) + ": " + reply.fault().text();
    const auto& grant = reply->grant;
    const std::string claim = " slot " + grant.slot.text() + " user " + grant.user.text() + " round " + grant.round.text() + " epoch " +
                              grant.epoch.text() + " at " + std::to_string(grant.granted_at.time_since_epoch().count()) +
                              (reply->state == ClaimState::pending ? " pending" : " confirmed");
    switch (reply->kind) {
    case ClaimReply::Kind::granted: return "granted" + claim;
    case ClaimReply::Kind::duplicate: return "duplicate" + claim;
    case ClaimReply::Kind::sold_out: return "sold_out";
    case ClaimReply::Kind::closed: return std::string("closed ") + name_of(reply->reason);
    }
    return {};
}

inline std::string describe(const Result<ConfirmReply>& reply) {
    if (!reply) return std::string(name_of(reply.fault().kind)) + ": " + reply.fault().text();
    switch (*reply) {
    case ConfirmReply::confirmed: return "confirmed";
    case ConfirmReply::gone: return "gone";
    case ConfirmReply::round_over: return "round_over";
    case ConfirmReply::went_back: return "went_back";
    }
    return {};
}

inline std::string describe(const Status& status) {
    return status ? "done" : std::string(name_of(status.fault().kind)) + ": " + status.fault().text();
}

inline std::string describe(const Result<ServerIdentity>& reply) {
    if (!reply) return std::string(name_of(reply.fault().kind)) + ": " + reply.fault().text();
    return "server " + reply->run_id + " " + reply->master_replid + " " + std::to_string(reply->database);
}

inline std::string describe(const Result<ArmingTicket>& reply) {
    if (!reply) return std::string(name_of(reply.fault().kind)) + ": " + reply.fault().text();
    return "ticket round " + reply->round.text() + " epoch " + reply->epoch.text() + " " + reply->server.run_id + " " +
           reply->server.master_replid + " " + std::to_string(reply->server.database) + " seal " + reply->seal +
           (reply->is_old_copy ? " old copy" : "") + " remembered " + (reply->remembered ? reply->remembered->text() : std::string("no"));
}

inline std::string describe(const Result<ShutGate>& reply) {
    if (!reply) return std::string(name_of(reply.fault().kind)) + ": " + reply.fault().text();
    if (reply->left == Shut::missing) return "missing";
    return (reply->left == Shut::told ? "told round " : "untold round ") + (reply->round ? reply->round->text() : "unread") + ": " +
           (reply->granted ? std::to_string(*reply->granted) : "unread") + " of " + (reply->limit ? reply->limit->text() : "unread");
}

/// A gate's fields in one line.
inline std::string describe(const GateFields& fields) {
    const auto moment = [](const std::optional<Instant>& at) {
        return at ? std::to_string(at->time_since_epoch().count()) : std::string("never");
    };
    return "round " + fields.round.text() + " epoch " + fields.epoch.text() + " limit " + fields.limit.text() + " " + name_of(fields.door) +
           " from " + moment(fields.window.opens_at) + " to " + moment(fields.window.closes_at) + " granted " +
           std::to_string(fields.granted) + " published " + std::to_string(fields.published) + " token " + fields.token + " armed with " +
           fields.armed_with.run_id + "/" + fields.armed_with.master_replid + "/" + std::to_string(fields.armed_with.database) +
           " arming " + (fields.arming ? fields.arming->text() : std::string("no")) + " free " + fields.free.text() + " seal " +
           seal_of(fields.key) + " topic " + fields.topic + (fields.is_old_copy ? " old copy" : "") + (fields.untold ? " untold" : "");
}

} // namespace coupon
