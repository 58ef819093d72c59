// bare_producer BROKERS TOPIC RECORDS: what librdkafka does without the suite. Records with the key, value and headers of the suite's own,
// acks=all, idempotent. Prints the acknowledged records per second.

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <librdkafka/rdkafka.h>
#include <string>

namespace {

long delivered = 0;

void on_report(rd_kafka_t* /*client*/, const rd_kafka_message_t* message, void* /*opaque*/) {
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) ++delivered;
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    const long records = std::strtol(argv[3], nullptr, 10);
    std::array<char, 512> why{};
    auto* conf = rd_kafka_conf_new();
    const std::array<std::array<const char*, 2>, 6> properties{{{"bootstrap.servers", argv[1]},
                                                                {"enable.idempotence", "true"},
                                                                {"acks", "all"},
                                                                {"linger.ms", "5"},
                                                                {"batch.size", "49152"},
                                                                {"queue.buffering.max.messages", "1000000"}}};
    for (const auto& [name, value] : properties)
        rd_kafka_conf_set(conf, name, value, why.data(), why.size());
    rd_kafka_conf_set_dr_msg_cb(conf, on_report);
    auto* client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why.data(), why.size());
    if (client == nullptr) return 1;
    const auto start = std::chrono::steady_clock::now();
    for (long i = 0; i < records; ++i) {
        const auto key = std::to_string(i);
        const auto slot = std::to_string(i + 1);
        std::array<char, 8> value{};
        for (unsigned byte = 0; byte < 8; ++byte)
            value[7 - byte] = static_cast<char>(static_cast<unsigned long>(i) >> (8 * byte));
        while (rd_kafka_producev(client, RD_KAFKA_V_TOPIC(argv[2]), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                 RD_KAFKA_V_KEY(key.data(), key.size()), RD_KAFKA_V_VALUE(value.data(), value.size()),
                                 RD_KAFKA_V_HEADER("event", "bench", -1), RD_KAFKA_V_HEADER("round", "1", -1),
                                 RD_KAFKA_V_HEADER("epoch", "1", -1), RD_KAFKA_V_HEADER("slot", slot.c_str(), -1),
                                 RD_KAFKA_V_HEADER("granted_at", "1700000000000", -1), RD_KAFKA_V_HEADER("v", "1", -1),
                                 RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR__QUEUE_FULL)
            rd_kafka_poll(client, 10);
        rd_kafka_poll(client, 0);
    }
    rd_kafka_flush(client, 60'000);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    rd_kafka_destroy(client);
    if (delivered != records) return 1;
    std::printf("%.1f per second\n", static_cast<double>(records) / seconds);
    return 0;
}
