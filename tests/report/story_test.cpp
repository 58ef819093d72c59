#include "report/story.hpp"

#include "report/sample_heading.hpp"

#include <doctest/doctest.h>

using namespace coupon;
using Json = nlohmann::ordered_json;

TEST_SUITE_BEGIN("report/story");

namespace {

Story sample_story() {
    return {UserId(7),
            "promo",
            Round(4),
            {{"gate", "claim of slot 3, application a1"}, {"ledger", "no coupon"}},
            Story::Ending::on_its_way,
            "record 0@17 waits for a worker",
            "a running coupon-consume issues it"};
}

} // namespace

TEST_CASE("a story begins with how it stands") {
    CHECK(story_text(sample_story()) == "user 7, event promo, round 4: record 0@17 waits for a worker\n"
                                        "next step: a running coupon-consume issues it\n"
                                        "gate     claim of slot 3, application a1\n"
                                        "ledger   no coupon\n");
    auto won = sample_story();
    won.next.clear();
    won.round.reset();
    CHECK(story_text(won).find("user 7, event promo, round none: record 0@17 waits for a worker\ngate ") == 0);
}

TEST_CASE("a story as JSON") {
    const auto document = Json::parse(story_json(sample_heading(story_schema, "cannot_tell"), sample_story()));
    CHECK(document["schema"] == "coupon.user/1");
    CHECK(document["round"] == 4);
    CHECK(document["user"] == "7");
    CHECK(document["ending"] == "on_its_way");
    CHECK(document["standing"] == "record 0@17 waits for a worker");
    CHECK(document["next"] == "a running coupon-consume issues it");
    CHECK(document["seen"] ==
          Json::parse(R"([{"place":"gate","text":"claim of slot 3, application a1"},{"place":"ledger","text":"no coupon"}])"));
}

TEST_SUITE_END();
