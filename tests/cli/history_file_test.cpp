#include "cli/history_file.hpp"

#include "cli/scratch_folder.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>
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
    CHECK(head.find("\"pid\":" + std::to_string(::getpid()) + ",\"event\":\"promo\",\"round\":3,\"seed\":7}\n") != std::string::npos);
}

TEST_CASE("an existing file, or one that cannot be made, is refused and not touched") {
    const ScratchFolder folder;
    const auto old = folder.file("old", "precious");
    for (const auto& path : {old, folder.path(""), folder.path("no/such/folder")}) {
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
        (*history)->write(history_invoke_line(1, 100, UserId(42)));
        ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    const auto read = read_history_file(path);
    REQUIRE(read);
    REQUIRE(read->entries.size() == 1);
    CHECK(read->entries[0].user == UserId(42));
    CHECK_FALSE(read->entries[0].answer_ns);
}

TEST_CASE("what is written is read back, in pieces of any size") {
    const ScratchFolder folder;
    const auto path = folder.path("history");
    constexpr std::int64_t many = 20'000;
    {
        auto history = HistoryFile::create(path, event, Round(2), 5);
        REQUIRE(history);
        for (std::int64_t id = 1; id <= many; ++id) {
            (*history)->write(history_invoke_line(id, id * 10, UserId(id)) +
                              history_answer_line(id, id * 10 + 5, {UserId(id), Answer::granted, Slot(id), Level::published, ""}));
        }
        (*history)->finish();
    }
    const auto read = read_history_file(path);
    REQUIRE(read);
    CHECK(read->path == path);
    CHECK(read->head.event == "promo");
    CHECK(read->head.round == Round(2));
    CHECK(read->head.seed == 5);
    CHECK(read->defects.empty());
    REQUIRE(read->entries.size() == many);
    CHECK(read->entries[many - 1].slot == Slot(many));
    CHECK(read->entries[many - 1].answer == Answer::granted);
}

TEST_CASE("a file that cannot be read is a usage error") {
    const ScratchFolder folder;
    for (const auto& path : {folder.path("nowhere"), folder.path("")}) {
        const auto read = read_history_file(path);
        REQUIRE_FALSE(read);
        CHECK(read.fault().kind == FaultKind::usage);
    }
}

TEST_CASE("a history that does not fit on the disk ends the program instead of being cut short") {
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
    bool failed = false;
    try {
        (*history)->write(std::string(8192, 'x'));
    } catch (const std::runtime_error& error) {
        failed = std::string(error.what()).find("incomplete") != std::string::npos;
    }
    ::setrlimit(RLIMIT_FSIZE, &old);
    std::signal(SIGXFSZ, former);
    CHECK(failed);
}

TEST_SUITE_END();
