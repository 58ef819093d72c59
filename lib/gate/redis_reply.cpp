#include "gate/redis_reply.hpp"

#include <hiredis/hiredis.h>
#include <new>

namespace coupon {

namespace {

constexpr std::size_t longest_reply = 64UL * 1024 * 1024;

// hiredis calls these as it reads, so that a reply is built once and where it stays.

#if HIREDIS_MAJOR >= 1
using ElementCount = std::size_t;
#else
using ElementCount = int;
#endif

/// Where the reply that is being read goes: its place among its parent's elements, or, of a whole reply, memory of its own.
RedisReply* place_of(const redisReadTask* task) {
    if (task->parent == nullptr) return new RedisReply;
    return &static_cast<RedisReply*>(task->parent->obj)->elements[static_cast<std::size_t>(task->idx)];
}

void* create_text(const redisReadTask* task, char* text, std::size_t length) {
    auto* reply = place_of(task);
    reply->kind = task->type == REDIS_REPLY_ERROR    ? RedisReply::Kind::error
                  : task->type == REDIS_REPLY_STATUS ? RedisReply::Kind::status
                                                     : RedisReply::Kind::text;
    reply->text.assign(text, length);
    return reply;
}

void* create_array(const redisReadTask* task, ElementCount elements) {
    auto* reply = place_of(task);
    reply->kind = RedisReply::Kind::array;
    reply->elements.resize(static_cast<std::size_t>(elements));
    return reply;
}

void* create_integer(const redisReadTask* task, long long value) {
    auto* reply = place_of(task);
    reply->kind = RedisReply::Kind::integer;
    reply->integer = value;
    return reply;
}

void* create_nil(const redisReadTask* task) {
    return place_of(task);
}

/// Called with whole replies only.
void free_reply(void* reply) {
    delete static_cast<RedisReply*>(reply);
}

redisReplyObjectFunctions* functions() {
    static redisReplyObjectFunctions all = [] {
        redisReplyObjectFunctions ours{};
        ours.createString = create_text;
        ours.createArray = create_array;
        ours.createInteger = create_integer;
        ours.createNil = create_nil;
        ours.freeObject = free_reply;
        return ours;
    }();
    return &all;
}

} // namespace

void RedisReplyParser::Free::operator()(redisReader* reader) const {
    redisReaderFree(reader);
}

RedisReplyParser::RedisReplyParser() : reader_(redisReaderCreateWithFunctions(functions())) {
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
    const std::unique_ptr<RedisReply> reply(static_cast<RedisReply*>(raw));
    unfinished_bytes_ = 0;
    return std::move(*reply);
}

} // namespace coupon
