#include "cli/history_reading.hpp"

#include "cli/history_file.hpp"
#include "cli/scratch_folder.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

using namespace coupon;

TEST_SUITE_BEGIN("cli/history_reading");

namespace {

const EventName event = EventName::parse("promo").value();

std::unique_ptr<HistoryFile> new_history(const std::string& path) {
    auto history = HistoryFile::create(path, event, Round(2), 5);
    REQUIRE(history);
    return std::move(*history);
}

std::unique_ptr<HistoryReading> reading_of(const std::vector<std::string>& paths) {
    auto reading = HistoryReading::open(paths);
    REQUIRE(reading);
    return std::move(*reading);
}

std::vector<History> taken_from(HistoryReading& reading) {
    auto histories = reading.take();
    REQUIRE(histories);
    return std::move(*histories);
}

std::string lines_of(std::int64_t id) {
    return history_invoke_line(id, id * 10, UserId(id)) +
           history_answer_line(id, id * 10 + 5, {UserId(id), Answer::granted, Slot(id), Level::published, ""});
}

} // namespace

TEST_CASE("what is written is read back, in pieces of any size, as often as wanted") {
    const ScratchFolder folder;
    const auto first = folder.path("first"), second = folder.path("second");
    constexpr std::int64_t many = 20'000;
    const auto long_one = new_history(first);
    for (std::int64_t id = 1; id <= many; ++id)
        REQUIRE(long_one->write(lines_of(id), {1, 1}));
    REQUIRE(new_history(second)->write(lines_of(7), {1, 1}));
    const auto reading = reading_of({first, second});
    for (int turn = 0; turn < 2; ++turn) {
        CAPTURE(turn);
        const auto histories = taken_from(*reading);
        REQUIRE(histories.size() == 2);
        const auto& history = histories.front();
        CHECK(history.path == first);
        CHECK(history.head.event == "promo");
        CHECK(history.head.round == Round(2));
        CHECK(history.head.seed == 5);
        CHECK(history.defects.empty());
        REQUIRE(history.entries.size() == many);
        CHECK(history.entries[many - 1].slot == Slot(many));
        CHECK(history.entries[many - 1].answer == Answer::granted);
        CHECK(histories.back().path == second);
        REQUIRE(histories.back().entries.size() == 1);
        CHECK(histories.back().entries[0].user == UserId(7));
    }
}

TEST_CASE("what a program writes between read_on and take is read, too, in the middle of a line or not") {
    const ScratchFolder folder;
    const auto lines = lines_of(2);
    for (const auto cut : {std::size_t{0}, std::size_t{5}, lines.find('\n'), lines.find('\n') + 1, lines.size()}) {
        CAPTURE(cut);
        const auto path = folder.path("history" + std::to_string(cut));
        const auto history = new_history(path);
        const auto reading = reading_of({path});
        REQUIRE(history->write(lines.substr(0, cut), {1, 0}));
        REQUIRE(reading->read_on());
        REQUIRE(reading->read_on());
        REQUIRE(history->write(lines.substr(cut), {0, 1}));
        REQUIRE(history->close());
        const auto histories = taken_from(*reading);
        CHECK(histories.front().defects.empty());
        CHECK(histories.front().changed.empty());
        CHECK(histories.front().closing);
        REQUIRE(histories.front().entries.size() == 1);
        CHECK(histories.front().entries[0].answer == Answer::granted);
    }
}

TEST_CASE("what is not there, or is neither file nor folder, is a usage error, also where nobody writes into a pipe") {
    const ScratchFolder folder;
    const auto pipe = folder.path("pipe");
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    const auto good = folder.path("good");
    static_cast<void>(new_history(good));
    const auto nested = folder.path("nested");
    REQUIRE(::mkdir(nested.c_str(), 0700) == 0);
    REQUIRE(::mkfifo((nested + "/pipe").c_str(), 0600) == 0);
    for (const auto& path : {folder.path("nowhere"), folder.path("nowhere/")}) {
        CAPTURE(path);
        const auto reading = HistoryReading::open({good, path});
        REQUIRE_FALSE(reading);
        CHECK(reading.fault().kind == FaultKind::usage);
        CHECK(reading.fault().message.starts_with("--history: cannot read " + path + ": "));
    }
    const auto a_pipe = HistoryReading::open({good, pipe});
    REQUIRE_FALSE(a_pipe);
    CHECK(a_pipe.fault().kind == FaultKind::usage);
    CHECK(a_pipe.fault().message.starts_with("--history: " + pipe + " is not a regular file"));
    const auto with_pipe = HistoryReading::open({nested});
    REQUIRE_FALSE(with_pipe);
    CHECK(with_pipe.fault().message.starts_with("--history: " + nested + "/pipe is not a regular file"));
    REQUIRE(::unlink(pipe.c_str()) == 0);
    const auto with_folder = HistoryReading::open({folder.path("")});
    REQUIRE_FALSE(with_folder);
    CHECK(with_folder.fault().message.find("nested: it is a folder within a folder") != std::string::npos);
}

TEST_CASE("a folder stands for every file in it that is not hidden, those that appear later, too") {
    const ScratchFolder folder;
    const auto inside = folder.path("histories/");
    const auto first = new_history(inside);
    REQUIRE(first->write(lines_of(1), {1, 1}));
    REQUIRE(first->close());
    std::ofstream(inside + ".swp") << "not a history";
    for (const auto& path : {inside, folder.path("histories")}) {
        CAPTURE(path);
        CHECK(taken_from(*reading_of({path})).size() == 1);
    }
    const auto reading = reading_of({inside});
    REQUIRE(reading->read_on());
    const auto second = new_history(inside);
    REQUIRE(second->write(lines_of(2), {1, 1}));
    REQUIRE(second->close());
    for (int turn = 0; turn < 2; ++turn) {
        const auto histories = taken_from(*reading);
        REQUIRE(histories.size() == 2);
        for (const auto& history : histories) {
            CHECK(history.closing);
            CHECK(history.changed.empty());
            CHECK(history.entries.size() == 1);
        }
    }
    std::ofstream(inside + "notes.txt") << "not a history either\n";
    const auto with_notes = taken_from(*reading);
    REQUIRE(with_notes.size() == 3);
    CHECK(std::count_if(with_notes.begin(), with_notes.end(), [](const History& one) { return !one.defects.empty(); }) == 1);
}

TEST_CASE("a folder without any history is a defect, not silence") {
    const ScratchFolder folder;
    const auto histories = taken_from(*reading_of({folder.path("")}));
    REQUIRE(histories.size() == 1);
    CHECK(histories.front().path == folder.path(""));
    CHECK(histories.front().defects == std::vector<std::string>{"the folder holds no history"});
}

TEST_CASE("a file given twice, by itself and with its folder, is read once") {
    const ScratchFolder folder;
    const auto path = folder.path("histories/a");
    static_cast<void>(new_history(folder.path("histories/"))->path());
    const auto history = new_history(path);
    REQUIRE(history->write(lines_of(1), {1, 1}));
    REQUIRE(history->close());
    const auto histories = taken_from(*reading_of({path, folder.path("histories"), path}));
    REQUIRE(histories.size() == 2);
    CHECK(histories.front().entries.size() == 1);
}

TEST_CASE("a folder may hold more histories than a program may have open") {
    const ScratchFolder folder;
    for (int i = 0; i < 40; ++i)
        REQUIRE(new_history(folder.path(""))->close());
    rlimit old{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &old) == 0);
    rlimit few = old;
    few.rlim_cur = 32;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
    const auto reading = HistoryReading::open({folder.path("")});
    const auto histories = reading ? (*reading)->take() : reading.fault();
    ::setrlimit(RLIMIT_NOFILE, &old);
    REQUIRE(histories);
    CHECK(histories->size() == 40);
}

TEST_SUITE_END();
