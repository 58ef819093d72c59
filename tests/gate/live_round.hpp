#pragma once

#include "gate/gate_asking.hpp"
#include "gate/gate_beds.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

/// A round in the sandbox's Redis, as the live cases beside the contract use it.
namespace coupon {

inline constexpr const char* token = "0123456789abcdef";

inline Application application(std::int64_t user) {
    return {UserId(user), "a1", Round(1)};
}

inline void open_round(LiveBed& bed, std::int64_t limit) {
    const auto created = bed.keeper().create({Round(1), Limit(limit), {}, token}, soon());
    REQUIRE_MESSAGE(created, describe(created));
    REQUIRE(bed.keeper().open_and_arm({Round(1), token}, *created, soon()));
}

/// All that Redis holds of the event, so that a script that changed anything is noticed.
inline std::multiset<std::string> dump(LiveBed& bed) {
    std::multiset<std::string> all;
    for (const auto& key : {bed.keys().gate, bed.keys().outbox}) {
        const auto fields = bed.raw()({"HGETALL", key});
        for (std::size_t i = 0; i + 1 < fields.elements.size(); i += 2)
            all.insert(key + " " + fields.elements[i].text + "=" + fields.elements[i + 1].text);
    }
    return all;
}

} // namespace coupon
