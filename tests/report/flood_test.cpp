#include "report/flood.hpp"

#include "report/sample_heading.hpp"

#include <doctest/doctest.h>

using namespace coupon;
using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;

TEST_SUITE_BEGIN("report/flood");

namespace {

FloodReport sample_report() {
    FloodReport report;
    for (int i = 0; i < 3; ++i)
        report.counts.add(Answer::granted);
    report.counts.add(Answer::sold_out);
    report.threads = 3;
    report.sent = 4;
    report.elapsed = milliseconds(2000);
    for (int i = 1; i <= 4; ++i)
        report.answer_latency.add(milliseconds(i));
    report.first_grant = milliseconds(10);
    report.last_grant = milliseconds(30);
    return report;
}

bool has(const std::string& text, const std::string& piece) {
    CAPTURE(text);
    CAPTURE(piece);
    return text.find(piece) != std::string::npos;
}

} // namespace

TEST_CASE("the document has the fields that others read") {
    const auto report = sample_report();
    FloodSettings settings;
    settings.shape.seed = 9;
    const auto read = Json::parse(flood_json(sample_heading(flood_schema, "yes"), {report, settings, {}}));
    CHECK(read["schema"] == "coupon.flood/1");
    CHECK(read["verdict"] == "yes");
    CHECK(read["counts"]["granted"] == 3);
    CHECK(read["counts"]["unknown"] == 0);
    CHECK(read["sent"] == 4);
    CHECK(read["threads"] == 3);
    CHECK(read["seed"] == 9);
    CHECK(read["seconds"] == doctest::Approx(2.0));
    CHECK(read["per_second"] == doctest::Approx(2.0));
    CHECK(keys_of(read["latency_us"]) == std::vector<std::string>{"p50", "p90", "p99", "p99_9", "max"});
    CHECK(read["latency_us"]["max"] == 4000);
    CHECK(read["latency_us"]["p50"].get<double>() == doctest::Approx(2000).epsilon(0.001));
    CHECK(read["confirmed_latency_us"].is_null());
    CHECK_FALSE(read.contains("corrected_latency_us"));
    CHECK(read["first_grant_seconds"] == doctest::Approx(0.01));
    CHECK(read["last_grant_seconds"] == doctest::Approx(0.03));
    CHECK(read["first_sold_out_seconds"].is_null());
    CHECK(read["thresholds_missed"].empty());
    CHECK(read["interrupted"] == false);
    CHECK(read["history_fault"].is_null());
}

TEST_CASE("with a rate there is a corrected latency, and missed thresholds are named") {
    auto report = sample_report();
    report.pace.emplace();
    report.pace->corrected.add(milliseconds(5));
    report.interrupted = true;
    report.silent = ApplyServer::kafka;
    const auto read = Json::parse(flood_json(sample_heading(flood_schema, "no"), {report, {}, {"--expect-granted 4: 3 granted"}}));
    CHECK(read["corrected_latency_us"]["max"] == 5000);
    CHECK(read["thresholds_missed"][0] == "--expect-granted 4: 3 granted");
    CHECK(read["interrupted"] == true);
    CHECK(read["stalled"] == true);
    CHECK(read["silent_server"] == "kafka");
}

TEST_CASE("a rate that was not reached is said, with the slow side") {
    auto report = sample_report();
    report.sent = 1001;
    report.pace.emplace();
    FloodSettings settings;
    settings.rate = Rate{100, std::chrono::seconds(1)};
    const auto why = [&](milliseconds behind, std::int64_t without_room) {
        report.pace->behind = behind;
        report.pace->without_room = without_room;
        return rate_missed_because({report, settings, {}});
    };
    // The last of 1,001 is due 10 s after the start, a hundredth of which is 100 ms.
    CHECK(why(milliseconds(100), 1001).empty());
    CHECK(why(milliseconds(101), 501) ==
          "rate not reached, 0.101 s late at the end: the servers are too slow; 501 of 1001 requests were due "
          "while 100000 were in flight");
    CHECK(why(milliseconds(101), 500).find("this program or its machine is too slow") != std::string::npos);
    CHECK(has(flood_text({report, settings, {}}), "\nrate not reached, 0.101 s late at the end: this program"));
    CHECK(
        Json::parse(flood_json(sample_heading(flood_schema, "yes"), {report, settings, {}}))["rate_missed"].get<std::string>().starts_with(
            "rate not reached"));
    settings.rate = Rate{1'000'000, std::chrono::seconds(1)};
    CHECK(why(milliseconds(10), 1001).empty());
    CHECK_FALSE(why(milliseconds(11), 1001).empty());
    settings.rate.reset();
    CHECK(why(milliseconds(11), 1001).empty());
}

TEST_CASE("the text has every answer, the speed, the latencies and the moments") {
    auto report = sample_report();
    FloodSettings settings;
    settings.shape.requests = 5;
    settings.shape.seed = 9;
    const auto text = flood_text({report, settings, {}});
    CHECK(has(text, "granted                     3\n"));
    CHECK(has(text, "unknown                     0\n"));
    CHECK(has(text, "4 of 5 in 2.000 s, 2 per second, seed 9\n"));
    CHECK(has(text, "p50       p90       p99     p99.9       max\n"));
    CHECK(has(text, "  winners, to confirmed     no sample\n"));
    CHECK(has(text, "first grant                 0.010 s after the start\n"));
    CHECK(has(text, "first sold_out              never\n"));
    CHECK_FALSE(has(text, "scheduled"));
    CHECK_FALSE(has(text, "interrupted"));
    report.interrupted = true;
    CHECK(has(flood_text({report, settings, {"x"}}), "interrupted: 1 of 5 requests were not sent\nFAILED x\n"));
    report.history_fault = Fault{FaultKind::refused, "cannot write history x: No space left on device", ""};
    CHECK(has(flood_text({report, settings, {}}), "\nstopped early: cannot write history x: No space left on device\n"));
    CHECK(Json::parse(flood_json(sample_heading(flood_schema, "output_failed"), {report, settings, {}}))["history_fault"] ==
          "cannot write history x: No space left on device");
}

TEST_CASE("a flood in which no user was granted says why, in text and JSON") {
    struct Row {
        Answer answer;
        const char* closed_reason;
        std::optional<FaultKind> cause;
        const char* why;
    };
    for (const auto& [answer, closed_reason, cause, why] :
         std::vector<Row>{{Answer::closed, "by_operator", {}, "the round is closed; coupon-reset --reopen reopens it"},
                          {Answer::closed, "ended", {}, "the round has ended"},
                          {Answer::closed, "not_yet", {}, "the round has not opened yet"},
                          {Answer::closed, "round_over", {}, "a new round began"},
                          {Answer::error, "", FaultKind::not_armed, "the gate is not armed; a running coupon-consume arms it"},
                          {Answer::error, "", FaultKind::missing, "the gate was lost; a running coupon-consume rebuilds it"},
                          {Answer::sold_out, "", {}, "the round was sold out before"},
                          {Answer::duplicate, "", {}, "2 of 3 already had a coupon"},
                          {Answer::pending, "", {}, "2 of 3 are pending: a running coupon-consume publishes them"},
                          {Answer::unknown, "", {}, "2 of 3 got no answer"}}) {
        CAPTURE(why);
        FloodReport report;
        report.counts.add(answer);
        report.counts.add(answer);
        report.counts.add(answer == Answer::sold_out ? Answer::duplicate : Answer::sold_out);
        if (answer == Answer::closed) report.closed_because[closed_reason] = 2;
        report.worst_cause = cause;
        const FloodSettings settings;
        CHECK(has(flood_text({report, settings, {}}), std::string("no user was granted: ") + why + "\n"));
        const auto document = Json::parse(flood_json(sample_heading(flood_schema, "yes"), {report, settings, {}}));
        CHECK(document["none_granted_because"] == why);
        CHECK(document["closed_because"].size() == report.closed_because.size());
        report.counts.add(Answer::granted);
        CHECK(none_granted_because(report).empty());
    }
    CHECK(none_granted_because(FloodReport{}).empty());
    FloodReport alike;
    alike.counts.add(Answer::duplicate);
    CHECK(none_granted_because(alike) == "all already had a coupon");
    CHECK(Json::parse(flood_json(sample_heading(flood_schema, "yes"), {sample_report(), FloodSettings{}, {}}))["none_granted_because"]
              .is_null());
}

TEST_CASE("nothing sent is no division by nothing") {
    const FloodReport nothing;
    CHECK(per_second(nothing) == 0);
    const auto read = Json::parse(flood_json(sample_heading(flood_schema, "cannot_tell"), {nothing, {}, {}}));
    CHECK(read["per_second"] == 0);
    CHECK(read["latency_us"].is_null());
    CHECK(has(flood_progress(nothing, {}), "0 of 1000 sent, none, 0 per second"));
}

TEST_SUITE_END();
