#include "cli/history_reading.hpp"

#include "cli/history_file.hpp"
#include "cli/scratch_folder.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

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
        long_one->write(lines_of(id));
    new_history(second)->write(lines_of(7));
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
        history->write(lines.substr(0, cut));
        REQUIRE(reading->read_on());
        REQUIRE(reading->read_on());
        history->write(lines.substr(cut));
        const auto histories = taken_from(*reading);
        CHECK(histories.front().defects.empty());
        REQUIRE(histories.front().entries.size() == 1);
        CHECK(histories.front().entries[0].answer == Answer::granted);
    }
}

TEST_CASE("what is not there, or is no file, is a usage error, also where nobody writes into a pipe") {
    const ScratchFolder folder;
    const auto pipe = folder.path("pipe");
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    const auto good = folder.path("good");
    static_cast<void>(new_history(good));
    for (const auto& path : {folder.path("nowhere"), folder.path(""), pipe}) {
        CAPTURE(path);
        const auto reading = HistoryReading::open({good, path});
        REQUIRE_FALSE(reading);
        CHECK(reading.fault().kind == FaultKind::usage);
        CHECK(reading.fault().message.starts_with("--history: cannot read " + path + ": "));
    }
}

TEST_SUITE_END();
