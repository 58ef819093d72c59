#include "gate/gate_asking.hpp"
#include "gate/live_redis.hpp"
#include "gate/scripted_server.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

TEST_SUITE_BEGIN("gate/redis_gate");

using namespace coupon;

namespace {

const Application seven{UserId(7), "a1", Round(1)};
constexpr std::string_view sold_out = "*1\r\n$8\r\nsold_out\r\n";
constexpr std::string_view closed = "*1\r\n$18\r\nclosed by_operator\r\n";
constexpr std::string_view confirmed = "*1\r\n*1\r\n$9\r\nconfirmed\r\n";
constexpr std::string_view granted_slot_1 = "*1\r\n$33\r\ngranted 1 1 pending 1700000000000\r\n";

std::unique_ptr<Gate> open_gate(const ScriptedServer& server, int connections = 1) {
    auto gate = open_redis_gate(server.options(Milliseconds(2000)), fresh_event(), connections);
    REQUIRE_MESSAGE(gate, gate.fault().text());
    return std::move(gate).value();
}

/// A server whose first client logs in, asks once, and then meets `treatment`; later ones are told sold out.
std::vector<ScriptedServer::Script> once(const std::function<void(ScriptedPeer&)>& treatment) {
    return {[treatment](ScriptedPeer& peer) {
                if (peer.let_in() && peer.hear("EVALSHA")) treatment(peer);
            },
            [](ScriptedPeer& peer) {
                if (!peer.let_in()) return;
                while (peer.hear("EVALSHA"))
                    peer.say(sold_out);
            }};
}

} // namespace

TEST_CASE("a connection that breaks after a claim left it is unknown, never refused, and the next claim gets a new one") {
    struct Break {
        const char* what;
        std::string says;
    };
    for (const auto& one : {Break{"closes without a reply", ""}, Break{"closes in the middle of a reply", "*1\r\n$8\r\nsold"},
                            Break{"answers with something else", "HTTP/1.1 400 Bad Request\r\n\r\n"}}) {
        CAPTURE(one.what);
        const ScriptedServer server(once([&](ScriptedPeer& peer) { peer.say(one.says); }));
        const auto gate = open_gate(server);
        const auto reply = ask(*gate, seven);
        REQUIRE_FALSE(reply);
        CHECK(reply.fault().kind == FaultKind::unknown);
        CHECK(reply.fault().message.find("no reply from redis at 127.0.0.1:") != std::string::npos);
        CHECK(describe(ask(*gate, seven)) == "sold_out");
        CHECK(server.clients() == 2);
    }
}

TEST_CASE("a server that stays silent is unknown at the deadline, and is given up for the next claim") {
    const ScriptedServer server(once([](ScriptedPeer& peer) { peer.be_silent(); }));
    const auto gate = open_gate(server);
    const auto begin = std::chrono::steady_clock::now();
    const auto reply = ask(*gate, seven, Milliseconds(200));
    CHECK(std::chrono::steady_clock::now() - begin >= Milliseconds(200));
    REQUIRE_FALSE(reply);
    CHECK(reply.fault().kind == FaultKind::unknown);
    CHECK(gate->in_flight() == 0);
    CHECK(describe(ask(*gate, seven)) == "sold_out");
}

TEST_CASE("a slow server is not given up, and its late reply is nobody else's") {
    const ScriptedServer server({[](ScriptedPeer& peer) {
        if (!peer.let_in() || !peer.hear("EVALSHA") || !peer.hear("EVALSHA")) return;
        peer.say(closed);
        std::this_thread::sleep_for(Milliseconds(600));
        peer.say(confirmed); // nobody waits for it any more
        if (peer.hear("EVALSHA")) peer.say(sold_out);
        peer.be_silent();
    }});
    const auto gate = open_gate(server);
    gate->submit(1, seven, soon());
    gate->submit_confirm(2, {Round(1), Epoch(1), Slot(1), UserId(8), {}}, std::chrono::steady_clock::now() + Milliseconds(300));
    const auto first = await(*gate, 2);
    CHECK(first[0].ticket == 1);
    CHECK(describe(std::get<Result<ClaimReply>>(first[0].reply)) == "closed by_operator");
    CHECK(first[1].ticket == 2);
    CHECK(std::get<Result<ConfirmReply>>(first[1].reply).fault().kind == FaultKind::unknown);
    CHECK(describe(ask(*gate, seven)) == "sold_out");
    CHECK(server.clients() == 1);
}

TEST_CASE("a connection the server closed while it was idle costs nothing: the claim goes out on a new one") {
    const ScriptedServer server({[](ScriptedPeer& peer) { peer.let_in(); },
                                 [](ScriptedPeer& peer) {
                                     if (peer.let_in() && peer.hear("EVALSHA")) peer.say(sold_out);
                                     peer.be_silent();
                                 }});
    const auto gate = open_gate(server);
    // The close may still be on its way; either way nothing has been sent on the old connection by the time it is seen.
    std::vector<GateCompletion> none;
    while (server.clients() < 2)
        gate->poll(none, Milliseconds(10));
    CHECK(describe(ask(*gate, seven)) == "sold_out");
}

TEST_CASE("while no server listens, submissions are unreachable, claims and confirms alike") {
    auto server = std::make_unique<ScriptedServer>(std::vector<ScriptedServer::Script>{[](ScriptedPeer& peer) {
        if (peer.let_in()) peer.be_silent();
    }});
    const auto gate = open_gate(*server);
    server.reset();
    const auto reply = ask(*gate, seven);
    REQUIRE_FALSE(reply);
    CHECK(reply.fault().kind == FaultKind::unreachable);
    CHECK(reply.fault().text().find(": connection refused; start it, or correct --redis: redis-cli -u redis://127.0.0.1:") !=
          std::string::npos);
    const auto confirm = ask_confirm(*gate, {Round(1), Epoch(1), Slot(1), UserId(7), {}});
    REQUIRE_FALSE(confirm);
    CHECK(confirm.fault().kind == FaultKind::unreachable);
}

TEST_CASE("a submission that gets no connection by its deadline is unreachable then") {
    const ScriptedServer server({[](ScriptedPeer& peer) { peer.let_in(); }, [](ScriptedPeer& peer) { peer.be_silent(); }});
    const auto gate = open_gate(server);
    std::vector<GateCompletion> none;
    while (server.clients() < 2)
        gate->poll(none, Milliseconds(10));
    const auto reply = ask(*gate, seven, Milliseconds(100));
    REQUIRE_FALSE(reply);
    CHECK(reply.fault().kind == FaultKind::unreachable);
}

TEST_CASE("an error reply is refused or denied where nothing ran, otherwise unknown") {
    struct Error {
        const char* text;
        FaultKind kind;
    };
    for (const auto& error : {
             Error{"LOADING Redis is loading the dataset in memory", FaultKind::refused},
             Error{"BUSY Redis is busy running a script", FaultKind::refused},
             Error{"OOM command not allowed when used memory > 'maxmemory'.", FaultKind::refused},
             Error{"READONLY You can't write against a read only replica.", FaultKind::refused},
             Error{"MISCONF Redis is configured to save RDB snapshots", FaultKind::refused},
             Error{"NOREPLICAS Not enough good replicas to write.", FaultKind::refused},
             Error{"MASTERDOWN Link with MASTER is down", FaultKind::refused},
             Error{"CLUSTERDOWN The cluster is down", FaultKind::refused},
             Error{"MOVED 3999 127.0.0.1:6381", FaultKind::unsupported},
             Error{"NOAUTH Authentication required.", FaultKind::denied},
             Error{"NOPERM this user has no permissions to run the 'evalsha' command", FaultKind::denied},
             Error{"NOPERM ACL failure in script: User apply has no permissions to run the 'hset' command", FaultKind::unknown},
             Error{"REDIRECT 127.0.0.1:6380", FaultKind::refused},
             Error{"ERR unknown command 'EVALSHA', with args beginning with: 'x'", FaultKind::unsupported},
             Error{"ERR Invalid command passed to redis.acl_check_cmd() script: x, on @user_script:9.", FaultKind::unsupported},
             Error{"ERR The user executing the script can't run this command or subcommand", FaultKind::unknown},
             Error{"WRONGTYPE Operation against a key holding the wrong kind of value", FaultKind::unknown},
             Error{"ERR user_script:12: attempt to index a nil value", FaultKind::unknown},
             Error{"LOADINGS of something new", FaultKind::unknown},
         }) {
        CAPTURE(error.text);
        const ScriptedServer server({[&](ScriptedPeer& peer) {
            if (!peer.let_in()) return;
            while (peer.hear("EVALSHA"))
                peer.say("-" + std::string(error.text) + "\r\n");
        }});
        const auto gate = open_gate(server);
        const auto reply = ask(*gate, seven);
        REQUIRE_FALSE(reply);
        CHECK(std::string(name_of(reply.fault().kind)) == name_of(error.kind));
        CHECK(reply.fault().message.find(error.text) != std::string::npos);
    }
}

TEST_CASE("a reply of a shape no script has is unknown") {
    for (const auto* shape :
         {"*1\r\n$4\r\nyes!\r\n", ":1\r\n", "$-1\r\n", "*0\r\n", "*1\r\n*0\r\n", "*1\r\n$-1\r\n", "*1\r\n:1\r\n", "*1\r\n$7\r\ngranted\r\n",
          "*1\r\n$11\r\nclosed late\r\n", "*1\r\n$10\r\nsold_out 1\r\n", "*4\r\n$5\r\nfault\r\n$4\r\nodd!\r\n$1\r\na\r\n$1\r\nb\r\n",
          "*1\r\n$21\r\ngranted 0 1 pending 5\r\n", "*1\r\n$20\r\ngranted 1 1 pending \r\n", "*1\r\n$19\r\ngranted 1 1 pending\r\n",
          "*1\r\n$23\r\ngranted 1 1 confirmed 5\r\n", "*1\r\n$23\r\ngranted 1 1 pending 5 6\r\n", "*1\r\n$13\r\ngranted 1 1 5\r\n"}) {
        CAPTURE(shape);
        const ScriptedServer server({[&](ScriptedPeer& peer) {
            if (!peer.let_in()) return;
            while (peer.hear("EVALSHA"))
                peer.say(shape);
        }});
        const auto gate = open_gate(server);
        const auto reply = ask(*gate, seven);
        REQUIRE_FALSE(reply);
        CHECK(reply.fault().kind == FaultKind::unknown);
    }
}

TEST_CASE("a script the server does not know goes out as text, once") {
    SUBCASE("and is answered") {
        const ScriptedServer server({[](ScriptedPeer& peer) {
            if (!peer.let_in() || !peer.hear("EVALSHA")) return;
            peer.say("-NOSCRIPT No matching script. Please use EVAL.\r\n");
            if (peer.hear("$4\r\nEVAL\r\n") && peer.hear("#!lua\n")) peer.say(granted_slot_1);
            peer.be_silent();
        }});
        const auto gate = open_gate(server);
        CHECK(describe(ask(*gate, seven)) == "granted slot 1 user 7 round 1 epoch 1 at 1700000000000 pending");
    }
    SUBCASE("and is refused again") {
        const ScriptedServer server({[](ScriptedPeer& peer) {
            if (!peer.let_in() || !peer.hear("EVALSHA")) return;
            peer.say("-NOSCRIPT No matching script. Please use EVAL.\r\n");
            if (peer.hear("$4\r\nEVAL\r\n")) peer.say("-NOSCRIPT No matching script. Please use EVAL.\r\n");
            peer.be_silent();
        }});
        const auto gate = open_gate(server);
        const auto reply = ask(*gate, seven);
        REQUIRE_FALSE(reply);
        CHECK(reply.fault().kind == FaultKind::refused);
    }
}

TEST_CASE("a keeper whose reply is lost does not know, a reader only had no answer; both go on with the next call") {
    const auto treatment = [](ScriptedPeer& peer) {
        if (peer.let_in()) peer.hear("EVALSHA");
    };
    const auto answer = [](ScriptedPeer& peer) {
        if (!peer.let_in()) return;
        while (peer.hear("EVALSHA"))
            peer.say("*4\r\n$5\r\nfault\r\n$7\r\nmissing\r\n$4\r\ngone\r\n$3\r\nrun\r\n");
    };
    {
        const ScriptedServer server({treatment, answer});
        auto keeper = open_redis_gate_keeper(server.options(), fresh_event());
        REQUIRE(keeper);
        CHECK(keeper.value()->reopen({Round(1), "t"}, "u", {}, soon()).fault().kind == FaultKind::unknown);
        CHECK(keeper.value()->reopen({Round(1), "t"}, "u", {}, soon()).fault().kind == FaultKind::missing);
    }
    {
        const ScriptedServer server({treatment, answer});
        auto reader = open_redis_gate_reader(server.options(), fresh_event());
        REQUIRE(reader);
        CHECK(reader.value()->summary(soon()).fault().kind == FaultKind::unreachable);
        CHECK(reader.value()->summary(soon()).fault().kind == FaultKind::missing);
    }
}

TEST_CASE("poll returns by itself when nothing is in flight") {
    const ScriptedServer server({[](ScriptedPeer& peer) {
        if (peer.let_in()) peer.be_silent();
    }});
    const auto gate = open_gate(server);
    std::vector<GateCompletion> none;
    const auto begin = std::chrono::steady_clock::now();
    CHECK(gate->poll(none, Milliseconds(50)) == 0);
    const auto took = std::chrono::steady_clock::now() - begin;
    CHECK(took >= Milliseconds(50));
    CHECK(took < Milliseconds(2000));
}

TEST_SUITE_END();
