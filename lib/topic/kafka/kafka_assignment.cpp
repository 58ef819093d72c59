#include "topic/kafka/kafka_assignment.hpp"

#include <cstddef>

namespace coupon {

namespace {

constexpr unsigned bits_of_a_byte = 8;

/// Takes numbers and texts from the front of bytes of a stranger; nothing once they end too early.
class Bytes {
public:
    explicit Bytes(std::string_view rest) : rest_(rest) {}

    std::optional<std::int32_t> take_number(std::size_t size) {
        if (rest_.size() < size) return std::nullopt;
        std::uint32_t number = 0;
        for (const char c : rest_.substr(0, size))
            number = number << bits_of_a_byte | static_cast<unsigned char>(c);
        rest_.remove_prefix(size);
        return static_cast<std::int32_t>(number);
    }

    std::optional<std::string_view> take_text() {
        const auto size = take_number(sizeof(std::int16_t));
        if (!size || static_cast<std::size_t>(*size) > rest_.size()) return std::nullopt;
        const auto text = rest_.substr(0, static_cast<std::size_t>(*size));
        rest_.remove_prefix(text.size());
        return text;
    }

private:
    std::string_view rest_;
};

/// Whether the partitions of one topic could be read; they are added to `partitions` where they are wanted.
bool take_topic(Bytes& bytes, std::string_view wanted, std::set<std::int32_t>& partitions) {
    const auto name = bytes.take_text();
    const auto count = name ? bytes.take_number(sizeof(std::int32_t)) : std::nullopt;
    if (!count) return false;
    for (std::int32_t i = 0; i < *count; ++i) {
        const auto partition = bytes.take_number(sizeof(std::int32_t));
        if (!partition) return false;
        if (*name == wanted) partitions.insert(*partition);
    }
    return true;
}

} // namespace

std::optional<std::set<std::int32_t>> assigned_partitions(std::string_view assignment, std::string_view topic) {
    std::set<std::int32_t> partitions;
    // A member that was assigned nothing yet.
    if (assignment.empty()) return partitions;
    Bytes bytes(assignment);
    const auto version = bytes.take_number(sizeof(std::int16_t));
    const auto topics = version ? bytes.take_number(sizeof(std::int32_t)) : std::nullopt;
    if (!topics) return std::nullopt;
    for (std::int32_t i = 0; i < *topics; ++i) {
        if (!take_topic(bytes, topic, partitions)) return std::nullopt;
    }
    return partitions;
}

} // namespace coupon
