#include "core/failed_kind.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace coupon;

TEST_SUITE_BEGIN("core/failed_kind");

TEST_CASE("each kind has a name of its own, which its column has room for") {
    std::set<std::string> names;
    for (const auto kind : failed_kinds) {
        const std::string name = name_of(kind);
        CHECK(name.size() <= 16);
        CHECK(parse_failed_kind(name) == kind);
        names.insert(name);
    }
    CHECK(names.size() == failed_kinds.size());
    for (const char* other : {"", "Undecodable", "not_signed", "undecodable "})
        CHECK_FALSE(parse_failed_kind(other));
}

TEST_SUITE_END();
