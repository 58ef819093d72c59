#include "core/history.hpp"

#include <doctest/doctest.h>

#include <chrono>

using namespace coupon;

namespace {

const std::string head = R"({"schema":"coupon.history/1","boot_id":"b-1","pid":7,"event":"coupon","round":4,"seed":-9})"
                         "\n";

History parse(const std::string& text, std::size_t piece = 1 << 16) {
    HistoryParser parser("a.jsonl");
    for (std::size_t from = 0; from < text.size(); from += piece)
        parser.feed(std::string_view(text).substr(from, piece));
    return parser.finish();
}

} // namespace

TEST_SUITE("core/history") {
    TEST_CASE("lines are spelled exactly as others read them") {
        CHECK(history_head_line({"b-1", 7, "coupon", Round(4), -9}) == head);
        CHECK(history_invoke_line(17, 123, UserId(42)) == "{\"id\":17,\"invoke_ns\":123,\"user\":\"42\"}\n");
        CHECK(history_answer_line(17, 456, {UserId(42), Answer::granted, Slot(3), Level::published, {}}) ==
              "{\"id\":17,\"answer_ns\":456,\"user\":\"42\",\"answer\":\"granted\",\"slot\":3,\"level\":\"published\"}\n");
        CHECK(history_answer_line(17, 456, {UserId(42), Answer::closed, std::nullopt, std::nullopt, "ended"}) ==
              "{\"id\":17,\"answer_ns\":456,\"user\":\"42\",\"answer\":\"closed\"}\n");
        CHECK(history_answer_line(17, 456, {UserId(42), Answer::pending, std::nullopt, std::nullopt, "no reply"}) ==
              "{\"id\":17,\"answer_ns\":456,\"user\":\"42\",\"answer\":\"pending\"}\n");
    }

    TEST_CASE("what was written is read again, wherever the pieces end") {
        std::string text = history_head_line({"b-1", 7, "coupon", Round(4), -9});
        std::vector<HistoryEntry> expected;
        for (const auto answer : all_answers) {
            const bool named = answer == Answer::granted || answer == Answer::pending || answer == Answer::duplicate;
            const auto id = static_cast<std::int64_t>(expected.size()) + 1;
            HistoryEntry entry{id, UserId(9'223'372'036'854'775'807), 10 * id, 10 * id + 5, answer, std::nullopt, std::nullopt};
            if (named) entry.slot = Slot(id);
            if (named) entry.level = Level::claimed;
            text += history_invoke_line(id, entry.invoke_ns, entry.user);
            text += history_answer_line(id, *entry.answer_ns, {entry.user, answer, entry.slot, entry.level, {}});
            expected.push_back(entry);
        }
        for (const std::size_t piece : {1U, 2U, 7U, 64U, 100'000U}) {
            CAPTURE(piece);
            const auto history = parse(text, piece);
            CHECK(history.path == "a.jsonl");
            CHECK(history.defects.empty());
            CHECK(history.head.boot_id == "b-1");
            CHECK(history.head.pid == 7);
            CHECK(history.head.event == "coupon");
            CHECK(history.head.round == Round(4));
            CHECK(history.head.seed == -9);
            REQUIRE(history.entries.size() == expected.size());
            for (std::size_t i = 0; i < expected.size(); ++i)
                CHECK(history.entries[i] == expected[i]);
        }
    }

    TEST_CASE("an invoke without an answer is unknown") {
        const auto history = parse(head + "{\"id\":1,\"invoke_ns\":5,\"user\":\"42\"}\n");
        REQUIRE(history.entries.size() == 1);
        CHECK(history.entries[0].answer == Answer::unknown);
        CHECK_FALSE(history.entries[0].answer_ns);
        CHECK(history.defects.empty());
    }

    TEST_CASE("ids may come in any order, each once") {
        std::string text = head;
        for (const std::int64_t id : {5, 6, 9, 2, 8, 7, 100, 0})
            text += history_invoke_line(id, 10 + id, UserId(1000 + id));
        for (const std::int64_t id : {0, 2, 5, 6, 7, 8, 9, 100})
            text += history_answer_line(id, 200 + id, {UserId(1000 + id), Answer::sold_out, std::nullopt, std::nullopt, {}});
        const auto history = parse(text);
        CHECK(history.defects.empty());
        REQUIRE(history.entries.size() == 8);
        for (std::size_t i = 0; i < history.entries.size(); ++i)
            CHECK(history.entries[i].answer_ns == 200 + history.entries[i].id);
        for (const std::int64_t again : {5, 2, 9, 7, 0})
            CHECK(parse(text + history_invoke_line(again, 300, UserId(1))).defects.size() == 1);
    }

    TEST_CASE("a last line torn anywhere is no defect and no answer") {
        const std::string invoke = "{\"id\":1,\"invoke_ns\":5,\"user\":\"42\"}\n";
        const std::string answer = R"({"id":1,"answer_ns":9,"user":"42","answer":"granted","slot":3,"level":"published"})";
        for (std::size_t length = 0; length < answer.size(); ++length) {
            CAPTURE(length);
            const auto history = parse(head + invoke + answer.substr(0, length));
            CHECK(history.defects.empty());
            REQUIRE(history.entries.size() == 1);
            CHECK(history.entries[0].answer == Answer::unknown);
        }
        const auto whole = parse(head + invoke + answer);
        CHECK(whole.defects.empty());
        CHECK(whole.entries.front().answer == Answer::granted);
    }

    TEST_CASE("whatever else is not a history line is a defect named by its number") {
        const std::string invoke = "{\"id\":1,\"invoke_ns\":5,\"user\":\"42\"}\n";
        const struct {
            const char* what;
            std::string text;
            std::string defect;
        } rows[] = {
            {"an empty file", "", "no head line"},
            {"a torn head", head.substr(0, 30), "line 1 "},
            {"no head", invoke, "line 1 "},
            {"a newer schema", "{\"schema\":\"coupon.history/2\"}\n", "line 1 "},
            {"an event no event can have",
             R"({"schema":"coupon.history/1","boot_id":"b","pid":7,"event":"A b","round":4,"seed":1})"
             "\n",
             "line 1 "},
            {"an empty line", head + "\n" + invoke, "line 2 "},
            {"blanks", head + "{\"id\": 1,\"invoke_ns\":5,\"user\":\"42\"}\n", "line 2 "},
            {"a carriage return", head + "{\"id\":1,\"invoke_ns\":5,\"user\":\"42\"}\r\n", "line 2 "},
            {"another spelling of a user", head + "{\"id\":1,\"invoke_ns\":5,\"user\":\"042\"}\n", "line 2 "},
            {"another order", head + "{\"id\":1,\"user\":\"42\",\"invoke_ns\":5}\n", "line 2 "},
            {"an escape within a word", head + "{\"id\":1,\"invoke_ns\":5,\"user\":\"4\\u0032\"}\n", "line 2 "},
            {"something behind the end", head + "{\"id\":1,\"invoke_ns\":5,\"user\":\"42\"} \n", "line 2 "},
            {"a number too large", head + "{\"id\":99999999999999999999,\"invoke_ns\":5,\"user\":\"42\"}\n", "line 2 "},
            {"a line torn in the middle", head + "{\"id\":1,\"invoke_\n" + invoke, "line 2 "},
            {"an id used twice", head + invoke + invoke, "line 3 uses id 1 again"},
            {"an answer never asked for", head + "{\"id\":2,\"answer_ns\":9,\"user\":\"42\",\"answer\":\"sold_out\"}\n",
             "line 2 answers id 2"},
            {"two answers",
             head + invoke + "{\"id\":1,\"answer_ns\":9,\"user\":\"42\",\"answer\":\"sold_out\"}\n" +
                 "{\"id\":1,\"answer_ns\":9,\"user\":\"42\",\"answer\":\"closed\"}\n",
             "line 4 answers id 1 again"},
            {"an answer for somebody else", head + invoke + "{\"id\":1,\"answer_ns\":9,\"user\":\"43\",\"answer\":\"sold_out\"}\n",
             "line 3 answers id 1 for another user"},
            {"an answer before the question", head + invoke + "{\"id\":1,\"answer_ns\":4,\"user\":\"42\",\"answer\":\"sold_out\"}\n",
             "line 3 answers id 1 before"},
            {"granted without a slot", head + invoke + "{\"id\":1,\"answer_ns\":9,\"user\":\"42\",\"answer\":\"granted\"}\n", "line 3 "},
            {"slot 0",
             head + invoke + "{\"id\":1,\"answer_ns\":9,\"user\":\"42\",\"answer\":\"granted\",\"slot\":0,\"level\":\"claimed\"}\n",
             "line 3 "},
            {"sold_out with a slot",
             head + invoke + "{\"id\":1,\"answer_ns\":9,\"user\":\"42\",\"answer\":\"sold_out\",\"slot\":3,\"level\":\"claimed\"}\n",
             "line 3 "},
            {"an unknown level",
             head + invoke + "{\"id\":1,\"answer_ns\":9,\"user\":\"42\",\"answer\":\"granted\",\"slot\":3,\"level\":\"sent\"}\n",
             "line 3 "},
            {"an unknown answer", head + invoke + "{\"id\":1,\"answer_ns\":9,\"user\":\"42\",\"answer\":\"maybe\"}\n", "line 3 "},
        };
        for (const auto& row : rows) {
            CAPTURE(row.what);
            const auto history = parse(row.text);
            REQUIRE(history.defects.size() == 1);
            CHECK(history.defects[0].find(row.defect) != std::string::npos);
        }
    }

    TEST_CASE("a file of garbage costs neither memory nor a page of sentences") {
        HistoryParser parser("a.jsonl");
        const std::string garbage(1 << 16, '\xff');
        for (int i = 0; i < 100; ++i)
            parser.feed(garbage);
        for (int i = 0; i < 100; ++i)
            parser.feed("\x1b[31mred\n");
        const auto history = parser.finish();
        REQUIRE(history.defects.size() == 11);
        CHECK(history.defects[0].size() < 400);
        CHECK(history.defects[1].find("\\x1b[31mred") != std::string::npos);
        CHECK(history.defects[10] == "and 90 more");
    }

    TEST_CASE("two million lines are read, and it is said how fast") {
        std::string text = history_head_line({"b-1", 7, "coupon", Round(4), 1});
        for (std::int64_t id = 1; id <= 1'000'000; ++id) {
            text += history_invoke_line(id, id * 1000, UserId(id));
            text += history_answer_line(id, id * 1000 + 500, {UserId(id), Answer::sold_out, std::nullopt, std::nullopt, {}});
        }
        const auto begin = std::chrono::steady_clock::now();
        const auto history = parse(text);
        const auto took = std::chrono::steady_clock::now() - begin;
        CHECK(history.entries.size() == 1'000'000);
        CHECK(history.defects.empty());
        MESSAGE("2,000,000 lines in " << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms");
    }
}
