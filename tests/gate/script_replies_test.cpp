#include "gate/redis/script_replies.hpp"

#include "core/issue_record.hpp"
#include "gate/redis/application_replies.hpp"
#include "gate/redis/gate_layout.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

TEST_SUITE_BEGIN("gate/script_replies");

using namespace coupon;

namespace {

const Application application{UserId(7), "a1", Round(1)};

/// Numbers that a client cannot compute with, and texts that are none.
const std::vector<std::string> hostile_numbers{
    "-1", "1000000000000001", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "99999999999999999999999", "1e9", " 1",
    "0x1"};

std::string array_of(const std::vector<std::string>& texts) {
    std::string bytes = "*" + std::to_string(texts.size()) + "\r\n";
    for (const auto& text : texts)
        bytes += "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
    return bytes;
}

RedisReply reply_of(const std::string& bytes) {
    RedisReplyParser parser;
    parser.feed(bytes);
    auto reply = parser.next();
    REQUIRE(reply);
    return std::move(*reply);
}

/// The same reply with one of its texts changed.
template <class Take>
void with_each(const std::vector<std::string>& good, const std::vector<std::size_t>& numbers, const Take& take) {
    for (const auto index : numbers) {
        for (const auto& hostile : hostile_numbers) {
            CAPTURE(index);
            CAPTURE(hostile);
            auto changed = good;
            changed[index] = hostile;
            take(reply_of(array_of(changed)));
        }
    }
}

} // namespace

TEST_CASE("a grant with a number that cannot be is unknown, and a right one can be put on the topic") {
    const auto read = [](const std::string& answer) { return read_claim_reply(reply_of(array_of({answer})), {0, 1}, application); };
    const auto granted = read("granted 1 2 pending 1700000000000");
    REQUIRE(granted);
    CHECK(encode({"promo", granted->grant, {}}).key == "7");
    for (const auto& hostile : hostile_numbers) {
        CAPTURE(hostile);
        for (const auto& answer : {"granted " + hostile + " 2 pending 1700000000000", "granted 1 " + hostile + " pending 1700000000000",
                                   "granted 1 2 pending " + hostile}) {
            CAPTURE(answer);
            const auto unknown = read(answer);
            REQUIRE_FALSE(unknown);
            CHECK(unknown.fault().kind == FaultKind::unknown);
        }
    }
    for (const std::string slot : {"0", "10000001"})
        CHECK_FALSE(read("granted " + slot + " 2 pending 1700000000000"));
    CHECK_FALSE(read("granted 1 2 pending 253402300800000"));
    CHECK_FALSE(read("granted 1 2 pending "));
    CHECK(read("duplicate 1 2 confirmed"));
}

TEST_CASE("a ticket of arming with a number that cannot be is unknown") {
    const std::vector<std::string> good{"ticket", "1", "2", "run", "replid", "0", "", "0", "3"};
    REQUIRE(read_ticket(reply_of(array_of(good))));
    with_each(good, {1, 2, 8}, [](const RedisReply& reply) { CHECK_FALSE(read_ticket(reply)); });
}

TEST_CASE("sizes and fields of a summary that cannot be are unknown, or named as defects") {
    std::vector<std::string> good{"summary", "run", "replid", "0", "1700000000000", "22", "1"};
    for (const auto field : fixed_fields) {
        const bool is_number = field == "round" || field == "epoch" || field == "limit" || field == "granted" || field == "published";
        good.emplace_back(is_number ? "1" : field == "state" ? "open" : "");
    }
    const auto right = read_summary(reply_of(array_of(good)));
    REQUIRE(right);
    CHECK(right->fields.epoch == Epoch(1));
    with_each(good, {5, 6}, [](const RedisReply& reply) { CHECK_FALSE(read_summary(reply)); });
    constexpr std::size_t first_field = 7;
    for (const std::string_view name : {"round", "epoch", "limit", "granted", "published", "free", "arming"}) {
        const auto index = static_cast<std::size_t>(std::find(fixed_fields.begin(), fixed_fields.end(), name) - fixed_fields.begin());
        with_each(good, {first_field + index}, [&](const RedisReply& reply) {
            const auto read = read_summary(reply);
            REQUIRE(read);
            const auto& defects = read->defects;
            const auto names_it = [&](const std::string& defect) { return defect.find("the field " + std::string(name)) == 0; };
            CHECK(std::any_of(defects.begin(), defects.end(), names_it));
            CHECK(read->fields.epoch.next().value() > 0);
        });
    }
}

TEST_CASE("sizes of a look that cannot be leave the answer to the script") {
    const std::string fields = array_of({"1", "2", "100", "100", "100", ""});
    for (const std::string size : {"-9223372036854775808", "9223372036854775807", "-1"}) {
        CAPTURE(size);
        const auto bytes = "*3\r\n:" + size + "\r\n:" + size + "\r\n" + fields;
        CHECK(what_look_says(reply_of(bytes), application, "") == PlainRead::something_else);
    }
}

TEST_CASE("an outbox entry that cannot become a record is none") {
    CHECK(parse_pending_claim("u:7", "1:1700000000000:2"));
    for (const char* entry : {"1:-5:2", "1:-9223372036854775808:2", "1:253402300800000:2", "1:9223372036854775807:2", "1::2", "0:5:2",
                              "10000001:5:2", "-1:5:2", "1:5:-1", "1:5:9223372036854775807", "1:5", "1:5:2:9", ""}) {
        CAPTURE(entry);
        CHECK_FALSE(parse_pending_claim("u:7", entry));
    }
    CHECK_FALSE(parse_pending_claim("u:-7", "1:5:2"));
    CHECK_FALSE(parse_pending_claim("u:9223372036854775808", "1:5:2"));
}

TEST_SUITE_END();
