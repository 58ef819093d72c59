#include "gate/redis_reply.hpp"

#include <hiredis/hiredis.h>
#include <new>

namespace coupon {

namespace {

constexpr std::size_t longest_reply = 64UL * 1024 * 1024;

RedisReply copy_of(const redisReply& reply) {
    RedisReply copy;
    switch (reply.type) {
    case REDIS_REPLY_STRING: copy.kind = RedisReply::Kind::text; break;
    case REDIS_REPLY_STATUS: copy.kind = RedisReply::Kind::status; break;
    case REDIS_REPLY_ERROR: copy.kind = RedisReply::Kind::error; break;
    case REDIS_REPLY_INTEGER: copy.kind = RedisReply::Kind::integer; break;
    case REDIS_REPLY_ARRAY: copy.kind = RedisReply::Kind::array; break;
    default: return copy;
    }
    if (reply.str != nullptr) copy.text.assign(reply.str, reply.len);
    copy.integer = reply.integer;
    copy.elements.reserve(reply.elements);
    // hiredis refuses more than 8 nested arrays, so this ends.
    for (std::size_t i = 0; i < reply.elements; ++i)
        copy.elements.push_back(copy_of(*reply.element[i]));
    return copy;
}

} // namespace

void RedisReplyParser::Free::operator()(redisReader* reader) const {
    redisReaderFree(reader);
}

RedisReplyParser::RedisReplyParser() : reader_(redisReaderCreate()) {
    if (!reader_) throw std::bad_alloc();
}
RedisReplyParser::~RedisReplyParser() = default;
RedisReplyParser::RedisReplyParser(RedisReplyParser&&) noexcept = default;
RedisReplyParser& RedisReplyParser::operator=(RedisReplyParser&&) noexcept = default;

void RedisReplyParser::feed(std::string_view bytes) {
    unfinished_bytes_ += bytes.size();
    if (is_broken_ || unfinished_bytes_ > longest_reply || redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK)
        is_broken_ = true;
}

std::optional<RedisReply> RedisReplyParser::next() {
    if (is_broken_) return std::nullopt;
    void* raw = nullptr;
    // After an error the reader fails at every call; it is never asked again.
    if (redisReaderGetReply(reader_.get(), &raw) != REDIS_OK) {
        is_broken_ = true;
        return std::nullopt;
    }
    if (raw == nullptr) return std::nullopt;
    const std::unique_ptr<void, void (*)(void*)> reply(raw, freeReplyObject);
    unfinished_bytes_ = 0;
    return copy_of(*static_cast<const redisReply*>(raw));
}

} // namespace coupon
