#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct redisReader;

namespace coupon {

/// One reply of a Redis server.
struct RedisReply {
    enum class Kind { text, status, integer, nil, array, error };

    Kind kind = Kind::nil;
    std::string text;         ///< of text, status and error
    std::int64_t integer = 0; ///< of integer
    std::vector<RedisReply> elements;

    [[nodiscard]] bool is_error() const { return kind == Kind::error; }
};

/// Cuts the bytes a server sends into replies. The parser itself is hiredis's; its types stay in here.
class RedisReplyParser {
public:
    RedisReplyParser();
    ~RedisReplyParser();
    RedisReplyParser(RedisReplyParser&&) noexcept;
    RedisReplyParser& operator=(RedisReplyParser&&) noexcept;

    void feed(std::string_view bytes);
    /// The next whole reply, or nullopt when more bytes are needed or the bytes are not the Redis protocol.
    [[nodiscard]] std::optional<RedisReply> next();
    /// True for ever once something came that is no reply, or one longer than 64 MiB.
    [[nodiscard]] bool is_broken() const { return is_broken_; }

private:
    struct Free {
        void operator()(redisReader* reader) const;
    };

    std::unique_ptr<redisReader, Free> reader_;
    std::size_t unfinished_bytes_ = 0;
    bool is_broken_ = false;
};

} // namespace coupon
