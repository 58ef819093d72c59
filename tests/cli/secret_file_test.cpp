#include "cli/config/secret_file.hpp"

#include "cli/config/my_cnf.hpp"
#include "cli/scratch_folder.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace coupon;

TEST_SUITE_BEGIN("cli/secret_file");

TEST_CASE("a password is the only line of a private file") {
    const ScratchFolder folder;
    for (const char* text : {"canary", "canary\n", "canary\r\n"}) {
        const auto password = read_secret_file(folder.file("password", text));
        REQUIRE(password);
        CHECK(*password == "canary");
    }
    CHECK(*read_secret_file(folder.file("password", " with blanks \n")) == " with blanks ");
    CHECK(*read_secret_file(folder.file("password", "\xef\xbb\xbf"
                                                    "canary\r\n")) == "canary");
}

TEST_CASE("a file in UTF-16 is named as that, and its text is not shown") {
    const ScratchFolder folder;
    const std::string text("\xff\xfe[\0c\0", 6);
    const auto password = read_secret_file(folder.file("password", text));
    REQUIRE_FALSE(password);
    CHECK(password.fault().message.find("UTF-16") != std::string::npos);
    const ScratchVariable home("HOME", folder.path(""));
    REQUIRE(folder.file(".my.cnf", text) == folder.path(".my.cnf"));
    const auto cnf = read_my_cnf();
    REQUIRE_FALSE(cnf);
    CHECK(cnf.fault().message.find("UTF-16") != std::string::npos);
}

TEST_CASE("a file that others could read or replace is refused, and its text never shown") {
    const ScratchFolder folder;
    const auto refused = [](const std::string& path, const std::string& because) {
        const auto password = read_secret_file(path);
        REQUIRE_FALSE(password);
        CAPTURE(password.fault().message);
        CHECK(password.fault().kind == FaultKind::usage);
        CHECK(password.fault().message.find(because) != std::string::npos);
        CHECK(password.fault().message.find("canary") == std::string::npos);
    };
    for (const ::mode_t mode : {0640u, 0604u, 0644u, 0660u, 0602u, 0610u, 0601u, 0777u}) {
        CAPTURE(mode);
        refused(folder.file("open", "canary", mode), "chmod 600");
    }
    refused(folder.path("nowhere"), "No such file");
    refused(folder.path(""), "No such file");
    refused(folder.file("empty", ""), "empty");
    refused(folder.file("newline", "\n"), "empty");
    refused(folder.file("two", "canary\ncanary\n"), "more than one line");
    refused(folder.file("nul", std::string("canary\0canary", 13)), "more than one line");
    refused(folder.file("large", std::string(4097, 'x')), "larger than 4096");

    REQUIRE(::symlink(folder.file("target", "canary").c_str(), folder.path("link").c_str()) == 0);
    refused(folder.path("link"), "symbolic link");
    REQUIRE(::mkdir(folder.path("directory").c_str(), 0700) == 0);
    refused(folder.path("directory"), "not a regular file");
    REQUIRE(::mkfifo(folder.path("pipe").c_str(), 0600) == 0);
    refused(folder.path("pipe"), "not a regular file");

    for (const ::mode_t mode : {0720u, 0702u, 0777u}) {
        CAPTURE(mode);
        const auto file = folder.file("fine", "canary");
        ::chmod(folder.path("").c_str(), mode);
        refused(file, "its folder");
        ::chmod(folder.path("").c_str(), 0700);
    }
}

TEST_CASE("a file of the largest size is read whole") {
    const ScratchFolder folder;
    const auto password = read_secret_file(folder.file("large", std::string(4095, 'x') + "\n"));
    REQUIRE(password);
    CHECK(password->size() == 4095);
}

TEST_CASE("of an option file the groups client and coupon count, coupon over client") {
    const auto cnf = parse_my_cnf("# comment\n"
                                  "[mysqld]\npassword=foreign\n"
                                  "[coupon]\nuser = worker\n"
                                  "[client]\r\nuser=somebody\r\npassword = \"with # and \\\"quotes\\\"\" # comment\r\n"
                                  "skip-ssl\n");
    CHECK(cnf.user == "worker");
    CHECK(cnf.password == "with # and \"quotes\"");
    CHECK(parse_my_cnf("[client]\npassword=plain # comment\n").password == "plain");
    CHECK(parse_my_cnf("[client]\npassword='sq'\n").password == "sq");
    CHECK_FALSE(parse_my_cnf("password=before any group\n").password);
    CHECK(parse_my_cnf("\xef\xbb\xbf[client]\npassword=marked\n").password == "marked");
    CHECK_FALSE(parse_my_cnf("").user);
}

TEST_CASE("the option file of the home folder is used when it is private, refused when it is not, and may be absent") {
    const ScratchFolder folder;
    const ScratchVariable home("HOME", folder.path(""));
    REQUIRE(read_my_cnf());
    CHECK_FALSE(read_my_cnf()->password);
    const auto file = folder.file(".my.cnf", "[client]\npassword=canary\n");
    REQUIRE(read_my_cnf());
    CHECK(read_my_cnf()->password == "canary");
    ::chmod(file.c_str(), 0644);
    const auto refused = read_my_cnf();
    REQUIRE_FALSE(refused);
    CHECK(refused.fault().message.find("chmod 600") != std::string::npos);
}

TEST_SUITE_END();
