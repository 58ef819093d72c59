#include "gate/gate_asking.hpp"
#include "gate/live_redis.hpp"
#include "gate/scripted_server.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

TEST_SUITE_BEGIN("gate/claims_together");

using namespace coupon;

namespace {

constexpr std::string_view sold_out = "*1\r\n$8\r\nsold_out\r\n";
constexpr std::string_view closed = "*1\r\n$18\r\nclosed by_operator\r\n";

std::unique_ptr<Gate> open_gate(const ScriptedServer& server) {
    auto gate = open_redis_gate(server.options(Milliseconds(2000)), fresh_event(), 1);
    REQUIRE_MESSAGE(gate, gate.fault().text());
    return std::move(gate).value();
}

/// What the tickets from 0 on were told, once all have completed.
std::vector<std::string> told_to(Gate& gate, std::size_t tickets) {
    std::vector<std::string> told(tickets);
    for (const auto& completion : await(gate, tickets)) {
        CHECK(told.at(completion.ticket) == "");
        const auto& reply = std::get<Result<ClaimReply>>(completion.reply);
        told.at(completion.ticket) = reply ? describe(reply) : name_of(reply.fault().kind);
    }
    return told;
}

void submit_users(Gate& gate, std::int64_t first, std::int64_t last, Milliseconds time = Milliseconds(5000)) {
    for (auto user = first; user <= last; ++user)
        gate.submit(static_cast<Ticket>(user), {UserId(user), "a" + std::to_string(user), Round(1)},
                    std::chrono::steady_clock::now() + time);
}

} // namespace

TEST_CASE("claims that wait together are one script, and each is told its own answer, in order") {
    const ScriptedServer server({[](ScriptedPeer& peer) {
        if (!peer.let_in()) return;
        if (!peer.hear("*16\r\n$7\r\nEVALSHA\r\n") || !peer.hear("u:0\r\n$2\r\na0\r\n$3\r\nu:1\r\n$2\r\na1\r\n$3\r\nu:2\r\n$2\r\na2\r\n"))
            return;
        peer.say("*4\r\n$33\r\ngranted 3 2 pending 1700000000000\r\n$23\r\nduplicate 1 2 confirmed\r\n"
                 "*4\r\n$5\r\nfault\r\n$9\r\nnot_armed\r\n$1\r\na\r\n$1\r\nb\r\n$8\r\nsold_out\r\n");
        peer.be_silent();
    }});
    const auto gate = open_gate(server);
    submit_users(*gate, 0, 3);
    CHECK(told_to(*gate, 4) == std::vector<std::string>{"granted slot 3 user 0 round 1 epoch 2 at 1700000000000 pending",
                                                        "duplicate slot 1 user 1 round 1 epoch 2 at 0 confirmed", "not_armed", "sold_out"});
}

TEST_CASE("a fault that concerns all claims of a script is told to each of them, and so is a reply with too few answers or too many") {
    const std::string fault = "*4\r\n$5\r\nfault\r\n$7\r\nmissing\r\n$1\r\na\r\n$1\r\nb\r\n";
    for (const auto& [says, told] :
         {std::pair(fault, "missing"), std::pair(std::string("-LOADING it\r\n"), "refused"), std::pair(std::string(sold_out), "unknown"),
          std::pair(std::string("*4\r\n$8\r\nsold_out\r\n$8\r\nsold_out\r\n$8\r\nsold_out\r\n$8\r\nsold_out\r\n"), "unknown")}) {
        CAPTURE(says);
        const ScriptedServer server({[&](ScriptedPeer& peer) {
            if (!peer.let_in() || !peer.hear("EVALSHA")) return;
            peer.say(says);
            peer.be_silent();
        }});
        const auto gate = open_gate(server);
        submit_users(*gate, 0, 2);
        CHECK(told_to(*gate, 3) == std::vector<std::string>(3, told));
    }
}

TEST_CASE("claims that come while a script is under way wait for its reply, then go together") {
    const ScriptedServer server({[](ScriptedPeer& peer) {
        if (!peer.let_in() || !peer.hear("*10\r\n$7\r\nEVALSHA\r\n") || !peer.hear("a0\r\n")) return;
        std::this_thread::sleep_for(Milliseconds(100));
        peer.say(closed);
        if (peer.hear("*14\r\n$7\r\nEVALSHA\r\n")) peer.say("*3\r\n$8\r\nsold_out\r\n$8\r\nsold_out\r\n$8\r\nsold_out\r\n");
        peer.be_silent();
    }});
    const auto gate = open_gate(server);
    submit_users(*gate, 0, 0);
    std::vector<GateCompletion> none;
    CHECK(gate->poll(none, Milliseconds(10)) == 0);
    submit_users(*gate, 1, 3);
    CHECK(told_to(*gate, 4) == std::vector<std::string>{"closed by_operator", "sold_out", "sold_out", "sold_out"});
}

TEST_CASE("more claims than go together are several scripts, one after the other") {
    const auto says = [](std::size_t claims) {
        std::string text = "*" + std::to_string(claims) + "\r\n";
        for (std::size_t i = 0; i < claims; ++i)
            text += "$18\r\nclosed by_operator\r\n";
        return text;
    };
    const ScriptedServer server({[&](ScriptedPeer& peer) {
        if (!peer.let_in()) return;
        for (const auto& [words, claims] : {std::pair("*208\r\n", 100), std::pair("*208\r\n", 100), std::pair("*18\r\n", 5)}) {
            if (peer.hear(words)) peer.say(says(static_cast<std::size_t>(claims)));
        }
        peer.be_silent();
    }});
    const auto gate = open_gate(server);
    submit_users(*gate, 0, 204);
    CHECK(told_to(*gate, 205) == std::vector<std::string>(205, "closed by_operator"));
}

TEST_CASE("when a connection breaks, the claims of the script under way are unknown, and those that wait behind it are asked again") {
    const ScriptedServer server({[](ScriptedPeer& peer) {
                                     if (!peer.let_in() || !peer.hear("a0\r\n")) return;
                                     std::this_thread::sleep_for(Milliseconds(100));
                                     peer.say("*2\r\n$8\r\nsold_out\r\n"); // half of a reply is none
                                 },
                                 [](ScriptedPeer& peer) {
                                     if (!peer.let_in() || !peer.hear("*12\r\n$7\r\nEVALSHA\r\n")) return;
                                     peer.say("*2\r\n$18\r\nclosed by_operator\r\n$8\r\nsold_out\r\n");
                                     peer.be_silent();
                                 }});
    const auto gate = open_gate(server);
    submit_users(*gate, 0, 1);
    std::vector<GateCompletion> none;
    CHECK(gate->poll(none, Milliseconds(10)) == 0);
    submit_users(*gate, 2, 3);
    CHECK(told_to(*gate, 4) == std::vector<std::string>{"unknown", "unknown", "closed by_operator", "sold_out"});
}

TEST_CASE("a claim whose time is up while it waits behind a script had no effect; a server that was silent all the time is given up") {
    const ScriptedServer server({[](ScriptedPeer& peer) {
                                     if (peer.let_in()) peer.be_silent();
                                 },
                                 [](ScriptedPeer& peer) {
                                     if (!peer.let_in()) return;
                                     while (peer.hear("EVALSHA"))
                                         peer.say(sold_out);
                                 }});
    const auto gate = open_gate(server);
    submit_users(*gate, 0, 0);
    std::vector<GateCompletion> none;
    CHECK(gate->poll(none, Milliseconds(10)) == 0);
    submit_users(*gate, 1, 1, Milliseconds(100));
    CHECK(told_to(*gate, 2) == std::vector<std::string>{"unknown", "unreachable"});
    CHECK(describe(ask(*gate, {UserId(7), "a7", Round(1)})) == "sold_out");
}

TEST_CASE("claims of different rounds are never of one script") {
    const ScriptedServer server({[](ScriptedPeer& peer) {
        if (!peer.let_in() || !peer.hear("*12\r\n$7\r\nEVALSHA\r\n") || !peer.hear("a2\r\n")) return;
        peer.say("*2\r\n$8\r\nsold_out\r\n$18\r\nclosed by_operator\r\n");
        peer.be_silent();
    }});
    const auto gate = open_gate(server);
    submit_users(*gate, 1, 2);
    gate->submit(0, {UserId(7), "a7", Round(2)}, std::chrono::steady_clock::now() + Milliseconds(300));
    CHECK(await(*gate, 2).size() == 2);
}

TEST_SUITE_END();
