// What the programs do for each application, record or user, without any server: build/tests/micro_benchmarks.

#include "audit/finished_event.hpp"
#include "audit/reconcile.hpp"
#include "core/issue_record.hpp"
#include "gate/redis/application_replies.hpp"
#include "gate/redis/redis_command.hpp"
#include "gate/redis/redis_reply.hpp"
#include "history/history.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <string>

namespace {

using namespace coupon;

constexpr std::int64_t some_user = 9'007'199'254'740;
const Grant some_grant{Round(3), Epoch(2), Slot(4711), UserId(some_user), Instant{Milliseconds(1'790'000'000'000)}};

void claim_request(benchmark::State& state) {
    const std::array<std::string_view, 10> command{"EVALSHA",
                                                   "0123456789012345678901234567890123456789",
                                                   "2",
                                                   "coupon:{coupon}",
                                                   "coupon:{coupon}:outbox",
                                                   "0",
                                                   "3",
                                                   "be45cb2605bf36be",
                                                   "u:9007199254740",
                                                   "0123456789abcdef0123456789abcdef"};
    std::string out;
    for (auto _ : state) {
        out.clear();
        append_command(out, command);
        benchmark::DoNotOptimize(out.data());
    }
}
BENCHMARK(claim_request);

/// Replies as they come off the wire, 16 at a time.
void parse(benchmark::State& state, const std::string& one, const auto& read) {
    constexpr int at_once = 16;
    std::string bytes;
    for (int i = 0; i < at_once; ++i)
        bytes += one;
    RedisReplyParser parser;
    for (auto _ : state) {
        parser.feed(bytes);
        while (const auto reply = parser.next())
            benchmark::DoNotOptimize(read(*reply));
    }
    state.SetItemsProcessed(state.iterations() * at_once);
}

void granted_reply(benchmark::State& state) {
    const Application application{UserId(some_user), "0123456789abcdef0123456789abcdef", Round(3)};
    parse(state, "*1\r\n$36\r\ngranted 4711 2 pending 1790000000000\r\n", [&](const RedisReply& reply) {
        return static_cast<bool>(read_claim_reply(reply, {0, 1}, application));
    });
}
BENCHMARK(granted_reply);

void sold_out_reply(benchmark::State& state) {
    const Application application{UserId(some_user), "0123456789abcdef0123456789abcdef", Round(3)};
    parse(state, "*5\r\n$1\r\n3\r\n$3\r\n100\r\n$3\r\n100\r\n$0\r\n\r\n$-1\r\n",
          [&](const RedisReply& reply) { return what_read_says(reply, application, {}); });
}
BENCHMARK(sold_out_reply);

void record_encoding(benchmark::State& state) {
    for (auto _ : state)
        benchmark::DoNotOptimize(encode({"coupon", some_grant}));
}
BENCHMARK(record_encoding);

void record_decoding(benchmark::State& state) {
    const auto raw = encode({"coupon", some_grant});
    for (auto _ : state)
        benchmark::DoNotOptimize(decode(raw));
}
BENCHMARK(record_decoding);

void record_verifying(benchmark::State& state) {
    const auto key = *RoundKey::parse("00112233445566778899aabbccddeeff");
    const auto raw = encode(record_of("coupon", some_grant, key));
    for (auto _ : state)
        benchmark::DoNotOptimize(is_signed(std::get<IssueRecord>(decode(raw)), key));
}
BENCHMARK(record_verifying);

void history_writing(benchmark::State& state) {
    const Told told{UserId(some_user), Answer::granted, Slot(4711), Level::published, {}};
    for (auto _ : state) {
        benchmark::DoNotOptimize(history_invoke_line(4711, 38'161'434'956'660, UserId(some_user)));
        benchmark::DoNotOptimize(history_answer_line(4711, 38'161'439'956'660, told));
    }
}
BENCHMARK(history_writing);

void history_reading(benchmark::State& state) {
    constexpr std::int64_t applications = 1000;
    std::string text = history_head_line({"boot", 1, "coupon", Round(3), 1, Instant{}, 0});
    for (std::int64_t id = 1; id <= applications; ++id)
        text += history_invoke_line(id, 1000 * id, UserId(id)) +
                history_answer_line(id, 1000 * id + 500, {UserId(id), Answer::sold_out, {}, {}, {}});
    text += history_closing_line({{applications, applications}, Instant{}, Instant{}, hex(sha256(text))});
    for (auto _ : state) {
        HistoryParser parser("history.jsonl");
        parser.feed(text);
        benchmark::DoNotOptimize(parser.finish());
    }
    state.SetItemsProcessed(state.iterations() * applications);
}
BENCHMARK(history_reading);

/// An exact event with ten users for each coupon.
void reconciling(benchmark::State& state) {
    const FinishedEvent event(state.range(0), 10 * state.range(0));
    for (auto _ : state)
        benchmark::DoNotOptimize(reconcile(event.input));
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(reconciling)->Arg(1000)->Arg(100'000);

} // namespace

BENCHMARK_MAIN();
