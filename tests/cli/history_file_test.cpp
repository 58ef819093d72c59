#include "cli/history_file.hpp"

#include "cli/scratch_folder.hpp"
#include "core/history.hpp"

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
    CHECK(text_of(path).ends_with("\n" + history_invoke_line(1, 100, UserId(42))));
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
