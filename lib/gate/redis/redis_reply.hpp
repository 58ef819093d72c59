#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct redisReader;

namespace coupon {

struct RedisReply;

/// The elements of an array. They are kept in pieces that never move, so that the memory an array takes grows with the elements that have
/// come, not with the number that the server has announced.
class RedisReplies {
public:
    class Iterator {
    public:
        using iterator_category = std::forward_iterator_tag;
        using value_type = RedisReply;
        using difference_type = std::ptrdiff_t;
        using pointer = const RedisReply*;
        using reference = const RedisReply&;

        Iterator() = default;
        Iterator(const RedisReplies& all, std::size_t index) : all_(&all), index_(index) {}
        reference operator*() const { return (*all_)[index_]; }
        pointer operator->() const { return &(*all_)[index_]; }
        Iterator& operator++() {
            ++index_;
            return *this;
        }
        Iterator operator++(int) {
            auto before = *this;
            ++index_;
            return before;
        }
        friend bool operator==(const Iterator& a, const Iterator& b) { return a.index_ == b.index_; }

    private:
        const RedisReplies* all_ = nullptr;
        std::size_t index_ = 0;
    };

    RedisReplies();
    ~RedisReplies();
    RedisReplies(RedisReplies&&) noexcept;
    RedisReplies& operator=(RedisReplies&&) noexcept;

    [[nodiscard]] std::size_t size() const;
    [[nodiscard]] bool empty() const { return size() == 0; }
    [[nodiscard]] const RedisReply& operator[](std::size_t index) const;
    [[nodiscard]] const RedisReply& front() const { return (*this)[0]; }
    [[nodiscard]] const RedisReply& back() const { return (*this)[size() - 1]; }
    [[nodiscard]] Iterator begin() const { return {*this, 0}; }
    [[nodiscard]] Iterator end() const { return {*this, size()}; }

    /// One more element. `announced` is how many the array is to have in the end.
    RedisReply& add(std::size_t announced);

private:
    using Pieces = std::vector<std::vector<RedisReply>>;

    std::unique_ptr<Pieces> pieces_;
};

/// One reply of a Redis server.
struct RedisReply {
    enum class Kind { text, status, integer, nil, array, error };

    Kind kind = Kind::nil;
    std::string text;         ///< of text, status and error
    std::int64_t integer = 0; ///< of integer
    RedisReplies elements;

    [[nodiscard]] bool is_error() const { return kind == Kind::error; }
};

/// Cuts the bytes a server sends into replies. The parser itself is hiredis's; its types stay in here.
///
/// What it allocates is bounded by what has come, for a server may lie about the length of what it is going to send, or may not be a Redis
/// server at all: a reply takes at most four times its bytes, and a quarter of a MiB, and never more than 32 MiB, what has not been parsed
/// yet included.
class RedisReplyParser {
public:
    RedisReplyParser();
    ~RedisReplyParser();
    RedisReplyParser(RedisReplyParser&&) noexcept;
    RedisReplyParser& operator=(RedisReplyParser&&) noexcept;

    void feed(std::string_view bytes);
    /// The next whole reply, or nullopt when more bytes are needed or the bytes are not the Redis protocol.
    [[nodiscard]] std::optional<RedisReply> next();
    /// True from the moment on when something came that is no reply, or one that takes too much memory.
    [[nodiscard]] bool is_broken() const { return is_broken_; }

private:
    struct Budget;
    struct Free {
        void operator()(redisReader* reader) const;
    };

    [[nodiscard]] std::size_t unread() const;

    std::unique_ptr<Budget> budget_; ///< known to the reader by its address
    std::unique_ptr<redisReader, Free> reader_;
    bool is_broken_ = false;
};

} // namespace coupon
