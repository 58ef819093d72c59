#include "topic/kafka_record.hpp"

namespace coupon {

namespace {

void assign(std::optional<std::string>& bytes, const void* data, std::size_t size) {
    if (data == nullptr) {
        bytes.reset();
        return;
    }
    if (!bytes) bytes.emplace();
    bytes->assign(static_cast<const char*>(data), size);
}

} // namespace

SourceRecord record_of(const rd_kafka_message_t& message) {
    SourceRecord record;
    read_into(record, message);
    return record;
}

void read_into(SourceRecord& record, const rd_kafka_message_t& message) {
    record.at = {message.partition, message.offset};
    assign(record.raw.key, message.key, message.key_len);
    assign(record.raw.value, message.payload, message.len);
    std::size_t count = 0;
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        record.raw.headers.resize(rd_kafka_header_cnt(headers));
        for (auto& header : record.raw.headers) {
            const char* name = nullptr;
            const void* value = nullptr;
            std::size_t size = 0;
            if (rd_kafka_header_get_all(headers, count, &name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR) break;
            header.name = name;
            assign(header.value, value, size);
            ++count;
        }
    }
    record.raw.headers.resize(count);
}

} // namespace coupon
