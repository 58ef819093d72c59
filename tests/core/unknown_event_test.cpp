#include "core/unknown_event.hpp"

#include <doctest/doctest.h>

namespace coupon {

TEST_SUITE("core/unknown_event") {
    TEST_CASE("an event without a round is told with the events that have one") {
        const auto fault = no_round_of("nosuch", {"coupon", "spring"});
        CHECK(fault.kind == FaultKind::missing);
        CHECK(fault.message == "the ledger has no round of event nosuch; it has rounds of coupon, spring");
        CHECK(fault.hint == "check --event and --mysql; coupon-reset opens the first round");
    }

    TEST_CASE("a mistyped event is told with the name that was probably meant") {
        CHECK(no_round_of("sprign", {"coupon", "spring"}).hint ==
              "did you mean --event spring? If not, check --mysql; coupon-reset opens the first round");
    }

    TEST_CASE("a ledger without any round is told as that") {
        CHECK(no_round_of("coupon", {}).message == "the ledger has no round of event coupon, nor of any other event");
    }

    TEST_CASE("of many events ten are named and the others counted") {
        std::vector<std::string> events;
        for (char letter = 'a'; letter <= 'm'; ++letter)
            events.emplace_back(3, letter);
        CHECK(no_round_of("nosuch", events).message ==
              "the ledger has no round of event nosuch; it has rounds of aaa, bbb, ccc, ddd, eee, fff, ggg, hhh, iii, jjj and 3 more");
    }

    TEST_CASE("the name of an event that somebody wrote by hand is escaped") {
        CHECK(no_round_of("nosuch", {"a\nb"}).message == "the ledger has no round of event nosuch; it has rounds of a\\x0ab");
    }
}

} // namespace coupon
