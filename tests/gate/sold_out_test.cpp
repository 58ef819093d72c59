#include "gate/gate_asking.hpp"
#include "gate/live_round.hpp"
#include "gate/scripted_server.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

using namespace coupon;

namespace {

const Application seven{UserId(7), "a7", Round(2)};
const Application eight{UserId(8), "a8", Round(2)};
const Application nine{UserId(9), "a9", Round(2)};
constexpr std::string_view sold_out = "*1\r\n$8\r\nsold_out\r\n";
constexpr std::string_view by_operator = "*1\r\n$18\r\nclosed by_operator\r\n";
constexpr std::string_view corrupt_and_by_operator =
    "*2\r\n*4\r\n$5\r\nfault\r\n$7\r\ncorrupt\r\n$5\r\nsizes\r\n$4\r\nlook\r\n$18\r\nclosed by_operator\r\n";
constexpr std::string_view plain_read = "*7\r\n$5\r\nHMGET\r\n";

std::string text(std::string_view word) {
    return "$" + std::to_string(word.size()) + "\r\n" + std::string(word) + "\r\n";
}

/// Of the round that is asked for.
const std::string seal = "be45cb2605bf36be";
const std::string nil = "$-1\r\n";
const std::string read_says_sold_out = "*5\r\n" + text("2") + text("100") + text("100") + text(seal) + nil;

/// The replies to the five commands of a look, the last of them as given.
std::string look_says(const std::string& exec) {
    return "+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n" + exec;
}

/// How many fields a gate without claims holds, and one with 100.
constexpr int no_claims = fixed_fields.size();
constexpr int full = no_claims + 100;

/// Sizes of both keys, then round, epoch, limit, granted, published and the user's own field.
std::string look_says(int held, int waiting, const std::vector<std::string>& fields, const std::string& own = nil,
                      const std::string& own_seal = seal) {
    std::string exec = "*3\r\n:" + std::to_string(held) + "\r\n:" + std::to_string(waiting) + "\r\n*7\r\n";
    for (const auto& field : fields)
        exec += field == nil ? nil : text(field);
    return look_says(exec + text(own_seal) + own);
}

const std::string look_says_sold_out = look_says(full, 1, {"2", "1", "100", "100", "99"});

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
        gate->expect_seal(seal);
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

TEST_CASE("once sold out no claim runs the script: the last of a batch looks at the sizes, too, and speaks for the reads before it") {
    const SoldOut event([](ScriptedPeer& peer) {
        if (!peer.hear(std::string(plain_read) + text("coupon:{coupon}") + text("round") + text("limit") + text("granted") + text("seal") +
                       text("u:8") + "*1\r\n" + text("MULTI") + "*2\r\n" + text("HLEN") + text("coupon:{coupon}") + "*2\r\n" +
                       text("HLEN") + text("coupon:{coupon}:outbox") + "*9\r\n" + text("HMGET") + text("coupon:{coupon}") + text("round") +
                       text("epoch") + text("limit") + text("granted") + text("published") + text("seal") + text("u:9") + "*1\r\n" +
                       text("EXEC")))
            return;
        peer.say(read_says_sold_out);
        peer.say(look_says_sold_out);
        peer.be_silent();
    });
    CHECK(event.ask_together() == Both("sold_out", "sold_out"));
}

TEST_CASE("a claim that comes alone looks") {
    const SoldOut event([](ScriptedPeer& peer) {
        if (peer.hear(text("EXEC"))) peer.say(look_says_sold_out);
        peer.be_silent();
    });
    CHECK(describe(ask(*event.gate, eight)) == "sold_out");
}

TEST_CASE("whatever else a plain read says is asked of the script, whose answer stands") {
    for (const auto& reply : {
             "*5\r\n" + text("2") + text("100") + text("100") + text(seal) + text("5:a8"),      // has a claim
             "*5\r\n" + text("3") + text("100") + text("100") + text(seal) + nil,               // another round
             "*5\r\n" + text("2") + text("100") + text("99") + text(seal) + nil,                // a slot is free
             "*5\r\n" + text("2") + text("100") + text("101") + text(seal) + nil,               // corrupt
             "*5\r\n" + text("2") + text("") + text("") + text(seal) + nil,                     // unreadable
             "*5\r\n" + text("2") + text("0") + text("0") + text(seal) + nil,                   // no such limit
             "*5\r\n" + nil + nil + nil + text(seal) + nil,                                     // missing
             "*5\r\n" + text("2") + text("100") + text("100") + text("692865c9a376a1a8") + nil, // another round's seal
             "*4\r\n" + text("2") + text("100") + text("100") + text(seal),                     // too short
             std::string("*0\r\n"),
             nil,
             std::string("-NOPERM this user has no permissions to run the 'hmget' command\r\n"),
             std::string("-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"),
         }) {
        CAPTURE(reply);
        const SoldOut event([&](ScriptedPeer& peer) {
            if (!peer.hear(plain_read) || !peer.hear(text("EXEC"))) return;
            peer.say(reply);
            if (!peer.hear(text("a8"))) return;
            peer.say(look_says_sold_out);
            peer.say(by_operator);
            peer.be_silent();
        });
        CHECK(event.ask_together() == Both("closed by_operator", "sold_out"));
    }
}

TEST_CASE("where a look does not find the gate sold out and in order, neither it nor the reads before it count") {
    const std::string long_count(16, '1');
    const std::string out_of_order =
        "*3\r\n:" + std::to_string(full) + "\r\n:1\r\n*6\r\n" + text("2") + text("1") + text("100") + text("100") + text("99") + text(seal);
    for (const auto& look : {
             look_says(full - 1, 1, {"2", "1", "100", "100", "99"}),    // a claim is missing
             look_says(full + 1, 1, {"2", "1", "100", "100", "99"}),    // one too many
             look_says(full, 0, {"2", "1", "100", "100", "99"}),        // a pending claim is missing
             look_says(full, 2, {"2", "1", "100", "100", "99"}),        // one too many
             look_says(full, 1, {"3", "1", "100", "100", "99"}),        // another round
             look_says(full - 1, 0, {"2", "1", "100", "99", "99"}),     // a slot is free
             look_says(full + 1, 2, {"2", "1", "100", "101", "99"}),    // more than the limit
             look_says(full, 1, {"2", "", "100", "100", "99"}),         // unreadable, one after the other
             look_says(full, 1, {"2", long_count, "100", "100", "99"}), // more digits than the script reads
             look_says(full, 1, {"2", nil, "100", "100", "99"}),
             look_says(full, 1, {"", "1", "100", "100", "99"}),
             look_says(no_claims, 0, {"2", "1", "0", "0", "0"}),
             look_says(full, 1, {"2", "1", "100", "100", "99"}, nil, "692865c9a376a1a8"), // another round's seal
             look_says(full, 1, {"2", "1", "100", "", "99"}),
             look_says(full, 100, {"2", "1", "100", "100", ""}),
             look_says(0, 0, {nil, nil, nil, nil, nil}), // missing
             look_says(out_of_order),                    // too short
             look_says("*3\r\n:" + std::to_string(full) + "\r\n-WRONGTYPE Operation against a key\r\n" +
                       out_of_order.substr(out_of_order.find("*6"))),
             look_says("*2\r\n:" + std::to_string(full) + "\r\n:1\r\n"),
             look_says("*0\r\n"),
             look_says(nil),
             look_says("-EXECABORT Transaction discarded because of previous errors.\r\n"),
             "-NOPERM no MULTI\r\n:" + std::to_string(full) + "\r\n:1\r\n" + read_says_sold_out + "-ERR EXEC without MULTI\r\n",
         }) {
        CAPTURE(look);
        const SoldOut event([&](ScriptedPeer& peer) {
            if (!peer.hear(plain_read) || !peer.hear(text("EXEC"))) return;
            peer.say(read_says_sold_out);
            peer.say(look);
            if (peer.hear(text("a8")) && peer.hear(text("a9"))) peer.say(corrupt_and_by_operator);
            peer.be_silent();
        });
        CHECK(event.ask_together() == Both("corrupt: sizes; look", "closed by_operator"));
    }
}

TEST_CASE("a look that finds the user's own claim speaks for the reads before it, and asks the script for itself") {
    const SoldOut event([&](ScriptedPeer& peer) {
        if (!peer.hear(plain_read) || !peer.hear(text("EXEC"))) return;
        peer.say(read_says_sold_out);
        peer.say(look_says(full, 1, {"2", "1", "100", "100", "99"}, text("5:a9")));
        if (peer.hear(text("a9"))) peer.say(by_operator);
        peer.be_silent();
    });
    CHECK(event.ask_together() == Both("sold_out", "closed by_operator"));
}

TEST_CASE("a read whose look is not answered in time is asked of the script") {
    const SoldOut event([](ScriptedPeer& peer) {
        if (!peer.hear(plain_read) || !peer.hear(text("EXEC"))) return;
        peer.say(read_says_sold_out);
        peer.say("+OK\r\n"); // a sign of life, so that the connection is not given up
        if (!peer.hear(text("u:10"))) return;
        peer.say(look_says_sold_out.substr(5)); // late: nobody waits for it any more
        peer.say(look_says_sold_out);
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

TEST_CASE("neither a read nor a look had an effect: when their connection breaks they are asked again, answered or not") {
    for (const auto& said : {std::string(), read_says_sold_out, read_says_sold_out + "+OK\r\n+QUEUED\r\n"}) {
        CAPTURE(said);
        const SoldOut event(
            [&](ScriptedPeer& peer) {
                if (peer.hear(plain_read) && peer.hear(text("EXEC"))) peer.say(said);
            },
            [](ScriptedPeer& peer) {
                if (!peer.let_in() || !peer.hear(plain_read) || !peer.hear(text("EXEC"))) return;
                peer.say(read_says_sold_out);
                peer.say(look_says_sold_out);
                peer.be_silent();
            });
        CHECK(event.ask_together() == Both("sold_out", "sold_out"));
    }
}

TEST_SUITE_END();

TEST_SUITE_BEGIN("live/gate/sold_out");

namespace {

/// How often the server ran a command.
std::int64_t runs_of(LiveBed& bed, const std::string& command) {
    const auto said = bed.raw()({"INFO", "commandstats"}).text;
    const auto name = "cmdstat_" + command + ":calls=";
    const auto at = said.find(name);
    return at == std::string::npos ? 0 : std::stoll(said.substr(at + name.size()));
}

} // namespace

TEST_CASE("losers of a sold out round run no script, a winner who asks again does, and is answered as ever") {
    LiveBed bed;
    open_round(bed, 1);
    CHECK(describe(ask(bed.gate(), application(1))).starts_with("granted slot 1 user 1 "));
    CHECK(describe(ask(bed.gate(), application(2))) == "sold_out");
    const auto scripts_before = runs_of(bed, "evalsha");
    const auto looks_before = runs_of(bed, "exec");
    constexpr int losers = 300;
    constexpr int connections = 3;
    for (int user = 3; user < 3 + losers; ++user)
        bed.gate().submit(static_cast<Ticket>(user), application(user), soon());
    for (const auto& completion : await(bed.gate(), losers))
        CHECK(describe(std::get<Result<ClaimReply>>(completion.reply)) == "sold_out");
    CHECK(runs_of(bed, "evalsha") == scripts_before);
    CHECK(runs_of(bed, "exec") == looks_before + connections);
    CHECK(describe(ask(bed.gate(), application(1))).starts_with("granted slot 1 user 1 "));
    CHECK(describe(ask(bed.gate(), {UserId(1), "other", Round(1)})).starts_with("duplicate slot 1 user 1 "));
    CHECK(describe(ask(bed.gate(), {UserId(2), "a1", Round(2)})).starts_with("corrupt: "));
}

TEST_CASE("losers of a sold out gate that lost a claim are told that it is corrupt, not that it is sold out") {
    LiveBed bed;
    open_round(bed, 1);
    CHECK(describe(ask(bed.gate(), application(1))).starts_with("granted slot 1 user 1 "));
    CHECK(describe(ask(bed.gate(), application(2))) == "sold_out");
    bed.lose_claim(UserId(1));
    for (int user = 3; user < 12; ++user)
        bed.gate().submit(static_cast<Ticket>(user), application(user), soon());
    for (const auto& completion : await(bed.gate(), 9))
        CHECK(describe(std::get<Result<ClaimReply>>(completion.reply)).starts_with("corrupt: "));
}

TEST_SUITE_END();
