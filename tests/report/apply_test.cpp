#include "report/apply.hpp"

#include "report/sample_heading.hpp"

#include <doctest/doctest.h>

using namespace coupon;
using Json = nlohmann::ordered_json;

TEST_SUITE_BEGIN("report/apply");

TEST_CASE("each answer is a line that can be read at a glance") {
    struct Row {
        Told told;
        std::string line;
    };
    for (const auto& [told, line] :
         std::vector<Row>{{{UserId(7), Answer::granted, Slot(3), Level::published, ""}, "7 granted slot 3 published\n"},
                          {{UserId(7), Answer::pending, Slot(3), Level::claimed, "no delivery report"},
                           "7 pending slot 3 claimed: no delivery report\n"},
                          {{UserId(7), Answer::pending, {}, {}, "the round is over"}, "7 pending: the round is over\n"},
                          {{UserId(8), Answer::duplicate, Slot(3), Level::published, ""}, "8 duplicate slot 3 published\n"},
                          {{UserId(0), Answer::sold_out, {}, {}, ""}, "0 sold_out\n"},
                          {{UserId(9), Answer::closed, {}, {}, "not_yet"}, "9 closed: not_yet\n"},
                          {{UserId(9), Answer::unknown, {}, {}, "no reply"}, "9 unknown: no reply\n"}}) {
        CHECK(apply_line_text(told) == line);
    }
}

TEST_CASE("the JSON line has all keys, always, on one line") {
    CHECK(apply_line_json({UserId(9223372036854775807), Answer::granted, Slot(3), Level::published, ""}) ==
          "{\"schema\":\"coupon.apply/"
          "1\",\"user\":\"9223372036854775807\",\"answer\":\"granted\",\"slot\":3,\"level\":\"published\",\"reason\":"
          "\"\"}\n");
    const auto line = apply_line_json({UserId(1), Answer::closed, {}, {}, "two\nlines \xff"});
    CHECK(line.find('\n') == line.size() - 1);
    const auto read = Json::parse(line);
    CHECK(read["slot"].is_null());
    CHECK(read["level"].is_null());
    CHECK(read["answer"] == "closed");
}

TEST_CASE("the counts close a long input") {
    ApplyReport report;
    report.counts.add(Answer::granted);
    report.counts.add(Answer::sold_out);
    report.counts.add(Answer::sold_out);
    report.bad_lines = 2;
    CHECK(apply_counts_text(report) == "3 applications: 1 granted, 2 sold_out; 2 invalid lines\n");
    report.interrupted = true;
    CHECK(apply_counts_text(report) == "3 applications: 1 granted, 2 sold_out; 2 invalid lines; interrupted\n");
    auto stopped = report;
    stopped.history_fault = Fault{FaultKind::refused, "cannot write history x: No space left on device", ""};
    CHECK(apply_counts_text(stopped).ends_with("; stopped early: cannot write history x: No space left on device\n"));
    CHECK(Json::parse(apply_counts_json(sample_heading(apply_schema, "output_failed"), stopped))["history_fault"] ==
          "cannot write history x: No space left on device");
    stopped = report;
    stopped.input_fault = Fault{FaultKind::usage, "cannot read the users from stdin: Input/output error", ""};
    CHECK(apply_counts_text(stopped).ends_with("; stopped early: cannot read the users from stdin: Input/output error\n"));
    CHECK(apply_counts_text(ApplyReport{}) == "0 applications: none\n");

    const auto line = apply_counts_json(sample_heading(apply_schema, "no"), report);
    CHECK(line.find('\n') == line.size() - 1);
    const auto read = Json::parse(line);
    CHECK(keys_of(read) == std::vector<std::string>{"schema", "tool", "version", "event", "round", "started_at", "finished_at", "verdict",
                                                    "counts", "invalid_lines", "stalled", "silent_server", "interrupted", "input_fault",
                                                    "history_fault"});
    CHECK(keys_of(read["counts"]) == std::vector<std::string>{"granted", "pending", "duplicate", "sold_out", "closed", "error", "unknown"});
    CHECK(read["counts"]["sold_out"] == 2);
    CHECK(read["invalid_lines"] == 2);
    CHECK(read["interrupted"] == true);
    CHECK(read["stalled"] == false);
    CHECK(read["silent_server"].is_null());
    CHECK(read["started_at"] == "2026-05-09T10:00:00.000Z");
    CHECK(read["finished_at"] == "2026-05-09T10:00:01.500Z");
    CHECK(read["round"] == 4);
}

TEST_CASE("when nobody could be asked for, the one line says what stood in the way") {
    const auto line =
        apply_fault_json(sample_heading(apply_schema, "unreachable"), {FaultKind::unreachable, "cannot connect to redis", "start it"});
    CHECK(line.find('\n') == line.size() - 1);
    const auto read = Json::parse(line);
    CHECK(read["schema"] == "coupon.apply/1");
    CHECK(read["verdict"] == "unreachable");
    CHECK(read["error"]["message"] == "cannot connect to redis");
}

TEST_SUITE_END();
