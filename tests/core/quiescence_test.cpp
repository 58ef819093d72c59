#include "core/quiescence.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

TEST_SUITE_BEGIN("core/quiescence");

using namespace coupon;

TEST_CASE("quiescent is: armed, nothing pending, nothing to read, nothing moved; what is not is named") {
    struct Row {
        const char* what;
        std::function<void(QuiescenceLook&)> change;
        std::vector<std::string> reasons;
    };
    const auto both = [](const std::function<void(GatePulse&)>& change) {
        return [change](QuiescenceLook& look) {
            change(look.before);
            change(look.after);
        };
    };
    const std::string moved = "users are still applying";
    const std::vector<Row> rows{
        {"still", [](QuiescenceLook&) {}, {}},
        {"not armed", both([](GatePulse& gate) { gate.armed = false; }), {"the gate is not armed"}},
        {"one pending", both([](GatePulse& gate) { gate.outbox = 1; }), {"1 claim is pending"}},
        {"two pending", both([](GatePulse& gate) { gate.outbox = 2; }), {"2 claims are pending"}},
        {"one behind", [](QuiescenceLook& look) { look.partitions[1].committed = 8; }, {"1 record of partition 1 is unread"}},
        {"all behind",
         [](QuiescenceLook& look) {
             for (auto& partition : look.partitions)
                 partition.committed.reset();
         },
         {"4 records of partition 0 are unread", "9 records of partition 1 are unread"}},
        {"a grant meanwhile", [](QuiescenceLook& look) { ++look.after.granted; }, {moved}},
        {"a confirm meanwhile", [](QuiescenceLook& look) { ++look.after.published; }, {moved}},
        {"another round", [](QuiescenceLook& look) { look.after.round = Round(2); }, {moved}},
        {"another epoch", [](QuiescenceLook& look) { look.after.epoch = Epoch(2); }, {moved}},
        {"disarmed meanwhile", [](QuiescenceLook& look) { look.after.armed = false; }, {moved}},
        {"pending meanwhile", [](QuiescenceLook& look) { look.after.outbox = 1; }, {moved}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        const GatePulse pulse{true, Round(1), Epoch(1), 13, 13, 0};
        QuiescenceLook look{pulse, {{0, 0, 4, 4}, {1, 0, 9, 9}}, pulse};
        row.change(look);
        CHECK(not_quiescent_because(look) == row.reasons);
    }
}

TEST_CASE("where the offsets expired and a record is not issued, the group is named") {
    const GatePulse pulse{true, Round(1), Epoch(1), 13, 13, 0};
    PartitionLag lag{0, 0, 4, std::nullopt, 1};
    lag.settled = 3;
    CHECK(not_quiescent_because({pulse, {lag}, pulse, "issuer"}) ==
          std::vector<std::string>{"1 record of partition 0 is unread",
                                   "group issuer has no committed offset: it expired, or --group is another one"});
    lag.unread = 0;
    CHECK(not_quiescent_because({pulse, {lag}, pulse, "issuer"}).empty());
}

TEST_SUITE_END();
