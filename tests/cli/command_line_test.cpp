#include "cli/command_line.hpp"

#include "cli/scratch_folder.hpp"
#include "cli/usage_error.hpp"
#include "core/nearest_name.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

using namespace coupon;

TEST_SUITE_BEGIN("cli/command_line");

namespace {

/// A program with one option of each kind.
struct Sample {
    std::string redis = "default";
    std::string event = "default";
    std::int64_t number = 0;
    std::vector<std::string> histories;
    std::vector<UserId> users;
    bool close = false;
    bool reopen = false;
    CommandLine line{{"coupon-reset", "[options] USER...", "About.", "  coupon-reset --yes\n", "  0 done\n"}};

    Sample() {
        line.group("First");
        line.arguments({"USER", "", "users"}, user_id(), users);
        line.value({"--redis", "URL", "where", "COUPON_SAMPLE_REDIS"}, path(), redis);
        line.value({"--event", "NAME", "which", "COUPON_SAMPLE_EVENT"}, path(), event);
        line.value({"-n,--number", "N", "how many"}, whole_number(1, 100), number);
        line.values({"--history", "FILE", "what was told"}, path(), histories);
        line.flag({"--close", "", "close"}, close);
        line.flag({"--reopen", "", "reopen"}, reopen);
        line.exclude("--close", "--reopen");
        line.require("--history", "--number");
    }

    /// What a wrong line is answered; empty when it is taken.
    std::string refusal(const std::vector<std::string>& words) {
        try {
            const auto asked = line.parse(words); // outside of CHECK, which would keep the exception
            CHECK(asked == CommandLine::Asked::run);
        } catch (const UsageError& error) {
            return error.what();
        }
        return {};
    }
};

std::string refusal(const std::vector<std::string>& words) {
    return Sample().refusal(words);
}

bool says(const std::string& sentence, const std::vector<std::string>& pieces) {
    CAPTURE(sentence);
    for (const auto& piece : pieces) {
        CAPTURE(piece);
        CHECK(sentence.find(piece) != std::string::npos);
    }
    return !sentence.empty();
}

} // namespace

TEST_CASE("options, repeated options, flags and arguments are read") {
    Sample sample;
    REQUIRE(sample.refusal({"7", "--redis", "here", "--history=a", "--number", "3", "--history", "b", "--close", "8", "--", "9"}).empty());
    CHECK(sample.redis == "here");
    CHECK(sample.event == "default");
    CHECK(sample.number == 3);
    CHECK(sample.histories == std::vector<std::string>{"a", "b"});
    CHECK(sample.users == std::vector<UserId>{UserId(7), UserId(8), UserId(9)});
    CHECK(sample.close);
    CHECK(sample.line.given("--redis"));
    CHECK(sample.line.given("-n"));
    CHECK_FALSE(sample.line.given("--event"));
}

TEST_CASE("a flag may be repeated, and many arguments may follow each other") {
    Sample sample;
    std::vector<std::string> words{"--close", "--close"};
    for (int i = 0; i < 1000; ++i)
        words.push_back(std::to_string(i));
    REQUIRE(sample.refusal(words).empty());
    CHECK(sample.users.size() == 1000);
}

TEST_CASE("what is wrong is named with option, value and what is allowed") {
    CHECK(says(refusal({"--number", "0"}), {"--number", "\"0\"", "from 1 to 100"}));
    CHECK(says(refusal({"-n", "101"}), {"--number", "\"101\""}));
    CHECK(says(refusal({"--number", "-1"}), {"--number", "\"-1\""}));
    CHECK(says(refusal({"-n=3"}), {"--number", "\"=3\""}));
    CHECK(says(refusal({"--number", "\x1b[31m"}), {"\\x1b"}));
    CHECK(says(refusal({"--redis", "a", "--redis", "b"}), {"--redis", "more than once"}));
    CHECK(says(refusal({"--number"}), {"--number", "needs a value"}));
    CHECK(says(refusal({"--event="}), {"--event", "equals sign"}));
    CHECK(says(refusal({"--event=", "--close"}), {"--event", "equals sign"}));
    CHECK(says(refusal({"--close=yes"}), {"--close"}));
    CHECK(says(refusal({"--close=false"}), {"--close"}));
    CHECK(says(refusal({"--close", "--reopen"}), {"--close", "--reopen", "cannot be used together"}));
    CHECK(says(refusal({"--history", "a"}), {"--history", "--number"}));
}

TEST_CASE("an argument that is none is named, whatever it looks like") {
    for (const char* word : {"x", "", "-1", "+7", "007", "7 ", "[1,2]", "[7]", "{7}", "7,8", "*", "-", "%s%n"}) {
        CAPTURE(word);
        CHECK(says(refusal({"7", "--", word}), {"user id", std::string("\"") + word + "\""}));
    }
    CHECK(says(refusal({"[1,2]"}), {"user id", "[1,2]"}));
    CHECK(says(refusal({"-1"}), {"user id", "-1"}));
}

TEST_CASE("an unknown option is named with the nearest one, the first wrong one first") {
    CHECK(says(refusal({"--evnt", "x", "--zzz"}), {"--evnt", "did you mean --event?"}));
    CHECK(says(refusal({"--redsi=x"}), {"--redsi", "did you mean --redis?"}));
    CHECK(says(refusal({"--quite-another"}), {"--quite-another", "--help"}));
    CHECK(says(refusal({"--num"}), {"unknown option --num; did you mean --number?"}));
    CHECK(says(refusal({"-z"}), {"-z"}));
}

TEST_CASE("a program without arguments refuses them") {
    CommandLine line({"coupon-audit", "[options]", "", "", ""});
    CHECK_THROWS_WITH_AS((void)line.parse({"7"}), "unexpected argument \"7\"; see --help", UsageError);
}

TEST_CASE("help and version win over everything else on the line, and are texts") {
    CHECK(Sample().line.parse({"--help"}) == CommandLine::Asked::help);
    CHECK(Sample().line.parse({"-h", "--number", "0", "--config", "/nowhere"}) == CommandLine::Asked::help);
    CHECK(Sample().line.parse({"-V"}) == CommandLine::Asked::version);
    Sample sample;
    REQUIRE(sample.line.parse({"-h"}) == CommandLine::Asked::help);
    CHECK(says(sample.line.help(), {"usage: coupon-reset [options] USER...", "-n, --number N", "[COUPON_SAMPLE_REDIS]",
                                    "examples:\n  coupon-reset --yes\n", "exit codes:\n  0 done\n", "--config FILE", "-h, --help"}));
}

TEST_CASE("a flag beats the variable, the variable the config file, the program's section what stands outside it") {
    const ScratchFolder folder;
    const auto config = folder.file("coupon.conf", "redis = from-top\nevent = top-event\n[coupon-reset]\nredis = from-section\nnumber = 5\n"
                                                   "[coupon-flood]\nrequests = 1\n");
    {
        Sample sample;
        REQUIRE(sample.refusal({"--config", config}).empty());
        CHECK(sample.redis == "from-section");
        CHECK(sample.event == "top-event");
        CHECK(sample.number == 5);
    }
    {
        const ScratchVariable variable("COUPON_SAMPLE_REDIS", "from-variable");
        const ScratchVariable by_variable("COUPON_CONFIG", config);
        Sample sample;
        REQUIRE(sample.refusal({}).empty());
        CHECK(sample.redis == "from-variable");
        CHECK(sample.number == 5);
        Sample flagged;
        REQUIRE(flagged.refusal({"--redis", "from-flag"}).empty());
        CHECK(flagged.redis == "from-flag");
    }
    {
        const ScratchVariable empty("COUPON_SAMPLE_REDIS", "");
        Sample sample;
        REQUIRE(sample.refusal({}).empty());
        CHECK(sample.redis == "default");
    }
}

TEST_CASE("a refused value names the variable or the line it came from") {
    {
        const ScratchVariable variable("COUPON_SAMPLE_EVENT", std::string("bad\x1b"));
        CommandLine line({"coupon-apply", "", "", "", ""});
        EventName event = EventName::parse("coupon").value();
        line.value({"--event", "NAME", "", "COUPON_SAMPLE_EVENT"}, event_name(), event);
        CHECK_THROWS_WITH_AS((void)line.parse({}),
                             doctest::Contains("--event (from COUPON_SAMPLE_EVENT): invalid value \"bad\\x1b\": expected"), UsageError);
    }
    const ScratchFolder folder;
    const auto config = folder.file("coupon.conf", "\n[coupon-reset]\nnumber = 0\n");
    CHECK(says(refusal({"--config", config}), {"--number (from ", "coupon.conf line 3)", "\"0\""}));
}

TEST_CASE("a config file says only what is known, once, and in its place") {
    const ScratchFolder folder;
    const auto refused = [&folder](const std::string& text, const std::vector<std::string>& pieces) {
        CHECK(says(refusal({"--config", folder.file("coupon.conf", text)}), pieces));
    };
    refused("evnt = x\n", {"line 1", "\"evnt\"", "did you mean event?"});
    refused("nonsense = x\n", {"line 1", "\"nonsense\""});
    refused("event = a\nevent = b\n", {"line 1", "more than once"});
    refused("number = 5\n", {"line 1", "[coupon-reset]"});
    refused("[coupon-reset]\nclose = true\n", {"line 2", "\"close\"", "that takes a value"});
    refused("[coupon-reset]\nconfig = other\n", {"line 2", "\"config\""});
    refused("[coupon-rest]\nevent = a\n", {"line 2", "coupon-rest", "coupon-reset"});
    CHECK(says(refusal({"--config", folder.path("nowhere")}), {"--config", "nowhere"}));
    // What another program of the suite knows is let pass, so that one file serves all.
    CHECK(refusal({"--config", folder.file("coupon.conf", "mysql = mysql://db\n[coupon-consume]\nbatch = 7\n")}).empty());
    CHECK(refusal({"--config", folder.file("coupon.conf", "[coupon-reset]\nhistory = a\nhistory = b\nnumber = 1\n")}).empty());
}

TEST_CASE("the nearest name is one that is near") {
    const std::vector<std::string> names{"--event", "--redis", "--history", "--until-drained"};
    CHECK(nearest_name("--evnt", names) == "--event");
    CHECK(nearest_name("--evetn", names) == "--event");
    CHECK(nearest_name("--histroy", names) == "--history");
    CHECK(nearest_name("--until-drain", names) == "--until-drained");
    CHECK(nearest_name("--x", names).empty());
    CHECK(nearest_name("", names).empty());
    CHECK(nearest_name(std::string(100'000, 'e'), names).empty());
}

TEST_SUITE_END();
