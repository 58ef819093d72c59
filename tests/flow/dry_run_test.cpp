#include "flow/dry_run.hpp"

#include "flow/fake_event.hpp"

#include <doctest/doctest.h>

#include <array>
#include <span>

using namespace coupon;

TEST_SUITE_BEGIN("flow/dry_run");

namespace {

/// A state of an event, and the user who asks in it.
struct Row {
    const char* what;
    void (*plant)(FakeEvent& event);
    std::int64_t left;
};

const std::vector<Row> rows{
    {"open", [](FakeEvent&) {}, 3},
    {"open, and some are granted", [](FakeEvent& event) { event.grant_to(1); }, 2},
    {"the user has a coupon", [](FakeEvent& event) { event.grant_to(99); }, 2},
    {"the user's claim is pending", [](FakeEvent& event) { event.claim_for(99); }, 2},
    {"sold out",
     [](FakeEvent& event) {
         for (const auto user : {1, 2, 3})
             event.grant_to(user);
     },
     0},
    {"sold out, and the user has a coupon",
     [](FakeEvent& event) {
         for (const auto user : {1, 2, 99})
             event.grant_to(user);
     },
     0},
    {"closed", [](FakeEvent& event) { event.gate.memory->fields.door = GateDoor::closed; }, 3},
    {"not open yet", [](FakeEvent& event) { event.gate.memory->fields.window.opens_at = event.gate.now + Milliseconds(1); }, 3},
    {"its window is over", [](FakeEvent& event) { event.gate.memory->fields.window.closes_at = event.gate.now; }, 3},
    {"not armed", [](FakeEvent& event) { event.gate.restart(); }, 3},
    {"not armed, and the user has a coupon",
     [](FakeEvent& event) {
         event.grant_to(99);
         event.gate.restart();
     },
     2},
    {"given up", [](FakeEvent& event) { event.gate.memory->fields.door = GateDoor::given_up; }, 3},
};

} // namespace

TEST_CASE("a dry run says what the gate then says to the same user, and changes nothing") {
    for (const auto& row : rows) {
        CAPTURE(row.what);
        FakeEvent event;
        REQUIRE(event.reset(FakeEvent::wishes(3)));
        row.plant(event);
        const auto before = event.gate.memory;
        const std::array users{UserId(99)};
        const auto run = dry_run(event.gate, users, event.soon());
        REQUIRE(run);
        CHECK(event.gate.memory == before);
        REQUIRE(run->users.size() == 1);
        const auto& would_be = run->users.front();
        CHECK(would_be.user == UserId(99));
        CHECK(would_be.left == row.left);
        const auto reply = claim(event.gate.memory, {UserId(99), "real", before->fields.round}, event.gate.server, event.gate.now);
        REQUIRE(static_cast<bool>(would_be.reply) == static_cast<bool>(reply));
        if (!reply) {
            CHECK(would_be.reply.fault().kind == reply.fault().kind);
            continue;
        }
        CHECK(would_be.reply->kind == reply->kind);
        CHECK(would_be.reply->reason == reply->reason);
        CHECK(would_be.reply->grant.slot == reply->grant.slot);
    }
}

TEST_CASE("a gate that was never opened or was lost is a fault, for named users and without any") {
    FakeEvent event;
    const std::array users{UserId(7)};
    for (const auto& asked : {std::span<const UserId>(users), std::span<const UserId>()}) {
        const auto run = dry_run(event.gate, asked, event.soon());
        REQUIRE_FALSE(run);
        CHECK(run.fault().kind == FaultKind::missing);
    }
}

TEST_CASE("several users are decided one after the other, so that the last coupon is promised once") {
    FakeEvent event;
    REQUIRE(event.reset(FakeEvent::wishes(2)));
    const std::array users{UserId(1), UserId(1), UserId(2), UserId(3)};
    const auto run = dry_run(event.gate, users, event.soon());
    REQUIRE(run);
    REQUIRE(run->users.size() == 4);
    using Kind = ClaimReply::Kind;
    const std::array expected{Kind::granted, Kind::duplicate, Kind::granted, Kind::sold_out};
    const std::array left{2, 1, 1, 0};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CAPTURE(i);
        REQUIRE(run->users[i].reply);
        CHECK(run->users[i].reply->kind == expected[i]);
        CHECK(run->users[i].left == left[i]);
    }
    CHECK(run->users[2].reply->grant.slot == Slot(2));
}

TEST_CASE("without users it is decided for one who has not applied yet") {
    FakeEvent event;
    REQUIRE(event.reset(FakeEvent::wishes(2)));
    event.grant_to(0);
    const auto run = dry_run(event.gate, {}, event.soon());
    REQUIRE(run);
    REQUIRE(run->users.size() == 1);
    CHECK_FALSE(run->users.front().user);
    CHECK(run->users.front().is_grant());
}

TEST_CASE("a gate that contradicts itself decides nothing") {
    FakeEvent event;
    REQUIRE(event.reset(FakeEvent::wishes(2)));
    event.gate.memory->fields.granted = 1;
    const auto run = dry_run(event.gate, {}, event.soon());
    const bool is_told = !run || !run->users.front().reply;
    REQUIRE(is_told);
    CHECK((run ? run->users.front().reply.fault() : run.fault()).kind == FaultKind::corrupt);
}

TEST_CASE("a topic is asked for whether records could be published") {
    FakeEvent event;
    REQUIRE(event.reset());
    CHECK(check_topic(event.log, {"coupon_create", false}, event.soon()));
    event.broker.broker = BrokerTrouble::away;
    CHECK(check_topic(event.log, {"coupon_create", false}, event.soon()).fault().kind == FaultKind::unreachable);
    event.broker.broker = BrokerTrouble::none;
    event.broker.partitions.clear();
    const auto missing = check_topic(event.log, {"coupon_create", false}, event.soon());
    REQUIRE_FALSE(missing);
    CHECK(missing.fault().kind == FaultKind::missing);
    CHECK(missing.fault().message.find("topic coupon_create does not exist") == 0);
}

TEST_CASE("a topic that is gone while its round is open is told with the command that makes it again") {
    FakeBroker broker(0);
    FakeTopicLog log(broker);
    const auto gone = check_topic(log, {"coupon_create", true}, std::chrono::steady_clock::now() + Milliseconds(1000));
    REQUIRE_FALSE(gone);
    CHECK(gone.fault().message.find("is gone") != std::string::npos);
    CHECK(gone.fault().hint.find("coupon-reset --reopen") == 0);
}

TEST_SUITE_END();
