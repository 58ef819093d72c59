#include "core/restore_plan.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

TEST_SUITE_BEGIN("core/restore_plan");

using namespace coupon;

namespace {

using Claims = std::map<UserId, Slot>;

std::string text_of(const std::vector<RestoredClaim>& claims) {
    std::string text;
    for (const auto& claim : claims)
        text += (text.empty() ? "" : " ") + claim.user.text() + ":" + claim.slot.text();
    return text;
}

} // namespace

TEST_CASE("what ledger and topic know and the gate lost is put back, once, by slot") {
    struct Row {
        const char* what;
        Claims gate, ledger, topic;
        const char* missing;
        std::int64_t granted;
        const char* free;
    };
    const std::vector<Row> rows{
        {"nothing anywhere", {}, {}, {}, "", 0, ""},
        {"nothing lost", {{UserId(7), Slot(1)}}, {{UserId(7), Slot(1)}}, {{UserId(7), Slot(1)}}, "", 1, ""},
        {"all lost", {}, {{UserId(7), Slot(2)}, {UserId(8), Slot(1)}}, {{UserId(9), Slot(3)}}, "8:1 7:2 9:3", 3, ""},
        {"known twice", {}, {{UserId(7), Slot(1)}}, {{UserId(7), Slot(1)}}, "7:1", 1, ""},
        {"a hole nobody knows of", {{UserId(7), Slot(1)}}, {}, {{UserId(9), Slot(4)}}, "9:4", 2, "2-3"},
        {"the gate knows more", {{UserId(7), Slot(1)}, {UserId(8), Slot(2)}}, {{UserId(7), Slot(1)}}, {}, "", 2, ""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        const auto plan = plan_restore({row.gate, row.ledger, row.topic}, Limit(5));
        CHECK(plan.contradictions.empty());
        CHECK(text_of(plan.missing) == row.missing);
        CHECK(plan.order.granted == row.granted);
        CHECK(plan.order.free.text() == row.free);
        CHECK_FALSE(plan.order.ledger_closed);
    }
}

TEST_CASE("two slots of a user, two users of a slot and impossible slots are contradictions, each by name") {
    struct Row {
        Claims gate, ledger, topic;
        const char* says;
    };
    const std::vector<Row> rows{
        {{{UserId(7), Slot(1)}}, {{UserId(7), Slot(2)}}, {}, "user 7 has slot 1, and slot 2 in the ledger"},
        {{}, {{UserId(7), Slot(1)}}, {{UserId(7), Slot(2)}}, "user 7 has slot 1, and slot 2 in the topic"},
        {{{UserId(7), Slot(1)}}, {{UserId(8), Slot(1)}}, {}, "slot 1 belongs to user 7, and to user 8 in the ledger"},
        {{{UserId(7), Slot(1)}, {UserId(8), Slot(1)}}, {}, {}, "slot 1 belongs to user 7, and to user 8 in the gate"},
        {{}, {}, {{UserId(7), Slot(6)}}, "user 7 has slot 6 of 5 in the topic"},
        {{}, {}, {{UserId(7), Slot(0)}}, "user 7 has slot 0 of 5 in the topic"},
    };
    for (const auto& row : rows) {
        const auto plan = plan_restore({row.gate, row.ledger, row.topic}, Limit(5));
        CHECK(plan.contradictions == std::vector<std::string>{row.says});
    }
}

TEST_CASE("republished is what is confirmed and has neither a row nor a failed event of its own") {
    const std::vector<ClaimedSlot> claims{{UserId(1), Slot(1)}, {UserId(2), Slot(2)}, {UserId(3), Slot(3)}, {UserId(4), Slot(4)},
                                          {UserId(5), Slot(5)}, {UserId(6), Slot(6)}, {UserId(7), Slot(7)}};
    const std::vector<ClaimedSlot> failed{{UserId(3), Slot(3)}, {UserId(5), Slot(9)}, {UserId(99), Slot(6)}};
    const auto missing = claims_to_publish_again(claims, {{UserId(1), Slot(1), {}, Epoch(1)}}, {{Slot(2), UserId(2)}}, failed);
    CHECK(missing == std::vector<ClaimedSlot>{claims[3], claims[4], claims[5], claims[6]});
    CHECK(claims_to_publish_again({}, {}, {}, {}).empty());
}

TEST_SUITE_END();
