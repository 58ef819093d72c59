#include "cli/history_file.hpp"

#include "cli/scratch_folder.hpp"
#include "history/history.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <sstream>

using namespace coupon;

TEST_SUITE_BEGIN("cli/history_file");

namespace {

const EventName event = EventName::parse("promo").value();

std::string text_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

History parsed(const std::string& path) {
    HistoryParser parser(path);
    parser.feed(text_of(path));
    return parser.finish();
}

} // namespace

TEST_CASE("a history is a new private file that begins with its head") {
    const ScratchFolder folder;
    const auto path = folder.path("history");
    auto history = HistoryFile::create(path, event, Round(3), 7);
    REQUIRE(history);
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    const auto head = text_of(path);
    CHECK(head.find("{\"schema\":\"coupon.history/1\",\"boot_id\":\"") == 0);
    CHECK(head.find("\"pid\":" + std::to_string(::getpid()) + ",\"event\":\"promo\",\"round\":3,\"seed\":7,\"started_at\":\"") !=
          std::string::npos);
}

TEST_CASE("a closed history ends with counts, times and the digest of all before") {
    const ScratchFolder folder;
    const auto path = folder.path("history");
    const auto before = std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());
    const auto made = HistoryFile::create(path, event, Round(3), 7);
    REQUIRE(made);
    auto& history = **made;
    REQUIRE(history.write(history_invoke_line(1, 100, UserId(42)), {1, 0}));
    REQUIRE(history.write(history_invoke_line(2, 101, UserId(43)) + history_invoke_line(3, 102, UserId(44)), {2, 0}));
    REQUIRE(history.write(history_answer_line(2, 200, {UserId(43), Answer::sold_out, {}, {}, {}}), {0, 1}));
    CHECK_FALSE(parsed(path).closing);
    const auto content = text_of(path);
    REQUIRE(history.close());
    const auto read = parsed(path);
    CHECK(read.defects.empty());
    CHECK(read.changed.empty());
    REQUIRE(read.closing);
    CHECK(read.closing->counts == HistoryCounts{3, 1});
    CHECK(read.closing->sha256 == hex(sha256(content)));
    CHECK(read.closing->started_at == read.head.started_at);
    CHECK(before <= read.head.started_at);
    CHECK(read.closing->started_at <= read.closing->finished_at);
    CHECK(read.closing->finished_at <= std::chrono::system_clock::now());
}

TEST_CASE("in a folder each program makes a file of its own, and a folder with a slash is made") {
    const ScratchFolder folder;
    for (const auto& path : {folder.path("new/"), folder.path("new"), folder.path("")}) {
        CAPTURE(path);
        const auto first = HistoryFile::create(path, event, Round(3), 7), second = HistoryFile::create(path, event, Round(3), 7);
        REQUIRE(first);
        REQUIRE(second);
        CHECK((*first)->path() != (*second)->path());
        for (const auto* history : {&first, &second}) {
            const std::filesystem::path made((**history)->path());
            CHECK(made.parent_path() == std::filesystem::path(path + "/").parent_path());
            CHECK(made.filename().string().starts_with("promo-r3-2"));
            CHECK(made.filename().string().find("-" + std::to_string(::getpid())) != std::string::npos);
            CHECK(made.extension() == ".history");
            REQUIRE((**history)->close());
            CHECK(parsed(made).closing);
        }
    }
    struct stat status {};
    REQUIRE(::stat(folder.path("new").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0700);
}

TEST_CASE("an existing file, or one that cannot be made, is refused and not touched") {
    const ScratchFolder folder;
    const auto old = folder.file("old", "precious");
    for (const auto& path : {old, old + "/", folder.path("no/such/folder"), folder.path("no/such/folder/")}) {
        CAPTURE(path);
        const auto history = HistoryFile::create(path, event, Round(1), 0);
        REQUIRE_FALSE(history);
        CHECK(history.fault().kind == FaultKind::usage);
        CHECK(history.fault().message.find("--history") != std::string::npos);
    }
    CHECK(text_of(old) == "precious");
    REQUIRE(::symlink(folder.path("elsewhere").c_str(), folder.path("link").c_str()) == 0);
    CHECK_FALSE(HistoryFile::create(folder.path("link"), event, Round(1), 0));
}

TEST_CASE("what was handed over survives the sudden death of the program") {
    const ScratchFolder folder;
    const auto path = folder.path("history");
    const auto child = ::fork();
    if (child == 0) {
        auto history = HistoryFile::create(path, event, Round(1), 0);
        if (!history) ::_exit(1);
        if (!(*history)->write(history_invoke_line(1, 100, UserId(42)), {1, 0})) ::_exit(1);
        ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    CHECK(text_of(path).ends_with("\n" + history_invoke_line(1, 100, UserId(42))));
}

TEST_CASE("a history that does not fit on the disk is a fault, and says that it is incomplete") {
    const ScratchFolder folder;
    const auto path = folder.path("history");
    auto history = HistoryFile::create(path, event, Round(1), 0);
    REQUIRE(history);
    rlimit old{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &old) == 0);
    rlimit small = old;
    small.rlim_cur = 4096;
    const auto former = std::signal(SIGXFSZ, SIG_IGN);
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    const auto written = (*history)->write(std::string(8192, 'x'), {1, 0});
    ::setrlimit(RLIMIT_FSIZE, &old);
    std::signal(SIGXFSZ, former);
    REQUIRE_FALSE(written);
    CHECK(written.fault().message.find("incomplete") != std::string::npos);
    CHECK_FALSE((*history)->write("later", {1, 0}));
    CHECK_FALSE((*history)->close());
    CHECK_FALSE(parsed(path).closing);
    CHECK_MESSAGE(text_of(path).find("later") == std::string::npos, "the file may end within a line");
}

TEST_SUITE_END();
