#include "topic/kafka/kafka_record.hpp"

namespace coupon {

namespace {

std::optional<std::string_view> part(const void* data, std::size_t size) {
    if (data == nullptr) return std::nullopt;
    return std::string_view(static_cast<const char*>(data), size);
}

void assign(std::optional<std::string>& bytes, const void* data, std::size_t size) {
    if (data == nullptr) {
        bytes.reset();
        return;
    }
    if (!bytes) bytes.emplace();
    bytes->assign(static_cast<const char*>(data), size);
}

/// The headers of a message, which keeps their bytes.
class Headers {
public:
    explicit Headers(const rd_kafka_message_t& message) {
        if (rd_kafka_message_headers(&message, &headers_) == RD_KAFKA_RESP_ERR_NO_ERROR) size_ = rd_kafka_header_cnt(headers_);
    }
    [[nodiscard]] std::size_t size() const { return size_; }
    /// Hands each name and value to `take`, in their order.
    template <class Take>
    void for_each(const Take& take) const {
        for (std::size_t i = 0; i < size_; ++i) {
            const char* name = nullptr;
            const void* value = nullptr;
            std::size_t size = 0;
            if (rd_kafka_header_get_all(headers_, i, &name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
            take(i, std::string_view(name), value, size);
        }
    }

private:
    rd_kafka_headers_t* headers_ = nullptr;
    std::size_t size_ = 0;
};

/// Whether the record packed has more bytes than are kept, without a copy of any of them.
bool is_too_large(const rd_kafka_message_t& message, const Headers& headers) {
    std::size_t bytes = message.key_len + message.len;
    headers.for_each([&](std::size_t, std::string_view name, const void*, std::size_t size) { bytes += name.size() + size; });
    constexpr std::size_t most_around_a_part = 22; // 20 digits, colon and comma
    if (bytes + most_around_a_part * (2 + 2 * headers.size()) <= longest_kept) return false;
    auto packed = packed_size(part(message.key, message.key_len)) + packed_size(part(message.payload, message.len));
    headers.for_each([&](std::size_t, std::string_view name, const void* value, std::size_t size) {
        packed += packed_size(name) + packed_size(part(value, size));
    });
    return packed > longest_kept;
}

/// A record of any size, of which only the beginning is ever copied.
KeptRecord cut_of(const rd_kafka_message_t& message, const Headers& headers) {
    RecordPacker packer;
    packer.add(part(message.key, message.key_len));
    packer.add(part(message.payload, message.len));
    headers.for_each([&](std::size_t, std::string_view name, const void* value, std::size_t size) {
        packer.add(name);
        packer.add(part(value, size));
    });
    return packer.kept();
}

} // namespace

SourceRecord record_of(const rd_kafka_message_t& message) {
    SourceRecord record;
    read_into(record, message);
    return record;
}

void read_into(SourceRecord& record, const rd_kafka_message_t& message) {
    record.at = {message.partition, message.offset};
    record.written_at = Instant(Milliseconds(rd_kafka_message_timestamp(&message, nullptr)));
    const Headers headers(message);
    if (is_too_large(message, headers)) {
        record.raw = {};
        record.raw.cut = cut_of(message, headers);
        return;
    }
    record.raw.cut.reset();
    assign(record.raw.key, message.key, message.key_len);
    assign(record.raw.value, message.payload, message.len);
    record.raw.headers.resize(headers.size());
    std::size_t count = 0;
    headers.for_each([&](std::size_t i, std::string_view name, const void* value, std::size_t size) {
        record.raw.headers[i].name = name;
        assign(record.raw.headers[i].value, value, size);
        count = i + 1;
    });
    record.raw.headers.resize(count);
}

} // namespace coupon
