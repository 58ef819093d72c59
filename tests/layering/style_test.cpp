#include "style_rule.hpp"

#include <doctest/doctest.h>

using namespace coupon::layering;

TEST_SUITE_BEGIN("layering/style");

TEST_CASE("every file is short, well named and at its address") {
    for (const auto& file : read_tree({"lib", "tools", "tests"})) {
        for (const auto& fault : style_faults(file))
            FAIL_CHECK(fault);
    }
}

TEST_CASE("a file's faults are named") {
    struct Case {
        SourceFile file;
        std::string fault; ///< a part of it; empty: none
    };
    const std::vector<std::string> suite_claim{"TEST_SUITE_BEGIN(\"gate/claim\");"};
    const std::vector<std::string> suite_live{"TEST_SUITE(\"live/gate/claim\") {"};
    for (const auto& [file, fault] : std::vector<Case>{
             {{"lib/core/a.cpp", std::vector<std::string>(300)}, ""},
             {{"lib/core/a.cpp", std::vector<std::string>(301)}, "has 301 lines, so it holds two ideas"},
             {{"tools/a.cpp", std::vector<std::string>(301)}, "has 301 lines"},
             {{"tests/core/a.cpp", std::vector<std::string>(301)}, ""},
             {{"lib/flow/a.cpp", {"    static_cast<void>(gate.close(soon()));"}}, "lib/flow/a.cpp:1 throws a result away"},
             {{"lib/flow/a.cpp", {"    // The next look shows it.", "    static_cast<void>(gate.close(soon()));"}}, ""},
             {{"tests/flow/a.cpp", {"    static_cast<void>(gate.close(soon()));"}}, ""},
             {{"lib/core/util.cpp", {}}, "a name that says nothing"},
             {{"lib/core/string_utils.cpp", {}}, "a name that says nothing"},
             {{"tests/fakes/helper_functions.cpp", {}}, "a name that says nothing"},
             {{"lib/common/a.cpp", {}}, "a name that says nothing"},
             {{"lib/gate/gate_keeper.cpp", {}}, ""},
             {{"lib/gate/a.hpp", {"#pragma once"}}, ""},
             {{"lib/gate/a.hpp", {"namespace coupon {"}}, "lib/gate/a.hpp lacks #pragma once"},
             {{"tests/gate/claim_test.cpp", suite_claim}, ""},
             {{"tests/gate/claim_test.cpp", suite_live}, ""},
             {{"tests/gate/live_claim_test.cpp", suite_live}, ""},
             {{"tests/gate/fake_claim_test.cpp", suite_claim}, ""},
             {{"tests/gate/live_claim_test.cpp", suite_claim}, "its address is \"live/gate/claim\""},
             {{"tests/gate/claims_test.cpp", suite_claim}, "calls its suite \"gate/claim\"; its address is \"gate/claims\""},
             {{"tests/topic/claim_test.cpp", suite_live}, "calls its suite \"live/gate/claim\""},
             {{"tests/gate/claim_test.cpp", {"TEST_CASE(\"a\") {"}}, "has no TEST_SUITE"},
         }) {
        CAPTURE(file.path);
        const auto faults = style_faults(file);
        CHECK(faults.size() == (fault.empty() ? 0 : 1));
        if (!faults.empty()) CHECK(faults.front().find(fault) != std::string::npos);
    }
}

TEST_SUITE_END();
