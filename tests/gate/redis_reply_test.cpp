#include "gate/redis/redis_reply.hpp"

#include <doctest/doctest.h>
#include <malloc.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace coupon;

TEST_SUITE_BEGIN("gate/redis_reply");

namespace {

constexpr std::size_t mebibyte = 1024UL * 1024;

std::size_t memory_in_use() {
    const auto info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/// What a server that does not stop sending made of a parser.
struct Flooded {
    std::size_t most_memory = 0;     ///< beyond what was in use before
    double most_of_the_received = 0; ///< memory beyond an allowance of half a MiB, as a multiple of the bytes received until then
    bool was_refused = false;
};

/// Feeds `head` once and then `body` again and again, up to `bytes` of both, as a connection does: in pieces, parsed as they come.
Flooded flood(const std::string& head, const std::string& body, std::size_t bytes) {
    const auto before = memory_in_use();
    Flooded result;
    std::string piece;
    while (piece.size() < 65536 && !body.empty())
        piece += body;
    RedisReplyParser parser;
    auto feed = [&, fed = std::size_t{0}](std::string_view text) mutable {
        parser.feed(text);
        const auto reply = parser.next();
        fed += text.size();
        const auto memory = memory_in_use() - std::min(memory_in_use(), before + piece.capacity());
        result.most_memory = std::max(result.most_memory, memory);
        const auto paid = static_cast<double>(memory - std::min(memory, mebibyte / 2)) / static_cast<double>(fed);
        result.most_of_the_received = std::max(result.most_of_the_received, paid);
    };
    feed(head);
    for (std::size_t sent = head.size(); sent < bytes && !parser.is_broken() && !piece.empty(); sent += piece.size())
        feed(piece);
    result.was_refused = parser.is_broken();
    return result;
}

std::string bulk(const std::string& text) {
    return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

} // namespace

TEST_CASE("replies of every kind are read, in pieces of any size") {
    const std::string bytes = "+OK\r\n:-5\r\n$-1\r\n-ERR no\r\n*3\r\n$5\r\nfirst\r\n*2\r\n:1\r\n$0\r\n\r\n*0\r\n*-1\r\n";
    for (const std::size_t size : {std::size_t{1}, std::size_t{2}, std::size_t{7}, bytes.size()}) {
        CAPTURE(size);
        RedisReplyParser parser;
        std::vector<RedisReply> replies;
        for (std::size_t at = 0; at < bytes.size(); at += size) {
            parser.feed(std::string_view(bytes).substr(at, size));
            while (auto reply = parser.next())
                replies.push_back(std::move(*reply));
        }
        REQUIRE(replies.size() == 6);
        CHECK(replies[0].kind == RedisReply::Kind::status);
        CHECK(replies[1].integer == -5);
        CHECK(replies[2].kind == RedisReply::Kind::nil);
        CHECK(replies[3].is_error());
        CHECK(replies[3].text == "ERR no");
        REQUIRE(replies[4].elements.size() == 3);
        CHECK(replies[4].elements.front().text == "first");
        REQUIRE(replies[4].elements[1].elements.size() == 2);
        CHECK(replies[4].elements[1].elements[0].integer == 1);
        CHECK(replies[4].elements.back().elements.empty());
        CHECK(replies[5].kind == RedisReply::Kind::nil);
        CHECK_FALSE(parser.is_broken());
    }
}

TEST_CASE("an array of many elements keeps each in its place") {
    std::string bytes = "*1000\r\n";
    for (int i = 0; i < 1000; ++i)
        bytes += ":" + std::to_string(i) + "\r\n";
    RedisReplyParser parser;
    parser.feed(bytes);
    const auto reply = parser.next();
    REQUIRE(reply);
    REQUIRE(reply->elements.size() == 1000);
    std::int64_t expected = 0;
    for (const auto& element : reply->elements)
        CHECK(element.integer == expected++);
}

TEST_CASE("the largest replies that the programs ask for are read") {
    // A piece of HSCAN may hold four times the fields that were asked for; the shortest entries are those of an outbox.
    std::string scanned = "*2\r\n" + bulk("0") + "*8000\r\n";
    for (int i = 0; i < 4000; ++i)
        scanned += bulk("u:" + std::to_string(i % 10)) + bulk("1:1700000000000:1");
    std::string nulls = "*1000\r\n";
    for (int i = 0; i < 1000; ++i)
        nulls += "$-1\r\n";
    std::string confirmed = "*100\r\n";
    for (int i = 0; i < 100; ++i)
        confirmed += "*1\r\n" + bulk("confirmed");
    RedisReplyParser parser;
    for (const auto& bytes : {scanned, nulls, confirmed, bulk(std::string(7 * mebibyte, 'x')), nulls + nulls}) {
        for (std::size_t at = 0; at < bytes.size(); at += 65536)
            parser.feed(std::string_view(bytes).substr(at, 65536));
        CHECK(parser.next());
    }
    CHECK_MESSAGE(parser.next(), "what was fed with the reply before counts as received");
    CHECK_FALSE(parser.is_broken());
}

TEST_CASE("a lying server makes the client take at most 32 MiB, and no more than four times what it has sent") {
    struct Row {
        std::string lie;
        std::string head;
        std::string body; ///< sent without end
        bool is_refused;  ///< before its end
    };
    const std::string deep = "*60000\r\n*60000\r\n*60000\r\n*60000\r\n*60000\r\n*60000\r\n*60000\r\n";
    for (const auto& [lie, head, body, is_refused] : std::vector<Row>{
             {"an array of 300,000,000", "*300000000\r\n", "", true},
             {"an array of 2^31 - 1", "*2147483647\r\n", "", true},
             {"an array of 2^31", "*2147483648\r\n", "", true},
             {"an array of 300,000 that does not come", "*300000\r\n", "", false},
             {"arrays of 60,000 in each other", deep, "", false},
             {"arrays of 60,000 in each other, full", deep, "*0\r\n", true},
             {"numbers", "*300000\r\n", ":1\r\n", true},
             {"the shortest replies there are", "*300000\r\n", "+\r\n", true},
             {"nulls", "*300000\r\n", "$-1\r\n", true},
             {"arrays of one", "*300000\r\n", "*1\r\n:1\r\n", true},
             {"arrays of 64 nulls", "*300000\r\n", "*64\r\n$-1\r\n$-1\r\n", true},
             {"texts", "*300000\r\n", bulk(std::string(40, 'x')), true},
             {"long texts", "*300000\r\n", bulk(std::string(4000, 'x')), true},
             {"a text of 2 GiB", "$2147483647\r\n", std::string(1000, 'x'), true},
             {"a text of a negative length", "$-5\r\n", std::string(1000, 'x'), true},
             {"a line without an end", "+", std::string(1000, 'x'), true},
             {"a number without an end", ":", std::string(1000, '1'), true},
             {"an array's number without an end", "*", std::string(1000, '1'), true},
             {"nesting without an end", "", "*1\r\n", true},
             {"replies to no request", "+OK\r\n", "+OK\r\n", true},
             {"another protocol", "HTTP/1.1 400 Bad Request\r\n", "x", true},
         }) {
        CAPTURE(lie);
        const auto flooded = flood(head, body, 100 * mebibyte);
        CHECK(flooded.was_refused == is_refused);
        CHECK(flooded.most_memory <= 32 * mebibyte);
        CHECK(flooded.most_of_the_received <= 4.0);
    }
}

TEST_SUITE_END();
