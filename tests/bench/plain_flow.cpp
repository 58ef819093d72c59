// plain_flow BROKERS TOPIC REDIS_PORT MYSQL_DEFAULTS_FILE USERS LIMIT: the flow that gives coupons away without the suite's guarantees.
//
// At one bell 32 threads apply for USERS users: SADD of the user, INCR of the count, and for the first LIMIT a record that is produced
// without waiting. Meanwhile a consumer writes a row for each record, one INSERT with its own commit. TOPIC exists and is empty, and so is
// table plain_coupon. Prints the seconds from the bell until all are answered, and until every row is there.

#include <hiredis/hiredis.h>
#include <librdkafka/rdkafka.h>
#include <mysql.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Kafka = std::unique_ptr<rd_kafka_t, decltype(&rd_kafka_destroy)>;
using Redis = std::unique_ptr<redisContext, decltype(&redisFree)>;

constexpr int threads = 32;
constexpr int patience_ms = 60'000;

struct Flow {
    std::string brokers, topic;
    int redis_port;
    std::string defaults_file;
    long users, limit;
};

[[noreturn]] void fail(const std::string& what) {
    std::fprintf(stderr, "plain_flow: %s\n", what.c_str());
    std::_Exit(1);
}

Kafka kafka(rd_kafka_type_t type, const std::vector<std::pair<const char*, std::string>>& properties) {
    std::array<char, 512> why{};
    auto* conf = rd_kafka_conf_new();
    for (const auto& [name, value] : properties)
        if (rd_kafka_conf_set(conf, name, value.c_str(), why.data(), why.size()) != RD_KAFKA_CONF_OK) fail(why.data());
    auto* client = rd_kafka_new(type, conf, why.data(), why.size());
    if (client == nullptr) fail(why.data());
    return {client, &rd_kafka_destroy};
}

Redis redis(const Flow& flow) {
    Redis connection(redisConnect("127.0.0.1", flow.redis_port), &redisFree);
    if (connection == nullptr || connection->err != 0) fail("redis does not answer");
    return connection;
}

long number(redisContext* redis, const char* format, const std::string& key, long value) {
    const std::unique_ptr<void, decltype(&freeReplyObject)> reply(redisCommand(redis, format, key.c_str(), value), &freeReplyObject);
    const auto* answer = static_cast<redisReply*>(reply.get());
    if (answer == nullptr || answer->type != REDIS_REPLY_INTEGER) fail("redis did not answer with a number");
    return static_cast<long>(answer->integer);
}

/// Applies for one user after the other until all have applied.
void apply(const Flow& flow, redisContext* redis, rd_kafka_t* producer, std::atomic<long>& next) {
    const auto users = "plain:" + flow.topic + ":users";
    const auto count = "plain:" + flow.topic + ":count";
    for (long user = ++next; user <= flow.users; user = ++next) {
        if (number(redis, "SADD %s %ld", users, user) == 0) continue;
        if (number(redis, "INCRBY %s %ld", count, 1) > flow.limit) continue;
        auto value = std::to_string(user);
        if (rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(flow.topic.c_str()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                              RD_KAFKA_V_VALUE(value.data(), value.size()), RD_KAFKA_V_END) != RD_KAFKA_RESP_ERR_NO_ERROR)
            fail("a record was not produced");
    }
}

/// A consumer that stands at the beginning of every partition.
Kafka consumer(const Flow& flow) {
    auto client =
        kafka(RD_KAFKA_CONSUMER, {{"bootstrap.servers", flow.brokers}, {"group.id", flow.topic}, {"auto.offset.reset", "earliest"}});
    auto* topic = rd_kafka_topic_new(client.get(), flow.topic.c_str(), nullptr);
    const struct rd_kafka_metadata* metadata = nullptr;
    if (rd_kafka_metadata(client.get(), 0, topic, &metadata, patience_ms) != RD_KAFKA_RESP_ERR_NO_ERROR) fail("kafka does not answer");
    auto* partitions = rd_kafka_topic_partition_list_new(metadata->topics[0].partition_cnt);
    for (int i = 0; i < metadata->topics[0].partition_cnt; ++i)
        rd_kafka_topic_partition_list_add(partitions, flow.topic.c_str(), i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(topic);
    rd_kafka_poll_set_consumer(client.get());
    if (rd_kafka_assign(client.get(), partitions) != RD_KAFKA_RESP_ERR_NO_ERROR) fail("the partitions cannot be read");
    rd_kafka_topic_partition_list_destroy(partitions);
    return client;
}

/// Writes a row for each of `rows` records.
void write_rows(rd_kafka_t* records, MYSQL* mysql, long rows) {
    for (long written = 0; written < rows;) {
        auto* record = rd_kafka_consumer_poll(records, patience_ms);
        if (record == nullptr) fail("records are missing");
        if (record->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            const auto statement =
                "INSERT INTO plain_coupon (user_id) VALUES (" + std::string(static_cast<const char*>(record->payload), record->len) + ")";
            if (mysql_real_query(mysql, statement.data(), statement.size()) != 0) fail(mysql_error(mysql));
            ++written;
        }
        rd_kafka_message_destroy(record);
    }
}

double seconds_since(Clock::time_point bell) {
    return std::chrono::duration<double>(Clock::now() - bell).count();
}

void run(const Flow& flow) {
    // The suite's topics take no larger batches.
    const auto producer = kafka(
        RD_KAFKA_PRODUCER, {{"bootstrap.servers", flow.brokers}, {"batch.size", "49152"}, {"queue.buffering.max.messages", "1000000"}});
    const auto records = consumer(flow);
    const std::unique_ptr<MYSQL, decltype(&mysql_close)> mysql(mysql_init(nullptr), &mysql_close);
    mysql_options(mysql.get(), MYSQL_READ_DEFAULT_FILE, flow.defaults_file.c_str());
    if (mysql_real_connect(mysql.get(), nullptr, nullptr, nullptr, "coupon", 0, nullptr, 0) == nullptr) fail(mysql_error(mysql.get()));
    std::vector<Redis> connections;
    while (connections.size() < threads)
        connections.push_back(redis(flow));

    std::atomic<long> next{0};
    std::vector<std::thread> crowd;
    const auto bell = Clock::now();
    std::thread writer(write_rows, records.get(), mysql.get(), std::min(flow.users, flow.limit));
    for (const auto& connection : connections)
        crowd.emplace_back(apply, std::cref(flow), connection.get(), producer.get(), std::ref(next));
    for (auto& thread : crowd)
        thread.join();
    const double answered = seconds_since(bell);
    rd_kafka_flush(producer.get(), patience_ms);
    writer.join();
    std::printf("%.3f %.3f\n", answered, seconds_since(bell));
    rd_kafka_consumer_close(records.get());
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 7) return 2;
    run({argv[1], argv[2], std::atoi(argv[3]), argv[4], std::atol(argv[5]), std::atol(argv[6])});
    return 0;
}
