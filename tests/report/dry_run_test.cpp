#include "report/dry_run.hpp"

#include "report/flood.hpp"
#include "report/sample_heading.hpp"

#include <doctest/doctest.h>

using namespace coupon;
using Json = nlohmann::ordered_json;

TEST_SUITE_BEGIN("report/dry_run");

namespace {

DryRun sample(Result<ClaimReply> reply, std::optional<UserId> user = UserId(99)) {
    DryRun run;
    run.gate.round = Round(1);
    run.gate.limit = Limit(100);
    run.gate.window = {Instant(Milliseconds(0)), Instant(Milliseconds(1000))};
    run.users = {{user, std::move(reply), 37}};
    return run;
}

ClaimReply reply_of(ClaimReply::Kind kind, ClosedReason reason = ClosedReason::by_operator) {
    ClaimReply reply;
    reply.kind = kind;
    reply.reason = reason;
    reply.grant = {Round(1), Epoch(1), Slot(3), UserId(99), Instant{}};
    return reply;
}

std::string text_of(Result<ClaimReply> reply) {
    const auto run = sample(std::move(reply));
    return would_be_text(run, run.users.front());
}

} // namespace

TEST_CASE("a sentence says whether the user could apply, why, and how many coupons are left") {
    using Kind = ClaimReply::Kind;
    CHECK(text_of(reply_of(Kind::granted)) == "user 99 could apply: round 1 is open, 37 of 100 left\n");
    CHECK(text_of(reply_of(Kind::duplicate)) == "user 99 could not apply: user 99 has slot 3 of round 1 already, 37 of 100 left\n");
    CHECK(text_of(reply_of(Kind::sold_out)) == "user 99 could not apply: round 1 is sold out, 37 of 100 left\n");
    CHECK(text_of(reply_of(Kind::closed)) == "user 99 could not apply: round 1 is closed, 37 of 100 left\n");
    CHECK(text_of(reply_of(Kind::closed, ClosedReason::not_yet)) ==
          "user 99 could not apply: round 1 opens at 1970-01-01T00:00:00.000Z, 37 of 100 left\n");
    CHECK(text_of(reply_of(Kind::closed, ClosedReason::ended)) ==
          "user 99 could not apply: round 1 ended at 1970-01-01T00:00:01.000Z, 37 of 100 left\n");
    CHECK(text_of(Fault{FaultKind::not_armed, "the gate is not armed", "a worker arms it"}) ==
          "user 99 could not apply: the gate is not armed (a worker arms it), 37 of 100 left\n");
    const auto anybody = sample(reply_of(Kind::granted), std::nullopt);
    CHECK(would_be_text(anybody, anybody.users.front()) == "users could apply: round 1 is open, 37 of 100 left\n");
}

TEST_CASE("the JSON of a dry run cannot be taken for a grant") {
    const auto run = sample(reply_of(ClaimReply::Kind::granted));
    const auto line = Json::parse(would_be_line_json("coupon.apply/1", run, run.users.front()));
    CHECK(line == Json{{"schema", "coupon.apply/1"},
                       {"dry_run", true},
                       {"user", "99"},
                       {"would_be", "granted"},
                       {"reason", "round 1 is open"},
                       {"round", 1},
                       {"left", 37},
                       {"limit", 100}});
    CHECK_FALSE(line.contains("answer"));
    const auto none = sample(Fault{FaultKind::not_armed, "the gate is not armed", ""}, std::nullopt);
    const auto document = Json::parse(dry_run_json(sample_heading(flood_schema, "no"), none));
    CHECK(document["dry_run"] == true);
    CHECK(document["would_grant"] == false);
    CHECK(document["would_be"] == "error");
    CHECK(document["reason"] == "the gate is not armed");
    CHECK(document["left"] == 37);
    CHECK(document["limit"] == 100);
}

TEST_SUITE_END();
