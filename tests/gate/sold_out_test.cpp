#include "gate/gate_asking.hpp"
#include "gate/live_round.hpp"
#include "gate/scripted_server.hpp"

#include <doctest/doctest.h>

#include <map>
#include <utility>

using namespace coupon;

namespace {

const Application seven{UserId(7), "a7", Round(2)};
const Application eight{UserId(8), "a8", Round(2)};
const Application nine{UserId(9), "a9", Round(2)};
constexpr std::string_view sold_out = "*1\r\n$8\r\nsold_out\r\n";
constexpr std::string_view by_operator = "*2\r\n$6\r\nclosed\r\n$11\r\nby_operator\r\n";
constexpr std::string_view corrupt = "*4\r\n$5\r\nfault\r\n$7\r\ncorrupt\r\n$5\r\nsizes\r\n$4\r\nlook\r\n";
constexpr std::string_view plain_read = "*6\r\n$5\r\nHMGET\r\n";

std::string text(std::string_view word) {
    return "$" + std::to_string(word.size()) + "\r\n" + std::string(word) + "\r\n";
}

const std::string nil = "$-1\r\n";
const std::string says_sold_out = "*4\r\n" + text("2") + text("100") + text("100") + nil;

/// What users 8 and 9 are told.
using Both = std::pair<std::string, std::string>;

/// A server that is sold out for the first claim, and a gate that has heard so.
struct SoldOut {
    explicit SoldOut(const std::function<void(ScriptedPeer&)>& then, const std::function<void(ScriptedPeer&)>& next_client = {})
        : server({[then](ScriptedPeer& peer) {
                      if (!peer.let_in() || !peer.hear("EVALSHA")) return;
                      peer.say(sold_out);
                      then(peer);
                  },
                  next_client}),
          gate(open_redis_gate(server.options(Milliseconds(2000)), *EventName::parse("coupon"), 1).value()) {
        CHECK(describe(ask(*gate, seven)) == "sold_out");
    }

    /// What users 8 and 9 are told, who ask together.
    [[nodiscard]] Both ask_together() const {
        gate->submit(8, eight, soon());
        gate->submit(9, nine, soon());
        Both told;
        for (const auto& completion : await(*gate, 2))
            (completion.ticket == 8 ? told.first : told.second) = describe(std::get<Result<ClaimReply>>(completion.reply));
        return told;
    }

    ScriptedServer server;
    std::unique_ptr<Gate> gate;
};

} // namespace

TEST_SUITE_BEGIN("gate/sold_out");

TEST_CASE("once sold out, only the last claim of a batch runs the script, and speaks for the reads before it") {
    const SoldOut event([](ScriptedPeer& peer) {
        if (!peer.hear(std::string(plain_read) + text("coupon:{coupon}") + text("round") + text("limit") + text("granted") + text("u:8")))
            return;
        if (!peer.hear("EVALSHA")) return;
        peer.say(says_sold_out);
        peer.say(sold_out);
        peer.be_silent();
    });
    CHECK(event.ask_together() == Both("sold_out", "sold_out"));
}

TEST_CASE("a claim that comes alone runs the script") {
    const SoldOut event([](ScriptedPeer& peer) {
        if (peer.hear("EVALSHA")) peer.say(sold_out);
        peer.be_silent();
    });
    CHECK(describe(ask(*event.gate, eight)) == "sold_out");
}

TEST_CASE("whatever else a plain read says is asked of the script, whose answer stands") {
    for (const auto& reply : {
             "*4\r\n" + text("2") + text("100") + text("100") + text("5:a8"), // has a claim
             "*4\r\n" + text("3") + text("100") + text("100") + nil,          // another round
             "*4\r\n" + text("2") + text("100") + text("99") + nil,           // a slot is free
             "*4\r\n" + text("2") + text("100") + text("101") + nil,          // corrupt
             "*4\r\n" + text("2") + text("") + text("") + nil,                // unreadable
             "*4\r\n" + text("2") + text("0") + text("0") + nil,              // no such limit
             "*4\r\n" + nil + nil + nil + nil,                                // missing
             "*3\r\n" + text("2") + text("100") + text("100"),                // too short
             std::string("*0\r\n"),
             nil,
             std::string("-NOPERM this user has no permissions to run the 'hmget' command\r\n"),
             std::string("-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"),
         }) {
        CAPTURE(reply);
        const SoldOut event([&](ScriptedPeer& peer) {
            if (!peer.hear(plain_read) || !peer.hear("EVALSHA")) return;
            peer.say(reply);
            if (!peer.hear(text("a8"))) return;
            peer.say(sold_out);
            peer.say(by_operator);
            peer.be_silent();
        });
        CHECK(event.ask_together() == Both("closed by_operator", "sold_out"));
    }
}

TEST_CASE("reads do not count while the script finds the gate out of order") {
    const SoldOut event([](ScriptedPeer& peer) {
        if (!peer.hear(plain_read) || !peer.hear(text("a9"))) return;
        peer.say(says_sold_out);
        peer.say(corrupt);
        if (peer.hear(text("a8"))) peer.say(corrupt);
        peer.be_silent();
    });
    CHECK(event.ask_together() == Both("corrupt: sizes; look", "corrupt: sizes; look"));
}

TEST_CASE("a read whose script is not answered in time is asked of the script") {
    const SoldOut event([](ScriptedPeer& peer) {
        if (!peer.hear(plain_read) || !peer.hear(text("a9"))) return;
        peer.say(says_sold_out);
        peer.say("*1\r\n"); // a sign of life, so that the connection is not given up
        if (!peer.hear(text("a10"))) return;
        peer.say("$8\r\nsold_out\r\n"); // late: nobody waits for it any more
        peer.say(sold_out);
        if (peer.hear(text("a8"))) peer.say(by_operator);
        peer.be_silent();
    });
    event.gate->submit(8, eight, soon());
    event.gate->submit(9, nine, std::chrono::steady_clock::now() + Milliseconds(200));
    const auto late = await(*event.gate, 1).front();
    CHECK(late.ticket == 9);
    CHECK(std::get<Result<ClaimReply>>(late.reply).fault().kind == FaultKind::unknown);
    event.gate->submit(10, {UserId(10), "a10", Round(2)}, soon());
    std::map<Ticket, std::string> told;
    for (const auto& completion : await(*event.gate, 2))
        told[completion.ticket] = describe(std::get<Result<ClaimReply>>(completion.reply));
    CHECK(told == std::map<Ticket, std::string>{{8, "closed by_operator"}, {10, "sold_out"}});
}

TEST_CASE("a plain read had no effect: when its connection breaks it is asked again, answered or not") {
    for (const auto& said : {std::string(), says_sold_out}) {
        CAPTURE(said);
        const SoldOut event(
            [&](ScriptedPeer& peer) {
                if (peer.hear(plain_read) && peer.hear("EVALSHA")) peer.say(said);
            },
            [](ScriptedPeer& peer) {
                if (peer.let_in() && peer.hear(text("a8"))) peer.say(by_operator);
                peer.be_silent();
            });
        const auto [first, second] = event.ask_together();
        CHECK(first == "closed by_operator");
        CHECK(second.starts_with("unknown: no reply from redis at 127.0.0.1:"));
    }
}

TEST_SUITE_END();

TEST_SUITE_BEGIN("live/gate/sold_out");

TEST_CASE("losers of a sold out round run one script a batch, a winner who asks again does, and is answered as ever") {
    LiveBed bed;
    open_round(bed, 1);
    const auto scripts_run = [&] {
        const auto said = bed.raw()({"INFO", "commandstats"}).text;
        const auto at = said.find("cmdstat_evalsha:calls=");
        REQUIRE(at != std::string::npos);
        return std::stoll(said.substr(at + std::string_view("cmdstat_evalsha:calls=").size()));
    };
    CHECK(describe(ask(bed.gate(), application(1))).starts_with("granted slot 1 user 1 "));
    CHECK(describe(ask(bed.gate(), application(2))) == "sold_out");
    const auto before = scripts_run();
    constexpr int losers = 300;
    constexpr int connections = 3;
    for (int user = 3; user < 3 + losers; ++user)
        bed.gate().submit(static_cast<Ticket>(user), application(user), soon());
    for (const auto& completion : await(bed.gate(), losers))
        CHECK(describe(std::get<Result<ClaimReply>>(completion.reply)) == "sold_out");
    CHECK(scripts_run() == before + connections);
    CHECK(describe(ask(bed.gate(), application(1))).starts_with("granted slot 1 user 1 "));
    CHECK(describe(ask(bed.gate(), {UserId(1), "other", Round(1)})).starts_with("duplicate slot 1 user 1 "));
    CHECK(describe(ask(bed.gate(), {UserId(2), "a1", Round(2)})).starts_with("corrupt: "));
}

TEST_SUITE_END();
