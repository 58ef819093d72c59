#include "gate/live_round.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

TEST_SUITE_BEGIN("live/gate/broken_gate");

using namespace coupon;

TEST_CASE("a key of another type is corrupt, for everybody, and nothing is written") {
    LiveBed bed;
    open_round(bed, 3);
    REQUIRE(ask(bed.gate(), application(1)));
    std::string broken;
    SUBCASE("the gate") {
        broken = bed.keys().gate;
    }
    SUBCASE("the outbox") {
        broken = bed.keys().outbox;
    }
    bed.raw()({"UNLINK", broken});
    bed.raw()({"SET", broken, "something else"});
    const auto other = broken == bed.keys().gate ? bed.keys().outbox : bed.keys().gate;
    const auto before = bed.raw()({"HLEN", other}).integer;
    const auto is_corrupt = [](const auto& result) {
        REQUIRE_FALSE(result);
        CHECK_MESSAGE(result.fault().kind == FaultKind::corrupt, result.fault().text());
    };
    is_corrupt(ask(bed.gate(), application(2)));
    is_corrupt(ask_confirm(bed.gate(), {Round(1), Epoch(1), Slot(1), UserId(1), {}}));
    is_corrupt(bed.reader().summary(soon()));
    is_corrupt(bed.keeper().close({Round(1), token}, token, soon()));
    is_corrupt(bed.keeper().create({Round(2), Limit(3), {}, token}, soon()));
    is_corrupt(bed.keeper().begin_arming({Round(1), Limit(3), {}, RoundState::open, Epoch(1)}, token, soon()));
    is_corrupt(bed.reader().outbox(soon()));
    CHECK(bed.raw()({"GET", broken}).text == "something else");
    CHECK(bed.raw()({"HLEN", other}).integer == before);
}

TEST_CASE("a fixed field that is absent or unreadable is a defect by name, and no grant") {
    struct Damage {
        const char* field;
        const char* value; ///< nullptr: absent
    };
    for (const auto& damage : {Damage{"round", nullptr}, Damage{"epoch", nullptr}, Damage{"limit", "1e2"}, Damage{"limit", "0"},
                               Damage{"granted", "-1"}, Damage{"granted", "01"}, Damage{"published", "x"}, Damage{"state", "ajar"},
                               Damage{"opens_at", "soon"}, Damage{"closes_at", nullptr}, Damage{"arming", nullptr},
                               Damage{"run_id", nullptr}, Damage{"free", "4-2"}, Damage{"round", "99999999999999999999"}}) {
        CAPTURE(damage.field);
        LiveBed bed;
        open_round(bed, 5);
        REQUIRE(ask(bed.gate(), application(1)));
        if (damage.value == nullptr) {
            bed.raw()({"HDEL", bed.keys().gate, damage.field});
        } else {
            bed.raw()({"HSET", bed.keys().gate, damage.field, damage.value});
        }
        const auto before = dump(bed);
        const auto reply = ask(bed.gate(), application(2));
        REQUIRE_FALSE(reply);
        CHECK_MESSAGE(reply.fault().kind == FaultKind::corrupt, reply.fault().text());
        CHECK(dump(bed) == before);
        const auto summary = bed.reader().summary(soon());
        REQUIRE(summary);
        CHECK(summary->claims == 1);
        REQUIRE_FALSE(summary->defects.empty());
        CHECK(summary->defects.front().starts_with("the field " + std::string(damage.field) + " is "));
    }
}

TEST_CASE("entries nobody can read are named, escaped, and the others are read") {
    LiveBed bed;
    open_round(bed, 5);
    REQUIRE(ask(bed.gate(), application(1)));
    bed.raw()({"HSET", bed.keys().gate, "u:07", "2:a", "u:8", "zwei:a", "u:9", "3", "stray\x1b[2J", "1"});
    bed.raw()({"HSET", bed.keys().outbox, "u:8", "2:5", "u:9", "2:now:1"});
    const auto claims = bed.reader().claims(soon());
    REQUIRE(claims);
    CHECK(claims->entries.size() == 1);
    CHECK(claims->defects.size() == 4);
    CHECK(std::any_of(claims->defects.begin(), claims->defects.end(),
                      [](const std::string& defect) { return defect.find("stray\\x1b[2J") != std::string::npos; }));
    const auto outbox = bed.reader().outbox(soon());
    REQUIRE(outbox);
    CHECK(outbox->entries.size() == 1);
    CHECK(outbox->defects.size() == 2);
    CHECK(bed.reader().summary(soon())->claims == 5);
}

TEST_CASE("a claim that was damaged, or an outbox entry, keeps arming and its user out") {
    LiveBed bed;
    open_round(bed, 5);
    REQUIRE(ask(bed.gate(), application(1)));
    SUBCASE("the claim") {
        bed.raw()({"HSET", bed.keys().gate, "u:1", "one:a1"});
    }
    SUBCASE("the outbox entry") {
        bed.raw()({"HSET", bed.keys().outbox, "u:1", "1:never:1"});
    }
    const auto reply = ask(bed.gate(), application(1));
    REQUIRE_FALSE(reply);
    CHECK(reply.fault().kind == FaultKind::corrupt);
    bed.be_armed_with({"another", "server"});
    const auto ticket = bed.keeper().begin_arming({Round(1), Limit(5), {}, RoundState::open, Epoch(1)}, token, soon());
    REQUIRE(ticket);
    const bool is_claim = bed.raw()({"HGET", bed.keys().gate, "u:1"}).text == "one:a1";
    const auto status = is_claim ? bed.keeper().restore(*ticket, std::vector<RestoredClaim>{{UserId(1), Slot(1)}}, soon())
                                 : bed.keeper().arm(*ticket, {1, {}, false}, soon());
    REQUIRE_FALSE(status);
    CHECK(status.fault().kind == FaultKind::corrupt);
}

TEST_CASE("an outbox entry that names another slot, or nobody's claim, is corrupt, for its user and for arming") {
    LiveBed bed;
    open_round(bed, 5);
    REQUIRE(ask(bed.gate(), application(1)));
    bed.raw()({"HSET", bed.keys().outbox, "u:1", "2:5:1"});
    bed.be_armed_with({"another", "server"});
    const auto ticket = bed.keeper().begin_arming({Round(1), Limit(5), {}, RoundState::open, Epoch(1)}, token, soon());
    REQUIRE(ticket);
    const auto arm = [&] { return bed.keeper().arm(*ticket, {1, {}, false}, soon()); };
    CHECK(arm().fault().message == "the gate contradicts itself: the outbox has slot 2 for user 1, the claims do not");
    bed.raw()({"HDEL", bed.keys().outbox, "u:1"});
    bed.raw()({"HSET", bed.keys().outbox, "u:3", "1:5:1"});
    CHECK(arm().fault().message == "the gate contradicts itself: the outbox has slot 1 for user 3, the claims do not");
    bed.raw()({"HDEL", bed.keys().outbox, "u:3"});
    bed.raw()({"HSET", bed.keys().outbox, "u:1", "2:5:1"});
    for (const auto* id : {"a1", "a2"}) {
        const auto reply = ask(bed.gate(), {UserId(1), id, Round(1)});
        REQUIRE_FALSE(reply);
        CHECK(reply.fault().message == "the gate contradicts itself: user 1 has slot 1 and slot 2 in the outbox");
    }
}

TEST_CASE("the kill switch works on a gate whose other fields are broken") {
    LiveBed bed;
    open_round(bed, 5);
    bed.raw()({"HDEL", bed.keys().gate, "limit", "granted", "free"});
    CHECK(bed.keeper().close({Round(1), token}, "t2", soon()));
    CHECK(bed.keeper().give_up({Round(1), "t2"}, soon()));
    CHECK(bed.keeper().create({Round(2), Limit(5), {}, "t2"}, soon()));
    CHECK(bed.reader().summary(soon())->defects.empty());
}

TEST_CASE("an outbox without its gate is a missing gate") {
    LiveBed bed;
    bed.raw()({"HSET", bed.keys().outbox, "u:1", "1:5:1"});
    CHECK(bed.reader().summary(soon()).fault().kind == FaultKind::missing);
    CHECK(bed.reader().outbox(soon()).fault().kind == FaultKind::missing);
    CHECK(ask(bed.gate(), application(1)).fault().kind == FaultKind::missing);
    open_round(bed, 3);
    CHECK(bed.reader().summary(soon())->outbox == 0);
}

TEST_SUITE_END();
