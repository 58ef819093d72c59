#include "gate/gate_asking.hpp"
#include "gate/private_redis.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <sstream>

TEST_SUITE_BEGIN("live/gate/server");

using namespace coupon;

namespace {

constexpr const char* token = "0123456789abcdef";

Application application(std::int64_t user) {
    return {UserId(user), "a1", Round(1)};
}

/// An armed gate of round 1 in a server of its own.
struct OwnServer {
    explicit OwnServer(std::int64_t limit) {
        gate = open_redis_gate(redis.options(), event, 2).value();
        reader = open_redis_gate_reader(redis.options(), event).value();
        keeper = open_redis_gate_keeper(redis.options(), event).value();
        const auto created = keeper->create({Round(1), Limit(limit), {}, token}, soon());
        REQUIRE_MESSAGE(created, describe(created));
        REQUIRE(keeper->open_and_arm({Round(1), token}, *created, soon()));
    }

    PrivateRedis redis;
    EventName event = fresh_event();
    std::unique_ptr<Gate> gate;
    std::unique_ptr<GateReader> reader;
    std::unique_ptr<GateKeeper> keeper;
};

/// Asks until the answer is of another kind than the faults of a server that comes back.
Result<ClaimReply> ask_until_back(Gate& gate, const Application& application) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    auto reply = ask(gate, application, Milliseconds(1000));
    while (!reply && (reply.fault().kind == FaultKind::unreachable || reply.fault().kind == FaultKind::unknown) &&
           std::chrono::steady_clock::now() < end) {
        reply = ask(gate, application, Milliseconds(1000));
    }
    return reply;
}

} // namespace

TEST_CASE("a restarted server is another one: nothing is granted until the gate is armed again, and its claims are still there") {
    OwnServer own(3);
    const auto grant = ask(*own.gate, application(1));
    REQUIRE(grant);
    own.redis.kill();
    const auto away = ask(*own.gate, application(2));
    REQUIRE_FALSE(away);
    CHECK(away.fault().kind == FaultKind::unreachable);
    own.redis.start();

    const auto back = ask_until_back(*own.gate, application(2));
    REQUIRE_FALSE(back);
    CHECK_MESSAGE(back.fault().kind == FaultKind::not_armed, back.fault().text());
    CHECK(ask_confirm(*own.gate, grant->grant).fault().kind == FaultKind::not_armed);
    const auto summary = own.reader->summary(soon());
    REQUIRE(summary);
    CHECK_FALSE(summary->armed());
    CHECK(summary->claims == 1);

    const auto ticket = own.keeper->begin_arming({Round(1), Limit(3), {}, RoundState::open, Epoch(1)}, "t2", soon());
    REQUIRE_MESSAGE(ticket, describe(ticket));
    REQUIRE(own.keeper->arm(*ticket, {1, {}, false}, soon()));
    CHECK(describe(ask(*own.gate, application(2))).starts_with("granted slot 2 user 2 round 1 epoch 2"));
    auto renewed = grant->grant;
    renewed.epoch = Epoch(2);
    CHECK(describe(ask_confirm(*own.gate, renewed)) == "confirmed");
}

TEST_CASE("a server that restarts between two steps of arming stops the arming") {
    OwnServer own(3);
    own.redis.kill();
    own.redis.start();
    const RoundFacts facts{Round(1), Limit(3), {}, RoundState::open, Epoch(1)};
    const auto ticket = own.keeper->begin_arming(facts, "t2", soon());
    REQUIRE_MESSAGE(ticket, describe(ticket));
    own.redis.kill();
    own.redis.start();
    const auto armed = own.keeper->arm(*ticket, {0, {}, false}, soon());
    REQUIRE_FALSE(armed);
    CHECK_MESSAGE(armed.fault().kind == FaultKind::conflict, armed.fault().text());
}

TEST_CASE("a server killed among thousands of claims: each completes once, none is told no, and asking again settles all") {
    OwnServer own(100000);
    constexpr std::size_t crowd = 3000;
    std::vector<GateCompletion> completions;
    for (Ticket ticket = 0; ticket < crowd; ++ticket)
        own.gate->submit(ticket, application(static_cast<std::int64_t>(ticket)), soon());
    while (completions.empty())
        own.gate->poll(completions, Milliseconds(100));
    own.redis.kill();
    for (const auto& completion : await(*own.gate, crowd - completions.size()))
        completions.push_back(completion);
    std::set<Ticket> tickets;
    std::map<std::int64_t, Slot> told;
    for (const auto& completion : completions) {
        tickets.insert(completion.ticket);
        const auto& reply = std::get<Result<ClaimReply>>(completion.reply);
        if (reply) {
            CHECK(reply->kind == ClaimReply::Kind::granted);
            told[static_cast<std::int64_t>(completion.ticket)] = reply->grant.slot;
        } else {
            CHECK((reply.fault().kind == FaultKind::unknown || reply.fault().kind == FaultKind::unreachable));
        }
    }
    CHECK(tickets.size() == crowd);
    REQUIRE_FALSE(told.empty());

    own.redis.start();
    static_cast<void>(ask_until_back(*own.gate, application(0)));
    const auto summary = own.reader->summary(soon());
    REQUIRE(summary);
    CHECK(summary->defects.empty());
    const auto claims = own.reader->claims(soon());
    REQUIRE(claims);
    std::map<std::int64_t, Slot> kept;
    for (const auto& claim : claims->entries)
        kept[claim.user.value()] = claim.slot;
    for (const auto& [user, slot] : told) {
        REQUIRE(kept.contains(user));
        CHECK(kept[user] == slot);
    }
}

TEST_CASE("a paused server: what was sent is unknown at its deadline, opening is unreachable, and resuming heals both") {
    OwnServer own(3);
    own.redis.pause();
    const auto reply = ask(*own.gate, application(1), Milliseconds(300));
    REQUIRE_FALSE(reply);
    CHECK(reply.fault().kind == FaultKind::unknown);
    const auto late = own.reader->summary(std::chrono::steady_clock::now() + Milliseconds(200));
    REQUIRE_FALSE(late);
    CHECK(late.fault().kind == FaultKind::unreachable);
    const auto other = open_redis_gate(own.redis.options(), own.event, 1);
    REQUIRE_FALSE(other);
    CHECK(other.fault().kind == FaultKind::unreachable);
    own.redis.resume();
    // The unanswered claim was only late; asking again with the same ids tells what became of it.
    CHECK(describe(ask_until_back(*own.gate, application(1))).starts_with("granted slot 1"));
    CHECK(own.reader->summary(soon())->claims == 1);
}

TEST_CASE("a server that is out of memory or a replica refuses claims, for certain, and can still be read") {
    OwnServer own(3);
    RawRedis raw(own.redis.options());
    SUBCASE("out of memory") {
        raw({"CONFIG", "SET", "maxmemory", "1"});
    }
    SUBCASE("a replica") {
        raw({"REPLICAOF", "127.0.0.1", "1"});
    }
    const auto reply = ask(*own.gate, application(1));
    REQUIRE_FALSE(reply);
    CHECK_MESSAGE(reply.fault().kind == FaultKind::refused, reply.fault().text());
    const auto closed = own.keeper->close({Round(1), token}, token, soon());
    REQUIRE_FALSE(closed);
    CHECK(closed.fault().kind == FaultKind::refused);
    const auto summary = own.reader->summary(soon());
    REQUIRE_MESSAGE(summary, summary.fault().text());
    CHECK(summary->claims == 0);
    CHECK(summary->fields.door == GateDoor::open);
}

TEST_CASE("a server that wants a password denies none and a wrong one") {
    OwnServer own(3);
    RawRedis raw(own.redis.options());
    raw({"CONFIG", "SET", "requirepass", "secret"});
    auto options = own.redis.options();
    CHECK(open_redis_gate(options, own.event, 1).fault().kind == FaultKind::denied);
    options.password = "wrong";
    CHECK(open_redis_gate(options, own.event, 1).fault().kind == FaultKind::denied);
    options.password = "secret";
    CHECK(open_redis_gate(options, own.event, 1));
}

TEST_CASE("a right that is taken from a running program is denied and named, whichever command of the script needs it") {
    for (const std::string command : {"HLEN", "HMGET", "HSET", "INFO", "TIME"}) {
        CAPTURE(command);
        OwnServer own(3);
        RawRedis raw(own.redis.options());
        std::vector<std::string> words{"ACL", "SETUSER", "apply", "on", ">secret"};
        std::istringstream rules(gate_rules(Account::apply));
        for (std::string rule; rules >> rule;)
            words.push_back(rule);
        raw(words);
        auto options = own.redis.options();
        options.user = "apply";
        options.password = "secret";
        const auto gate = open_redis_gate(options, own.event, 1);
        REQUIRE_MESSAGE(gate, gate.fault().text());
        CHECK(describe(ask(**gate, application(1))).starts_with("granted slot 1"));
        raw({"ACL", "SETUSER", "apply", "-" + command});
        const auto refused = ask(**gate, application(2));
        REQUIRE_FALSE(refused);
        CHECK_MESSAGE(refused.fault().kind == FaultKind::denied, refused.fault().text());
        CHECK_MESSAGE(refused.fault().message.find("the redis account lacks " + command) != std::string::npos, refused.fault().text());
        CHECK(own.reader->summary(soon())->claims == 1);
    }
}

TEST_CASE("a command that has another name at the server is named by the first program that needs it, and nothing is claimed") {
    for (const std::string command : {"INFO", "EVALSHA", "HLEN", "HMGET", "HSET", "TIME"}) {
        CAPTURE(command);
        const PrivateRedis redis({"--rename-command", command, "hidden"});
        const auto event = fresh_event();
        std::vector<Fault> faults;
        const auto note = [&](const auto& result) {
            if (!result) faults.push_back(result.fault());
        };
        const auto gate = open_redis_gate(redis.options(), event, 1);
        note(gate);
        if (gate) note(ask(**gate, application(1)));
        const auto keeper = open_redis_gate_keeper(redis.options(), event);
        if (keeper) note((*keeper)->create({Round(1), Limit(3), {}, token}, soon()));
        note(open_redis_gate_reader(redis.options(), event, Account::apply));
        const auto is_named = [&](const Fault& fault) {
            const auto lower = [](std::string text) {
                std::transform(text.begin(), text.end(), text.begin(), [](unsigned char one) { return std::tolower(one); });
                return text;
            };
            return fault.kind == FaultKind::unsupported && lower(fault.message).find(lower(command)) != std::string::npos &&
                   fault.hint.find("rename-command") != std::string::npos;
        };
        REQUIRE_FALSE(faults.empty());
        CHECK(std::any_of(faults.begin(), faults.end(), is_named));
        for (const auto& fault : faults) {
            // Without a gate to look at the script may have ended before it needed the command.
            CHECK_MESSAGE((is_named(fault) || fault.kind == FaultKind::missing), fault.text());
        }
    }
}

TEST_CASE("each database has gates of its own, and one that does not exist is named") {
    OwnServer own(3);
    auto options = own.redis.options();
    options.database = 3;
    const auto reader = open_redis_gate_reader(options, own.event);
    REQUIRE(reader);
    CHECK(reader.value()->summary(soon()).fault().kind == FaultKind::missing);
    options.database = 99;
    const auto none = open_redis_gate_reader(options, own.event);
    REQUIRE_FALSE(none);
    CHECK(none.fault().kind == FaultKind::unsupported);
    CHECK(none.fault().message.find("has no database 99") != std::string::npos);
}

TEST_CASE("losers write nothing, not even what is there already") {
    OwnServer own(1);
    REQUIRE(ask(*own.gate, application(1)));
    RawRedis raw(own.redis.options());
    // Counts every write of the whole server, so it needs one of its own.
    const auto changes = [&] {
        const auto info = raw({"INFO", "persistence"}).text;
        const auto at = info.find("rdb_changes_since_last_save:");
        return info.substr(at, info.find('\r', at) - at);
    };
    const auto before = changes();
    CHECK(describe(ask(*own.gate, application(2))) == "sold_out");
    CHECK(ask(*own.gate, application(1))->kind == ClaimReply::Kind::granted);
    CHECK(ask(*own.gate, {UserId(1), "a2", Round(1)})->kind == ClaimReply::Kind::duplicate);
    CHECK(describe(ask(*own.gate, {UserId(3), "a3", Round(0)})) == "closed round_over");
    CHECK(describe(ask_confirm(*own.gate, {Round(1), Epoch(0), Slot(1), UserId(3), {}})) == "gone");
    CHECK(own.reader->summary(soon()));
    CHECK(changes() == before);
    REQUIRE(own.keeper->close({Round(1), token}, token, soon()));
    CHECK(changes() != before);
}

TEST_SUITE_END();
