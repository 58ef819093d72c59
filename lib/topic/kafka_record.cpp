#include "topic/kafka_record.hpp"

namespace coupon {

namespace {

std::optional<std::string_view> part(const void* data, std::size_t size) {
    if (data == nullptr) return std::nullopt;
    return std::string_view(static_cast<const char*>(data), size);
}

void assign(std::optional<std::string>& bytes, const std::optional<std::string_view>& part) {
    if (!part) {
        bytes.reset();
        return;
    }
    if (!bytes) bytes.emplace();
    bytes->assign(*part);
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
            take(i, std::string_view(name), part(value, size));
        }
    }

private:
    rd_kafka_headers_t* headers_ = nullptr;
    std::size_t size_ = 0;
};

/// Bytes of the record packed, without a copy of any of them.
std::size_t size_of(const rd_kafka_message_t& message, const Headers& headers) {
    auto size = packed_size(part(message.key, message.key_len)) + packed_size(part(message.payload, message.len));
    headers.for_each([&](std::size_t, std::string_view name, const auto& value) { size += packed_size(name) + packed_size(value); });
    return size;
}

/// A record of any size, of which only the beginning is ever copied.
KeptRecord cut_of(const rd_kafka_message_t& message, const Headers& headers) {
    RecordPacker packer;
    packer.add(part(message.key, message.key_len));
    packer.add(part(message.payload, message.len));
    headers.for_each([&](std::size_t, std::string_view name, const auto& value) {
        packer.add(name);
        packer.add(value);
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
    if (size_of(message, headers) > longest_kept) {
        record.raw = {};
        record.raw.cut = cut_of(message, headers);
        return;
    }
    record.raw.cut.reset();
    assign(record.raw.key, part(message.key, message.key_len));
    assign(record.raw.value, part(message.payload, message.len));
    record.raw.headers.resize(headers.size());
    std::size_t count = 0;
    headers.for_each([&](std::size_t i, std::string_view name, const auto& value) {
        record.raw.headers[i].name = name;
        assign(record.raw.headers[i].value, value);
        count = i + 1;
    });
    record.raw.headers.resize(count);
}

} // namespace coupon
