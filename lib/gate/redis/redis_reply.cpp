#include "gate/redis/redis_reply.hpp"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <new>

namespace coupon {

namespace {

/// Elements of an array that are allocated at once.
constexpr std::size_t piece_size = 64;

} // namespace

RedisReplies::RedisReplies() = default;
RedisReplies::~RedisReplies() = default;
RedisReplies::RedisReplies(RedisReplies&&) noexcept = default;
RedisReplies& RedisReplies::operator=(RedisReplies&&) noexcept = default;

std::size_t RedisReplies::size() const {
    return pieces_ ? (pieces_->size() - 1) * piece_size + pieces_->back().size() : 0;
}

const RedisReply& RedisReplies::operator[](std::size_t index) const {
    return (*pieces_)[index / piece_size][index % piece_size];
}

RedisReply& RedisReplies::add(std::size_t announced) {
    if (!pieces_) pieces_ = std::make_unique<Pieces>();
    if (pieces_->empty() || pieces_->back().size() == piece_size) {
        const auto before = pieces_->size() * piece_size;
        pieces_->emplace_back().reserve(std::min(announced - before, piece_size));
    }
    return pieces_->back().emplace_back();
}

namespace {

constexpr std::size_t mebibyte = 1024UL * 1024;

/// Of one text, and of what was not parsed yet. hiredis's buffer may have a MiB more than it holds.
constexpr std::size_t longest_text = 8 * mebibyte;
/// Of the reply that is being built, in addition to the buffer.
constexpr std::size_t largest_reply = 20 * mebibyte;
/// For replies too short to pay for their own objects.
constexpr std::size_t allowance = mebibyte / 4;

/// A std::string keeps shorter ones within itself.
constexpr std::size_t longest_inner_text = 15;
/// What malloc adds, at the most.
constexpr std::size_t overhead = 32;

} // namespace

/// What the reply that is being read has taken, and what it may take.
struct RedisReplyParser::Budget {
    std::size_t fed = 0;   ///< bytes since the connection was made
    std::size_t begin = 0; ///< of the reply, in the same count
    std::size_t spent = 0;

    bool spend(std::size_t bytes) {
        spent += bytes;
        return spent <= std::min(largest_reply, 4 * (fed - begin) + allowance);
    }

    // hiredis calls these as it reads, so that a reply is built once and where it stays. Null ends the reading for good.

    /// Where the reply that is being read goes: its place among its parent's elements, or, of a whole reply, memory of its own. Null when
    /// that, and a text of this length, are more than the server has paid for.
    static RedisReply* place(const redisReadTask* task, RedisReply::Kind kind, std::size_t text_length = 0) {
        auto& budget = *static_cast<Budget*>(task->privdata);
        if (!budget.spend(sizeof(RedisReply) + (text_length > longest_inner_text ? text_length + overhead : 0))) return nullptr;
        auto* reply = task->parent == nullptr
                          ? new RedisReply
                          : &static_cast<RedisReply*>(task->parent->obj)->elements.add(static_cast<std::size_t>(task->parent->elements));
        reply->kind = kind;
        return reply;
    }

    static void* create_text(const redisReadTask* task, char* text, std::size_t length) {
        const auto kind = task->type == REDIS_REPLY_ERROR    ? RedisReply::Kind::error
                          : task->type == REDIS_REPLY_STATUS ? RedisReply::Kind::status
                                                             : RedisReply::Kind::text;
        auto* reply = place(task, kind, length);
        if (reply != nullptr) reply->text.assign(text, length);
        return reply;
    }

#if HIREDIS_MAJOR >= 1
    using ElementCount = std::size_t;
#else
    using ElementCount = int;
#endif

    static void* create_array(const redisReadTask* task, ElementCount elements) {
        // An array that is sure to come to more than a reply may take is not begun.
        if (static_cast<std::size_t>(elements) > largest_reply / sizeof(RedisReply)) return nullptr;
        // The list of its pieces, and the first of them.
        if (elements > 0 && !static_cast<Budget*>(task->privdata)->spend(3 * overhead)) return nullptr;
        return place(task, RedisReply::Kind::array);
    }

    static void* create_integer(const redisReadTask* task, long long value) {
        auto* reply = place(task, RedisReply::Kind::integer);
        if (reply != nullptr) reply->integer = value;
        return reply;
    }

    static void* create_nil(const redisReadTask* task) {
        return place(task, RedisReply::Kind::nil);
    }

    /// Called with whole replies, and with the beginning of one that was broken off.
    static void free_reply(void* reply) {
        delete static_cast<RedisReply*>(reply);
    }

    static redisReplyObjectFunctions* functions() {
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
};

void RedisReplyParser::Free::operator()(redisReader* reader) const {
    redisReaderFree(reader);
}

RedisReplyParser::RedisReplyParser() : budget_(std::make_unique<Budget>()), reader_(redisReaderCreateWithFunctions(Budget::functions())) {
    if (!reader_) throw std::bad_alloc();
    reader_->privdata = budget_.get();
}
RedisReplyParser::~RedisReplyParser() = default;
RedisReplyParser::RedisReplyParser(RedisReplyParser&&) noexcept = default;
RedisReplyParser& RedisReplyParser::operator=(RedisReplyParser&&) noexcept = default;

std::size_t RedisReplyParser::unread() const {
    return reader_->len - reader_->pos;
}

void RedisReplyParser::feed(std::string_view bytes) {
    if (is_broken_) return;
    budget_->fed += bytes.size();
    is_broken_ = unread() + bytes.size() > longest_text || redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK;
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
    budget_->begin = budget_->fed - unread();
    budget_->spent = 0;
    return std::move(*reply);
}

} // namespace coupon
