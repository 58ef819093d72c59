#include "topic/kafka_record.hpp"

namespace coupon {

namespace {

std::optional<std::string> bytes_of(const void* data, std::size_t size) {
    if (data == nullptr) return std::nullopt;
    return std::string(static_cast<const char*>(data), size);
}

} // namespace

SourceRecord record_of(const rd_kafka_message_t& message) {
    SourceRecord record{{message.partition, message.offset},
                        {bytes_of(message.key, message.key_len), bytes_of(message.payload, message.len), {}}};
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return record;
    const auto count = rd_kafka_header_cnt(headers);
    record.raw.headers.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        const char* name = nullptr;
        const void* value = nullptr;
        std::size_t size = 0;
        if (rd_kafka_header_get_all(headers, i, &name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR) break;
        record.raw.headers.push_back({name, bytes_of(value, size)});
    }
    return record;
}

} // namespace coupon
