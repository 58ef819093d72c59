#include "room_rule.hpp"
#include "source_tree.hpp"

#include <doctest/doctest.h>

using namespace coupon::layering;

TEST_SUITE_BEGIN("layering/rooms");

TEST_CASE("no file includes what its room may not know") {
    int examined = 0;
    for (const auto& file : read_tree({"lib", "tools"})) {
        for (const auto& line : file.lines) {
            const auto included = included_by(line);
            if (included.empty()) continue;
            ++examined;
            CHECK_MESSAGE(objection_to_include(file.path, included).empty(), objection_to_include(file.path, included));
        }
    }
    CHECK(examined > 100);
}

TEST_CASE("only tools open adapters, and who only thinks asks for no time, no chance and no terminal") {
    for (const auto& file : read_tree({"lib", "tools"})) {
        for (const auto& line : file.lines) {
            const auto objection = objection_to_line(file.path, without_comment(line));
            CHECK_MESSAGE(objection.empty(), objection);
        }
    }
}

TEST_CASE("each room may include what the design lets it know, and nothing else") {
    struct Case {
        std::string path;
        std::string included;
        std::string objection; ///< a part of it; empty: none
    };
    for (const auto& [path, included, objection] : std::vector<Case>{
             {"lib/core/a.cpp", "\"core/b.hpp\"", ""},
             {"lib/core/a.cpp", "<map>", ""},
             {"lib/core/a.cpp", "\"load/pacer.hpp\"", "is in core and includes \"load/pacer.hpp\" of load"},
             {"lib/core/a.cpp", "<thread>", "core is pure"},
             {"lib/load/a.cpp", "<random>", "load is pure"},
             {"lib/core/a.cpp", "\"b.hpp\"", "without its room"},
             {"lib/load/a.cpp", "\"core/b.hpp\"", ""},
             {"lib/load/a.cpp", "\"flow/apply/flood.hpp\"", "is in load and includes \"flow/apply/flood.hpp\" of flow"},
             {"lib/gate/redis/a.cpp", "\"gate/redis/redis_connection.hpp\"", ""},
             {"lib/gate/redis/a.cpp", "\"gate/gate.hpp\"", ""},
             {"lib/gate/gate.hpp", "\"gate/redis/redis_connection.hpp\"", "whose folder stands above its own in gate"},
             {"lib/gate/other/a.cpp", "\"gate/gate.hpp\"", "is in no folder of gate we know"},
             {"lib/audit/a.cpp", "\"history/history.hpp\"", ""},
             {"lib/history/a.cpp", "\"audit/fates.hpp\"", "is in history and includes \"audit/fates.hpp\" of audit"},
             {"lib/core/a.cpp", "\"preflight/preflight.hpp\"", "is in core and includes \"preflight/preflight.hpp\" of preflight"},
             {"lib/audit/a.cpp", "<thread>", "audit is pure"},
             {"lib/flow/reset/a.cpp", "\"flow/worker/arming.hpp\"", ""},
             {"lib/flow/worker/a.cpp", "\"flow/reset/reset.hpp\"", "whose folder stands above its own in flow"},
             {"lib/flow/world.hpp", "\"flow/worker/lanes.hpp\"", "whose folder stands above its own in flow"},
             {"lib/gate/a.cpp", "<hiredis/hiredis.h>", ""},
             {"lib/core/a.cpp", "<openssl/evp.h>", ""},
             {"lib/cli/a.cpp", "<openssl/evp.h>", "is in cli and includes <openssl/evp.h>, which stays in core"},
             {"lib/gate/a.cpp", "\"topic/publisher.hpp\"", "is in gate and includes \"topic/publisher.hpp\" of topic"},
             {"lib/topic/a.cpp", "\"ledger/ledger.hpp\"", "is in topic and includes \"ledger/ledger.hpp\" of ledger"},
             {"lib/ledger/a.cpp", "\"gate/gate.hpp\"", "is in ledger and includes \"gate/gate.hpp\" of gate"},
             {"lib/ledger/a.cpp", "<librdkafka/rdkafka.h>", "is in ledger and includes <librdkafka/rdkafka.h>, which stays in topic"},
             {"lib/flow/a.cpp", "\"gate/gate_keeper.hpp\"", ""},
             {"lib/flow/a.cpp", "\"load/pacer.hpp\"", ""},
             {"lib/flow/a.cpp", "\"gate/redis/redis_gate.hpp\"", "is in flow and includes \"gate/redis/redis_gate.hpp\" of gate"},
             {"lib/flow/a.cpp", "\"report/text.hpp\"", "is in flow and includes \"report/text.hpp\" of report"},
             {"lib/flow/a.cpp", "\"cli/run.hpp\"", "is in flow and includes \"cli/run.hpp\" of cli"},
             {"lib/failpoints/a.cpp", "\"topic/publisher.hpp\"", ""},
             {"lib/failpoints/a.cpp", "\"gate/redis/redis_gate.hpp\"",
              "is in failpoints and includes \"gate/redis/redis_gate.hpp\" of gate"},
             {"lib/flow/a.cpp", "\"failpoints/failpoints.hpp\"", "is in flow and includes \"failpoints/failpoints.hpp\" of failpoints"},
             {"lib/report/a.cpp", "\"flow/audit/audit.hpp\"", ""},
             {"lib/report/a.cpp", "\"cli/run.hpp\"", "is in report and includes \"cli/run.hpp\" of cli"},
             {"lib/report/a.cpp", "<CLI/CLI.hpp>", "is in report and includes <CLI/CLI.hpp>, which stays in cli"},
             {"lib/cli/a.cpp", "<CLI/CLI.hpp>", ""},
             {"lib/cli/a.cpp", "\"gate/redis/redis_gate.hpp\"", ""},
             {"lib/cli/a.cpp", "\"gate/redis/redis_connection.hpp\"", "is in cli and includes \"gate/redis/redis_connection.hpp\" of gate"},
             {"lib/cli/a.cpp", "<mysql.h>", "which stays in ledger"},
             {"tools/coupon_apply.cpp", "\"topic/kafka/kafka_topic.hpp\"", ""},
             {"tools/coupon_apply.cpp", "\"topic/kafka/kafka_config.hpp\"",
              "is in tools and includes \"topic/kafka/kafka_config.hpp\" of topic"},
             {"lib/new/a.cpp", "<map>", "is in no room we know"},
         }) {
        CAPTURE(path);
        CAPTURE(included);
        const auto said = objection_to_include(path, included);
        CHECK(objection.empty() == said.empty());
        CHECK(said.find(objection) != std::string::npos);
    }
}

TEST_CASE("an adapter is opened in tools and made in its own room, and only cli and tools touch the world") {
    struct Case {
        std::string path;
        std::string line;
        bool allowed;
    };
    for (const auto& [path, line, allowed] : std::vector<Case>{
             {"tools/coupon_apply.cpp", "auto gate = open_redis_gate(options, event, 1);", true},
             {"lib/gate/redis/redis_gate.cpp", "Result<Gate> open_redis_gate(const RedisOptions& options)", true},
             {"lib/flow/apply/apply.cpp", "auto gate = open_redis_gate(options, event, 1);", false},
             {"lib/cli/run.cpp", "open_mysql_ledger(options)", false},
             {"lib/gate/a.cpp", "open_kafka_publisher(options)", false},
             {"lib/core/a.cpp", "const auto now = std::chrono::system_clock::now();", false},
             {"lib/flow/a.cpp", "const auto now = Clock::now(); steady_clock::now()", false},
             {"lib/report/a.cpp", "fmt::print(stdout, text);", false},
             {"lib/core/a.cpp", "std::fprintf(stderr, text);", false},
             {"lib/core/a.cpp", "std::snprintf(out, size, text);", true},
             {"lib/cli/a.cpp", "std::cerr << text;", true},
             {"lib/cli/a.cpp", "return std::chrono::steady_clock::now();", true},
             {"lib/core/a.cpp", without_comment("// open_redis_gate makes it"), true},
         }) {
        CAPTURE(path);
        CAPTURE(line);
        CHECK(objection_to_line(path, line).empty() == allowed);
    }
}

TEST_CASE("an include line is recognised however it is spaced, and nothing else is") {
    CHECK(included_by("#include \"core/a.hpp\"") == "\"core/a.hpp\"");
    CHECK(included_by("  #  include <map> // why") == "<map>");
    CHECK(included_by("// #include <map>").empty());
    CHECK(included_by("include_next").empty());
}

TEST_SUITE_END();
