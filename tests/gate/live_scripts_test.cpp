#include "gate/live_round.hpp"
#include "gate/private_redis.hpp"
#include "gate/scripts.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

TEST_SUITE_BEGIN("live/gate/scripts");

using namespace coupon;

namespace {

constexpr std::array all_scripts{
    &embedded::arm_script,       &embedded::begin_arming_script, &embedded::claim_script,   &embedded::close_script,
    &embedded::confirm_script,   &embedded::create_script,       &embedded::give_up_script, &embedded::open_and_arm_script,
    &embedded::reopen_script,    &embedded::restore_script,      &embedded::summary_script, &embedded::shut_script,
    &embedded::mark_told_script, &embedded::rights_script,       &embedded::disarm_script,  &embedded::drop_script,
};

/// An account of the sandbox with these rules, deleted afterwards.
class RedisUser {
public:
    RedisUser(LiveBed& bed, const std::vector<std::string>& rules) : bed_(bed), name_(bed.event().text()) {
        std::vector<std::string> command{"ACL", "SETUSER", name_, "on", ">secret"};
        command.insert(command.end(), rules.begin(), rules.end());
        bed_.raw()(command);
    }
    ~RedisUser() { bed_.raw()({"ACL", "DELUSER", name_}); }
    RedisUser(const RedisUser&) = delete;
    RedisUser& operator=(const RedisUser&) = delete;

    [[nodiscard]] RedisOptions options() const {
        auto options = bed_.options();
        options.user = name_;
        options.password = "secret";
        return options;
    }

private:
    LiveBed& bed_;
    std::string name_;
};

std::vector<std::string> words_of(const std::string& text) {
    std::istringstream stream(text);
    return {std::istream_iterator<std::string>(stream), std::istream_iterator<std::string>()};
}

} // namespace

TEST_CASE("the SHA1 of every script is the one the server computes") {
    LiveBed bed;
    for (const auto* script : all_scripts)
        CHECK(bed.raw()({"SCRIPT", "LOAD", std::string(script->text)}).text == script->sha);
}

TEST_CASE("scripts the server has forgotten are sent as text, without anybody noticing") {
    LiveBed bed;
    open_round(bed, 3);
    bed.raw()({"SCRIPT", "FLUSH"});
    for (Ticket ticket = 0; ticket < 50; ++ticket)
        bed.gate().submit(ticket, application(static_cast<std::int64_t>(ticket)), soon());
    std::vector<Grant> granted;
    for (const auto& completion : await(bed.gate(), 50)) {
        const auto& reply = std::get<Result<ClaimReply>>(completion.reply);
        REQUIRE_MESSAGE(reply, describe(reply));
        if (reply->kind == ClaimReply::Kind::granted) granted.push_back(reply->grant);
    }
    CHECK(granted.size() == 3);
    bed.raw()({"SCRIPT", "FLUSH"});
    for (const auto& grant : granted)
        bed.gate().submit_confirm(static_cast<Ticket>(grant.user.value()), grant, soon());
    for (const auto& completion : await(bed.gate(), 3))
        CHECK(describe(std::get<Result<ConfirmReply>>(completion.reply)) == "confirmed");
    bed.raw()({"SCRIPT", "FLUSH"});
    CHECK(bed.reader().summary(soon()));
    CHECK(bed.keeper().close({Round(1), token}, token, soon()));
}

TEST_CASE("the gate lies in Redis as its layout says") {
    LiveBed bed;
    const auto created = bed.keeper().create(
        {Round(1), Limit(3), {}, token, RoundKey::parse("000102030405060708090a0b0c0d0e0f"), "a_topic", "a_cluster"}, soon());
    REQUIRE(created);
    REQUIRE(bed.keeper().open_and_arm({Round(1), token}, *created, soon()));
    const auto before = bed.reader().summary(soon());
    REQUIRE(before);
    const auto grant = ask(bed.gate(), application(7));
    REQUIRE(grant);
    const auto& key = bed.keys().gate;
    CHECK(key == "coupon:{" + bed.event().text() + "}");
    CHECK(bed.keys().outbox == key + ":outbox");
    const auto at = moment_text(grant->grant.granted_at);
    const auto head = key + " ";
    const std::multiset<std::string> expected{
        head + "round=1",
        head + "epoch=1",
        head + "limit=3",
        head + "state=open",
        head + "opens_at=",
        head + "closes_at=",
        head + "granted=1",
        head + "published=0",
        head + "token=" + token,
        head + "run_id=" + before->server.run_id,
        head + "master_replid=" + before->server.master_replid,
        head + "arming=",
        head + "free=",
        head + "key=000102030405060708090a0b0c0d0e0f",
        head + "seal=be45cb2605bf36be",
        head + "topic=a_topic",
        head + "database=" + std::to_string(bed.options().database),
        head + "old_copy=",
        head + "cluster_id=a_cluster",
        head + "untold=",
        head + "u:7=1:a1",
        key + ":outbox u:7=1:" + at + ":1",
    };
    CHECK(dump(bed) == expected);
    CHECK(bed.raw()({"TTL", key}).integer == -1);
}

TEST_CASE("the kill switch closes a gate whose other fields are broken, and says only what it could read") {
    LiveBed bed;
    open_round(bed, 3);
    bed.raw()({"HDEL", bed.keys().gate, "round", "epoch", "token", "granted"});
    bed.raw()({"HSET", bed.keys().gate, "limit", "many"});
    CHECK(describe(bed.keeper().shut({}, "t2", soon())) == "untold round unread: unread of unread");
    CHECK(bed.raw()({"HGET", bed.keys().gate, "state"}).text == "closed");
    CHECK(describe(bed.keeper().shut("t2", "t3", soon())) == "told round unread: unread of unread");
}

TEST_CASE("a wrong password and an unknown account are denied") {
    LiveBed bed;
    const RedisUser account(bed, {"~coupon:*", "+@all"});
    auto options = account.options();
    CHECK(open_redis_gate(options, bed.event(), 1));
    options.password = "wrong";
    const auto gate = open_redis_gate(options, bed.event(), 1);
    REQUIRE_FALSE(gate);
    CHECK(gate.fault().kind == FaultKind::denied);
    CHECK(gate.fault().text().find("wrong") == std::string::npos);
}

TEST_CASE("an account without a right the scripts need is denied, and nothing is half written") {
    LiveBed bed;
    open_round(bed, 5);
    const auto grant = ask(bed.gate(), application(1));
    REQUIRE(grant);
    const auto before = dump(bed);
    struct Right {
        std::vector<std::string> rules;
        bool claims;   ///< still may claim
        bool confirms; ///< still may confirm
    };
    for (const auto& right : {
             Right{{"~coupon:*", "+@all", "-hset"}, false, false},
             Right{{"~coupon:*", "+@all", "-hlen"}, false, false},
             Right{{"~coupon:*", "+@all", "-hdel"}, true, false},
             Right{{"~coupon:*", "+@all", "-time"}, false, true},
             Right{{"~other:*", "+@all"}, false, false},
             Right{{"~" + bed.keys().gate, "+@all"}, false, false},
             Right{{"~coupon:*", "+@all", "-evalsha", "-eval"}, false, false},
             // What is allowed on one of the two keys alone.
             Right{{"~coupon:*", "+@all", "-hset", "(~" + bed.keys().gate + " +hset)"}, false, true},
             Right{{"~coupon:*", "+@all", "-hset", "(~" + bed.keys().outbox + " +hset)"}, false, false},
             Right{{"~coupon:*", "+@all", "-hdel", "(~" + bed.keys().gate + " +hdel)"}, true, false},
             Right{{"~coupon:*", "+@all", "-hlen", "(~" + bed.keys().gate + " +hlen)"}, false, false},
         }) {
        CAPTURE(right.rules.back());
        const RedisUser account(bed, right.rules);
        auto gate = open_redis_gate(account.options(), bed.event(), 1);
        REQUIRE_MESSAGE(gate, gate.fault().text());
        if (!right.claims) {
            const auto reply = ask(*gate.value(), application(2));
            REQUIRE_FALSE(reply);
            CHECK_MESSAGE(reply.fault().kind == FaultKind::denied, reply.fault().text());
        }
        if (!right.confirms) {
            const auto reply = ask_confirm(*gate.value(), grant->grant);
            REQUIRE_FALSE(reply);
            CHECK_MESSAGE(reply.fault().kind == FaultKind::denied, reply.fault().text());
        }
        CHECK(dump(bed) == before);
    }
}

TEST_CASE("where an account may not write, claims that wait together are all denied, and nothing is half written") {
    LiveBed bed;
    open_round(bed, 5);
    const auto before = dump(bed);
    for (const auto& key : {bed.keys().gate, bed.keys().outbox}) {
        CAPTURE(key);
        const RedisUser account(bed, {"~coupon:*", "+@all", "-hset", "(~" + key + " +hset)"});
        const auto gate = open_redis_gate(account.options(), bed.event(), 1);
        REQUIRE(gate);
        for (const auto& reply : ask_together(**gate, {application(1), application(2), application(1), application(3)}))
            CHECK(describe(reply).starts_with("denied: the redis account lacks HSET on "));
        CHECK(dump(bed) == before);
    }
}

TEST_CASE("of claims that wait together one that cannot be read is corrupt, and the others are decided") {
    LiveBed bed;
    open_round(bed, 5);
    REQUIRE(ask(bed.gate(), application(1)));
    REQUIRE(ask(bed.gate(), application(2)));
    bed.raw()({"HSET", bed.keys().gate, "u:1", "first"});
    bed.raw()({"HSET", bed.keys().outbox, "u:2", "9:1:1"});
    const auto replies = ask_together(bed.one_connection(), {application(3), application(1), application(2), application(4)});
    CHECK(describe(replies[0]).starts_with("granted slot 3 user 3 "));
    CHECK(describe(replies[1]).find("the claim of user 1 is unreadable") != std::string::npos);
    CHECK(describe(replies[2]).find("user 2 has slot 2 and slot 9 in the outbox") != std::string::npos);
    CHECK(describe(replies[3]).starts_with("granted slot 4 user 4 "));
    CHECK(bed.raw()({"HGET", bed.keys().gate, "granted"}).text == "4");
    CHECK(bed.raw()({"HLEN", bed.keys().outbox}).integer == 4);
}

TEST_CASE("a hundred claims that wait together are one call of the script, and a claim alone is one") {
    LiveBed bed;
    open_round(bed, 1000);
    const auto calls = [&] {
        const auto said = bed.raw()({"INFO", "commandstats"}).text;
        const auto at = said.find("cmdstat_evalsha:calls=");
        return at == std::string::npos ? 0 : std::stoll(said.substr(at + std::string("cmdstat_evalsha:calls=").size()));
    };
    REQUIRE(ask(bed.one_connection(), application(1000)));
    const auto before = calls();
    std::vector<Application> hundred;
    for (std::int64_t user = 0; user < 100; ++user)
        hundred.push_back(application(user));
    for (const auto& reply : ask_together(bed.one_connection(), hundred))
        CHECK_MESSAGE(reply, describe(reply));
    CHECK(calls() == before + 1);
    REQUIRE(ask(bed.one_connection(), application(1001)));
    CHECK(calls() == before + 2);
}

TEST_CASE("an account that lacks several rights learns them all at once, each with its key") {
    LiveBed bed;
    open_round(bed, 5);
    const auto grant = ask(bed.gate(), application(1));
    REQUIRE(grant);
    const RedisUser account(bed, {"~coupon:*", "+@all", "-hset", "-hdel", "-unlink"});
    const auto gate = open_redis_gate(account.options(), bed.event(), 1);
    const auto keeper = open_redis_gate_keeper(account.options(), bed.event());
    REQUIRE(gate);
    REQUIRE(keeper);
    const auto& [hash, outbox] = bed.keys();
    CHECK(describe(ask(**gate, application(2))).starts_with("denied: the redis account lacks HSET on " + hash + ", HSET on " + outbox));
    CHECK(
        describe(ask_confirm(**gate, grant->grant)).starts_with("denied: the redis account lacks HDEL on " + outbox + ", HSET on " + hash));
    const auto created = (*keeper)->create({Round(2), Limit(5), {}, token}, soon());
    CHECK(
        describe(created).starts_with("denied: the redis account lacks HSET on " + hash + ", UNLINK on " + hash + ", UNLINK on " + outbox));
}

TEST_CASE("an account with the rules of its program is accepted, and each missing right is named") {
    LiveBed bed;
    for (const auto account : {Account::apply, Account::worker, Account::reset, Account::audit}) {
        CAPTURE(name_of(account));
        const auto rules = words_of(gate_rules(account));
        {
            const RedisUser user(bed, rules);
            const auto reader = open_redis_gate_reader(user.options(), bed.event(), account);
            CHECK_MESSAGE(reader, reader.fault().text());
        }
        for (std::size_t i = 0; i < rules.size(); ++i) {
            CAPTURE(rules[i]);
            auto fewer = rules;
            fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
            const RedisUser user(bed, fewer);
            const auto reader = open_redis_gate_reader(user.options(), bed.event(), account);
            REQUIRE_FALSE(reader);
            CHECK(reader.fault().kind == FaultKind::denied);
            const auto& message = reader.fault().message;
            const auto lacks = message.find(": the account " + user.options().user + " lacks ");
            REQUIRE_MESSAGE(lacks != std::string::npos, message);
            // Without its keys it lacks all that is run on one.
            const bool is_key = rules[i].find('~') != std::string::npos;
            const auto named = is_key ? std::string("hlen on both keys of ") + bed.keys().gate : rules[i].substr(1);
            CHECK_MESSAGE(message.find(named, lacks) != std::string::npos, message);
            CHECK_MESSAGE((is_key || std::count(message.begin(), message.end(), ',') == 0), message);
            CHECK(reader.fault().hint ==
                  std::string(program_of(account)) + " needs: ACL SETUSER " + user.options().user + " " + gate_rules(account));
        }
    }
}

TEST_CASE("an account that may run no script learns which commands it lacks for that") {
    LiveBed bed;
    bed.raw()({"SCRIPT", "FLUSH"});
    const RedisUser user(bed, {"~coupon:*", "+info", "+hlen"});
    const auto reader = open_redis_gate_reader(user.options(), bed.event(), Account::apply);
    REQUIRE_FALSE(reader);
    CHECK(reader.fault().kind == FaultKind::denied);
    CHECK_MESSAGE(reader.fault().message.ends_with(" lacks eval on both keys of " + bed.keys().gate + ", eval_ro on both keys of " +
                                                   bed.keys().gate + ", evalsha_ro on both keys of " + bed.keys().gate +
                                                   "; without them its other rights cannot be seen"),
                  reader.fault().message);
}

TEST_CASE("an account that may only read, and a replica, are enough for a reader") {
    const PrivateRedis replica;
    LiveBed bed(replica.options());
    open_round(bed, 5);
    REQUIRE(ask(bed.gate(), application(1)));
    const RedisUser account(bed, words_of(gate_rules(Account::audit)));
    const auto read_all = [&] {
        const auto reader = open_redis_gate_reader(account.options(), bed.event(), Account::audit);
        REQUIRE_MESSAGE(reader, reader.fault().text());
        const auto summary = (*reader)->summary(soon());
        REQUIRE_MESSAGE(summary, summary.fault().text());
        CHECK(summary->claims == 1);
        CHECK((*reader)->claims(soon())->entries.size() == 1);
        CHECK((*reader)->outbox(soon())->entries.size() == 1);
        CHECK((*reader)->claim_of(UserId(1), soon())->has_value());
        CHECK((*reader)->settings(soon()));
    };
    read_all();
    bed.raw()({"SCRIPT", "FLUSH"});
    read_all();
    const DeadPort nobody;
    bed.raw()({"REPLICAOF", "127.0.0.1", std::to_string(nobody.port())});
    read_all();
    bed.raw()({"REPLICAOF", "NO", "ONE"});
}

TEST_CASE("ten thousand claims are listed, each once, while more come in") {
    LiveBed bed;
    constexpr std::int64_t size = 10000;
    open_round(bed, 2 * size);
    // In portions, which a busy machine answers within their deadline too.
    constexpr std::int64_t portion = 1000;
    for (std::int64_t user = 0; user < size; ++user) {
        bed.gate().submit(static_cast<Ticket>(user), application(user), soon());
        if ((user + 1) % portion == 0) static_cast<void>(await(bed.gate(), portion));
    }
    for (std::int64_t user = size; user < size + 500; ++user)
        bed.gate().submit(static_cast<Ticket>(user), application(user), soon());
    // This poll sends them, without waiting for the replies.
    std::vector<GateCompletion> early;
    bed.gate().poll(early, Milliseconds(0));
    const auto claims = bed.reader().claims(soon());
    static_cast<void>(await(bed.gate(), 500 - early.size()));
    REQUIRE(claims);
    std::set<UserId> users;
    for (const auto& claim : claims->entries)
        users.insert(claim.user);
    CHECK(users.size() == claims->entries.size());
    for (std::int64_t user = 0; user < size; ++user)
        REQUIRE(users.contains(UserId(user)));
    const auto outbox = bed.reader().outbox(soon());
    REQUIRE(outbox);
    CHECK(outbox->entries.size() == static_cast<std::size_t>(size) + 500);
}

TEST_SUITE_END();
