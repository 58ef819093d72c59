#include "history/history.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <vector>

using namespace coupon;

namespace {

constexpr Instant started_at{Milliseconds(1'796'119'200'123)};

const HistoryHead sample_head{"b-1", 7, "coupon", Round(4), -9, started_at, 99};

const std::string head =
    R"({"schema":"coupon.history/1","boot_id":"b-1","pid":7,"event":"coupon","round":4,"seed":-9,"started_at":"2026-12-01T10:00:00.123Z",)"
    R"("started_ns":99})"
    "\n";

/// The text with the closing line that belongs to it.
std::string closed(const std::string& text, std::int64_t applications, std::int64_t answers) {
    return text + history_closing_line({{applications, answers}, started_at, started_at + Milliseconds(5000), hex(sha256(text))});
}

History parse(const std::string& text, std::size_t piece = 1 << 16) {
    HistoryParser parser("a.jsonl");
    for (std::size_t from = 0; from < text.size(); from += piece)
        parser.feed(std::string_view(text).substr(from, piece));
    return parser.finish();
}

} // namespace

TEST_SUITE("history/history") {
    TEST_CASE("lines are spelled exactly as others read them") {
        CHECK(history_head_line(sample_head) == head);
        CHECK(history_closing_line({{2, 1}, started_at, started_at + Milliseconds(5000), "5eed"}) ==
              "{\"applications\":2,\"answers\":1,\"started_at\":\"2026-12-01T10:00:00.123Z\","
              "\"finished_at\":\"2026-12-01T10:00:05.123Z\",\"sha256\":\"5eed\"}\n");
        CHECK(history_invoke_line(17, 123, UserId(42)) == "{\"id\":17,\"invoke_ns\":123,\"user\":\"42\"}\n");
        CHECK(history_answer_line(17, 456, {UserId(42), Answer::granted, Slot(3), Level::published, {}}) ==
              "{\"id\":17,\"answer_ns\":456,\"user\":\"42\",\"answer\":\"granted\",\"slot\":3,\"level\":\"published\"}\n");
        CHECK(history_answer_line(17, 456, {UserId(42), Answer::closed, std::nullopt, std::nullopt, "ended"}) ==
              "{\"id\":17,\"answer_ns\":456,\"user\":\"42\",\"answer\":\"closed\"}\n");
        CHECK(history_answer_line(17, 456, {UserId(42), Answer::pending, std::nullopt, std::nullopt, "no reply"}) ==
              "{\"id\":17,\"answer_ns\":456,\"user\":\"42\",\"answer\":\"pending\"}\n");
    }

    TEST_CASE("what was written is read again, wherever the pieces end") {
        std::string text = head;
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
        const auto digest = hex(sha256(text));
        const auto count = static_cast<std::int64_t>(expected.size());
        text = closed(text, count, count);
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
            CHECK(history.head.started_at == started_at);
            CHECK(history.head.started_ns == 99);
            CHECK(history.changed.empty());
            CHECK(history.closing == HistoryClosing{{count, count}, started_at, started_at + Milliseconds(5000), digest});
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

    TEST_CASE("ids of several threads come in runs of any length, answered in any order") {
        constexpr std::int64_t count = 3000;
        std::vector<std::int64_t> ids;
        std::array<std::vector<std::int64_t>, 3> threads;
        for (std::int64_t id = 1; id <= count;) {
            auto& thread = threads[static_cast<std::size_t>(id * 31 / 7 % 3)];
            for (std::int64_t run = id * id % 23; run >= 0 && id <= count; --run)
                thread.push_back(id++);
        }
        for (std::size_t i = 0; ids.size() < count; ++i)
            for (const auto& thread : threads)
                for (std::size_t k = i * 10; k < (i + 1) * 10 && k < thread.size(); ++k)
                    ids.push_back(thread[k]);
        std::string text = head;
        for (const auto id : ids)
            text += history_invoke_line(id, 1000 + id, UserId(5000 + id));
        for (std::int64_t id = count; id > 0; --id)
            text += history_answer_line(id, 9000 + id, {UserId(5000 + id), Answer::sold_out, std::nullopt, std::nullopt, {}});
        const auto history = parse(text);
        CHECK(history.defects.empty());
        REQUIRE(history.entries.size() == ids.size());
        for (std::size_t i = 0; i < ids.size(); ++i)
            REQUIRE(history.entries[i] ==
                    HistoryEntry{ids[i], UserId(5000 + ids[i]), 1000 + ids[i], 9000 + ids[i], Answer::sold_out, {}, {}});
        for (std::int64_t id = 1; id <= count; id += 97)
            CHECK(parse(text + history_invoke_line(id, 300, UserId(1))).defects.size() == 1);
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
             R"({"schema":"coupon.history/1","boot_id":"b","pid":7,"event":"A b","round":4,"seed":1,"started_at":"2026-12-01T10:00:00.123Z",)"
             R"("started_ns":1})"
             "\n",
             "line 1 "},
            {"a start that is no moment",
             R"({"schema":"coupon.history/1","boot_id":"b","pid":7,"event":"b","round":4,"seed":1,"started_at":"today","started_ns":1})"
             "\n",
             "line 1 "},
            {"a start in another time zone",
             R"({"schema":"coupon.history/1","boot_id":"b","pid":7,"event":"b","round":4,"seed":1,"started_at":"2026-12-01T10:00:00.123+00:00",)"
             R"("started_ns":1})"
             "\n",
             "line 1 "},
            {"a closing line without its digest", head + "{\"applications\":0,\"answers\":0}\n", "line 2 "},
            {"something behind the end of a closing line", closed(head, 0, 0).insert(closed(head, 0, 0).size() - 1, " "), "line 2 "},
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

    TEST_CASE("a history without its closing line is incomplete, wherever it was cut") {
        const std::string invoke = "{\"id\":1,\"invoke_ns\":5,\"user\":\"42\"}\n";
        const auto whole = closed(head + invoke, 1, 0);
        CHECK(parse(whole).closing);
        for (std::size_t length = head.size(); length < whole.size(); ++length) {
            CAPTURE(length);
            const auto cut = parse(whole.substr(0, length));
            CHECK_FALSE(cut.closing);
            CHECK(cut.changed.empty());
            CHECK(cut.defects.empty());
        }
    }

    TEST_CASE("any other byte before the closing line is found by its digest") {
        const std::string invoke = "{\"id\":1,\"invoke_ns\":5,\"user\":\"42\"}\n";
        const std::string answer = "{\"id\":1,\"answer_ns\":9,\"user\":\"42\",\"answer\":\"sold_out\"}\n";
        const auto whole = closed(head + invoke + answer, 1, 1);
        const auto protected_bytes = (head + invoke + answer).size();
        for (std::size_t at = 0; at < protected_bytes; ++at) {
            CAPTURE(at);
            auto changed = whole;
            changed[at] = changed[at] == '1' ? '2' : '1';
            const auto read = parse(changed);
            // Without the line feed before it the closing line is none, and the file is incomplete.
            CHECK((at + 1 == protected_bytes ? !read.closing : !read.changed.empty()));
        }
        auto another_time = whole;
        another_time[whole.find("10:00:05")] = '2';
        CHECK_FALSE(parse(another_time).closing == parse(whole).closing);
    }

    TEST_CASE("a history that another system converted says what was done to it") {
        std::string crlf;
        std::string utf16 = "\xff\xfe";
        for (const char byte : closed(head, 0, 0)) {
            if (byte == '\n') crlf += '\r';
            crlf += byte;
            utf16 += byte;
            utf16 += '\0';
        }
        for (const auto& [text, defect] : {std::pair(crlf, "line 1 ends with CR LF"),
                                           std::pair("\xef\xbb\xbf" + closed(head, 0, 0), "line 1 begins with a byte order mark"),
                                           std::pair(utf16, "line 1 is UTF-16")}) {
            const auto history = parse(text);
            REQUIRE_FALSE(history.defects.empty());
            const auto sentence = std::string(defect) + "; copy the file as it is, byte by byte";
            CHECK(history.defects.front() == sentence);
            // Where its closing line can still be read, it is one that was changed.
            if (history.closing) CHECK(history.changed == "its " + sentence);
        }
    }

    TEST_CASE("a history that cannot be as its program wrote it says why") {
        const std::string invoke = "{\"id\":1,\"invoke_ns\":5,\"user\":\"42\"}\n";
        const std::string answer = "{\"id\":1,\"answer_ns\":9,\"user\":\"42\",\"answer\":\"sold_out\"}\n";
        const auto whole = closed(head + invoke + answer, 1, 1);
        const auto last_line = whole.substr((head + invoke + answer).size());
        const struct {
            const char* what;
            std::string text;
            const char* changed;
        } rows[] = {
            {"a line taken out", head + invoke + last_line, "digest"},
            {"a line put in", head + invoke + "{\"id\":2,\"invoke_ns\":6,\"user\":\"43\"}\n" + answer + last_line, "digest"},
            {"lines exchanged", head + answer + invoke + last_line, "digest"},
            {"an empty line put in", head + "\n" + invoke + answer + last_line, "digest"},
            {"another file's closing line", head + invoke + answer + closed(head, 0, 0).substr(head.size()), "digest"},
            {"a digest in capital letters",
             head +
                 history_closing_line({{0, 0}, started_at, started_at, "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"}),
             "digest"},
            {"an application too many counted", closed(head + invoke + answer, 2, 1),
             "counts 2 applications and 1 answers, it holds 1 applications and 1 answers"},
            {"an answer too few counted", closed(head + invoke + answer, 1, 0), "counts 1 applications and 0 answers"},
            {"a line behind the closing line", whole + invoke, "goes on after its closing line"},
            {"a torn line behind the closing line", whole + "{", "goes on after its closing line"},
            {"the closing line twice", whole + last_line, "goes on after its closing line"},
            {"two histories in one file", whole + whole, "goes on after its closing line"},
        };
        for (const auto& row : rows) {
            CAPTURE(row.what);
            for (const std::size_t piece : {1U, 50U, 100'000U})
                CHECK(parse(row.text, piece).changed.find(row.changed) != std::string::npos);
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
        std::string text = head;
        for (std::int64_t id = 1; id <= 1'000'000; ++id) {
            text += history_invoke_line(id, id * 1000, UserId(id));
            text += history_answer_line(id, id * 1000 + 500, {UserId(id), Answer::sold_out, std::nullopt, std::nullopt, {}});
        }
        text = closed(text, 1'000'000, 1'000'000);
        const auto begin = std::chrono::steady_clock::now();
        const auto history = parse(text);
        const auto took = std::chrono::steady_clock::now() - begin;
        CHECK(history.entries.size() == 1'000'000);
        CHECK(history.defects.empty());
        CHECK(history.closing);
        CHECK(history.changed.empty());
        MESSAGE("2,000,000 lines in " << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms");
    }
}
