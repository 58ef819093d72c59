#include "cli/user_lines.hpp"

#include "cli/config/descriptor.hpp"
#include "cli/scratch_folder.hpp"
#include "fakes/fake_world.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <vector>

using namespace coupon;

TEST_SUITE_BEGIN("cli/user_lines");

namespace {

/// All that a text gives, "7" for a user and "!2:text" for a bad second line.
std::vector<std::string> read_all(const std::string& text) {
    const ScratchFolder folder;
    const Descriptor file(::open(folder.file("users", text).c_str(), O_RDONLY));
    UserLines lines(file.number());
    std::vector<std::string> out;
    while (true) {
        const auto next = lines.next();
        REQUIRE_FALSE(std::holds_alternative<Fault>(next));
        if (std::holds_alternative<NoMoreUsers>(next)) return out;
        if (const auto* user = std::get_if<UserId>(&next)) out.push_back(user->text());
        if (const auto* bad = std::get_if<BadLine>(&next)) out.push_back("!" + std::to_string(bad->number) + ":" + bad->text);
    }
}

using Lines = std::vector<std::string>;

} // namespace

TEST_CASE("one user a line, the last one with or without its end") {
    CHECK(read_all("") == Lines{});
    CHECK(read_all("7\n") == Lines{"7"});
    CHECK(read_all("7") == Lines{"7"});
    CHECK(read_all("0\n9223372036854775807") == Lines{"0", "9223372036854775807"});
}

TEST_CASE("what is no user is a bad line with its number, and the others go on") {
    CHECK(read_all("1\nx\n3\n") == Lines{"1", "!2:x", "3"});
    CHECK(read_all(" 7\n07\n-1\n") == Lines{"!1: 7", "!2:07", "!3:-1"});
    CHECK(read_all(std::string("1\n7\0\n8\n", 7)) == Lines{"1", std::string("!2:7\0", 5), "8"});
    CHECK(read_all("7\r8\n") == Lines{"!1:7\r8"});
    CHECK(read_all("1\n\xef\xbb\xbf"
                   "7\n") == Lines{"1", "!2:\xef\xbb\xbf"
                                        "7"});
}

TEST_CASE("a byte order mark, CR LF and blank lines are no fault of a list, and keep the numbers of its lines") {
    CHECK(read_all("\xef\xbb\xbf"
                   "7\r\n8\r\n9") == Lines{"7", "8", "9"});
    CHECK(read_all("\xef\xbb\xbf\n7\n") == Lines{"7"});
    CHECK(read_all("1\n\n \t\r\n\r\nx\r\n3\n") == Lines{"1", "!5:x", "3"});
    CHECK(read_all("\n\r\n \n") == Lines{});
    CHECK(read_all("\xef\xbb\xbf") == Lines{});
}

TEST_CASE("UTF-16 is named before any user of the list applies") {
    using namespace std::string_literals;
    for (const auto& text : {"\xff\xfe"
                             "7\0\r\0\n\0"s,
                             "\xfe\xff\0"
                             "7\0\n"s,
                             "7\0\n\0"s,
                             "\0"
                             "7\0\n"s}) {
        CAPTURE(text);
        const ScratchFolder folder;
        const Descriptor file(::open(folder.file("users", text).c_str(), O_RDONLY));
        UserLines lines(file.number());
        const auto next = lines.next();
        REQUIRE(std::holds_alternative<Fault>(next));
        CHECK(std::get<Fault>(next).message.find("UTF-16") != std::string::npos);
    }
}

TEST_CASE("ten bad lines are told one by one, all others as a number") {
    for (const int count : {10, 11, 300'000}) {
        CAPTURE(count);
        FakeJournal journal;
        BadLines bad(journal);
        for (int i = 1; i <= count; ++i)
            bad.note({i, "x"});
        bad.tell_the_rest();
        CHECK(journal.count("line ") == 10);
        CHECK(journal.count("and 1 more invalid line") == (count == 11 ? 1 : 0));
        CHECK(journal.count("and 299990 more invalid lines") == (count == 300'000 ? 1 : 0));
    }
}

TEST_CASE("of a line without end only the beginning is kept") {
    for (const std::size_t length : {300UL, 65535UL, 65536UL, 65537UL, 1'000'000UL}) {
        CAPTURE(length);
        const auto lines = read_all("1\n" + std::string(length, '9') + "\n3\n");
        REQUIRE(lines.size() == 3);
        CHECK(lines[1] == "!2:" + std::string(201, '9'));
        CHECK(lines[2] == "3");
    }
}

TEST_CASE("lines across the borders of what is read at once stay whole") {
    std::string text;
    for (int i = 100'000; i < 200'000; ++i)
        text += std::to_string(i) + "\n";
    const auto lines = read_all(text);
    REQUIRE(lines.size() == 100'000);
    bool all_right = true;
    for (std::size_t i = 0; i < lines.size(); ++i)
        all_right = all_right && lines[i] == std::to_string(100'000 + i);
    CHECK(all_right);
}

TEST_CASE("a slow pipe is not waited for") {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const Descriptor reader(ends[0]);
    Descriptor writer(ends[1]);
    int waits = 0;
    UserLines lines(reader.number(), [&waits] { ++waits; });
    CHECK(std::holds_alternative<NoUserYet>(lines.next()));
    REQUIRE(::write(writer.number(), "7\n1", 3) == 3);
    CHECK(std::get<UserId>(lines.next()) == UserId(7));
    CHECK(std::holds_alternative<NoUserYet>(lines.next()));
    REQUIRE(::write(writer.number(), "2", 1) == 1);
    CHECK(std::holds_alternative<NoUserYet>(lines.next()));
    writer = Descriptor();
    CHECK(std::get<UserId>(lines.next()) == UserId(12));
    CHECK(std::holds_alternative<NoMoreUsers>(lines.next()));
    CHECK(waits == 3);
}

TEST_CASE("an input that cannot be read is a fault, and no users can be had from a folder or from what is open for writing") {
    const Descriptor folder(::open("/", O_RDONLY | O_DIRECTORY));
    UserLines lines(folder.number());
    const auto next = lines.next();
    REQUIRE(std::holds_alternative<Fault>(next));
    CHECK(std::get<Fault>(next).message.find("stdin") != std::string::npos);
    CHECK(unreadable_because(folder.number()) == "it is a folder");
    const Descriptor sink(::open("/dev/null", O_WRONLY));
    CHECK(unreadable_because(sink.number()) == "it is open for writing only");
    CHECK_FALSE(unreadable_because(-1).empty());
    const Descriptor source(::open("/dev/null", O_RDONLY));
    CHECK(unreadable_because(source.number()).empty());
}

TEST_SUITE_END();
