#include "cli/config/config_file.hpp"

#include "cli/scratch_folder.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace coupon;

TEST_SUITE_BEGIN("cli/config_file");

TEST_CASE("lines have a key and a value, whole and trimmed, in the section above them") {
    const auto lines = parse_config("\xef\xbb\xbf# comment\r\n"
                                    "brokers = a:1,b:2 \r\n"
                                    "\n"
                                    "[coupon-flood]\n"
                                    "kafka-property = client.id=x # y\n"
                                    "history=",
                                    "coupon.conf");
    REQUIRE(lines);
    REQUIRE(lines->size() == 3);
    CHECK((*lines)[0].section.empty());
    CHECK((*lines)[0].key == "brokers");
    CHECK((*lines)[0].value == "a:1,b:2");
    CHECK((*lines)[0].number == 2);
    CHECK((*lines)[1].section == "coupon-flood");
    CHECK((*lines)[1].value == "client.id=x # y");
    CHECK((*lines)[2].value.empty());
    CHECK((*lines)[2].number == 6);
}

TEST_CASE("a line that is none of these is named by its number") {
    for (const char* text : {"event", "= value", "\n\x1b[31m", "[open"}) {
        CAPTURE(text);
        const auto lines = parse_config(text, "coupon.conf");
        REQUIRE_FALSE(lines);
        CHECK(lines.fault().kind == FaultKind::usage);
        CHECK(lines.fault().message.find("coupon.conf: line ") != std::string::npos);
        CHECK(lines.fault().message.find('\x1b') == std::string::npos);
    }
}

TEST_CASE("a config file in UTF-16 is named as that") {
    for (const auto& text : {std::string("\xff\xfe#\0\n\0", 6), std::string("\xfe\xff\0#\0\n", 6), std::string("#\0\n\0", 4)}) {
        const auto lines = parse_config(text, "coupon.conf");
        REQUIRE_FALSE(lines);
        CHECK(lines.fault().message.find("it is UTF-16") != std::string::npos);
    }
}

TEST_CASE("what is no file of a sensible size is refused, without waiting") {
    const ScratchFolder folder;
    REQUIRE(::mkfifo(folder.path("pipe").c_str(), 0600) == 0);
    for (const auto& path :
         {folder.path("nowhere"), folder.path(""), folder.path("pipe"), folder.file("large", std::string(2'000'000, '#'))}) {
        CAPTURE(path);
        const auto lines = read_config_file(path);
        REQUIRE_FALSE(lines);
        CHECK(lines.fault().kind == FaultKind::usage);
    }
    CHECK(read_config_file(folder.file("fine", "event = promo\n", 0644)));
}

TEST_CASE("a file that others may write is refused with its mode") {
    const ScratchFolder folder;
    for (const ::mode_t mode : {0664, 0646, 0666}) {
        CAPTURE(mode);
        const auto lines = read_config_file(folder.file("mode", "event = promo\n", mode));
        REQUIRE_FALSE(lines);
        CHECK(lines.fault().kind == FaultKind::usage);
        CHECK(lines.fault().message.find("others may write") != std::string::npos);
    }
    if (::geteuid() != 0) return; // only root can give a file away
    const auto path = folder.file("foreign", "event = promo\n", 0600);
    REQUIRE(::chown(path.c_str(), 65534, 65534) == 0);
    const auto lines = read_config_file(path);
    REQUIRE_FALSE(lines);
    CHECK(lines.fault().message.find("another user") != std::string::npos);
}

TEST_SUITE_END();
