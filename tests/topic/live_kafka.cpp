#include "topic/live_kafka.hpp"

#include "topic/topic_bench.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <unistd.h>

namespace coupon {

std::string live_brokers() {
    const char* brokers = std::getenv("COUPON_BROKERS");
    REQUIRE_MESSAGE(brokers != nullptr, "COUPON_BROKERS is not set: eval \"$(scripts/sandbox env)\"");
    return brokers == nullptr ? "" : brokers;
}

std::string fresh_name() {
    static int count = 0;
    const auto now = std::chrono::system_clock::now().time_since_epoch() / Milliseconds(1);
    return "topic-test-" + std::to_string(now) + "-" + std::to_string(getpid()) + "-" + std::to_string(++count);
}

KafkaOptions fresh_options(const std::string& brokers) {
    KafkaOptions options;
    options.brokers = brokers;
    options.topic = fresh_name();
    options.group = fresh_name();
    return options;
}

KafkaOptions fresh_topic(int partitions) {
    auto options = fresh_options(live_brokers());
    auto admin = open_kafka_topic_admin(options);
    REQUIRE(admin);
    REQUIRE((*admin)->create(partitions, soon()));
    return options;
}

ForeignClient::ForeignClient(rd_kafka_type_t type, const std::string& brokers, const std::string& transactional_id) {
    KafkaConf conf(rd_kafka_conf_new());
    std::array<char, 256> text{};
    rd_kafka_conf_set(conf.get(), "bootstrap.servers", brokers.c_str(), text.data(), text.size());
    if (!transactional_id.empty()) rd_kafka_conf_set(conf.get(), "transactional.id", transactional_id.c_str(), text.data(), text.size());
    rd_kafka_conf_set_log_cb(conf.get(), [](const rd_kafka_t*, int, const char*, const char*) {});
    client_ = rd_kafka_new(type, conf.get(), text.data(), text.size());
    REQUIRE(client_ != nullptr);
    static_cast<void>(conf.release());
    if (!transactional_id.empty()) REQUIRE(KafkaError(rd_kafka_init_transactions(client_, 20'000)) == nullptr);
}

ForeignClient::~ForeignClient() {
    rd_kafka_destroy(client_);
}

void ForeignClient::put(const std::string& topic, std::int32_t partition, const RawRecord& raw) {
    auto* headers = rd_kafka_headers_new(raw.headers.size());
    for (const auto& header : raw.headers) {
        rd_kafka_header_add(headers, header.name.data(), static_cast<ssize_t>(header.name.size()),
                            header.value ? header.value->data() : nullptr, header.value ? static_cast<ssize_t>(header.value->size()) : 0);
    }
    const char* key = raw.key ? raw.key->data() : nullptr;
    const std::size_t key_size = raw.key ? raw.key->size() : 0;
    auto* value = raw.value ? const_cast<char*>(raw.value->data()) : nullptr;
    const std::size_t value_size = raw.value ? raw.value->size() : 0;
    const auto error = rd_kafka_producev(client_, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(partition),
                                         RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key, key_size),
                                         RD_KAFKA_V_VALUE(value, value_size), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
    REQUIRE(error == RD_KAFKA_RESP_ERR_NO_ERROR);
    REQUIRE(rd_kafka_flush(client_, 20'000) == RD_KAFKA_RESP_ERR_NO_ERROR);
}

void ForeignClient::put_in_transaction(const std::string& topic, std::int32_t partition, const RawRecord& raw) {
    REQUIRE(KafkaError(rd_kafka_begin_transaction(client_)) == nullptr);
    put(topic, partition, raw);
    REQUIRE(KafkaError(rd_kafka_commit_transaction(client_, 20'000)) == nullptr);
}

void ForeignClient::delete_topic(const std::string& topic) {
    auto* order = rd_kafka_DeleteTopic_new(topic.c_str());
    const KafkaQueue queue(rd_kafka_queue_new(client_));
    rd_kafka_DeleteTopics(client_, &order, 1, nullptr, queue.get());
    const KafkaEvent event(rd_kafka_queue_poll(queue.get(), 20'000));
    rd_kafka_DeleteTopic_destroy(order);
    REQUIRE(event != nullptr);
    REQUIRE(rd_kafka_event_error(event.get()) == RD_KAFKA_RESP_ERR_NO_ERROR);
}

std::int64_t milliseconds_of(const std::function<void()>& call) {
    const auto start = std::chrono::steady_clock::now();
    call();
    return (std::chrono::steady_clock::now() - start) / Milliseconds(1);
}

} // namespace coupon
