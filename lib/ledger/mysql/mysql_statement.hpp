#pragma once

#include "core/instant.hpp"

#include <mysql.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace coupon {

/// Bytes without a character set, for a BLOB.
struct Bytes {
    std::string_view bytes;
};

/// What a placeholder of a statement stands for. Text and bytes must live until the statement was executed.
using Value = std::variant<std::nullptr_t, std::int64_t, std::string_view, Bytes>;

/// A cell is not what its place in the statement allows: the table was altered, is a view, or what answers is no MySQL server. Thrown by
/// Row, so that code that reads rows need not check each cell, and turned into a fault in MysqlConnection::select().
struct WrongCell {
    std::string what; ///< completes "the answer has ..."
};

/// The row a statement is at. Columns count from 0. A column is a whole number or a text (bytes); the client library is not asked to make
/// one out of another type. Every accessor throws a WrongCell where the column is not what is asked for.
class Row {
public:
    /// Throws a WrongCell where a column is of neither type.
    explicit Row(MYSQL_STMT* statement);

    /// A number that is not null.
    [[nodiscard]] std::int64_t integer(std::size_t column) const;
    /// The same, from `least` to `most`.
    [[nodiscard]] std::int64_t integer(std::size_t column, std::int64_t least, std::int64_t most = INT64_MAX) const;
    [[nodiscard]] std::optional<std::int64_t> maybe_integer(std::size_t column) const;
    /// A text that is not null.
    [[nodiscard]] std::string text(std::size_t column) const;
    [[nodiscard]] std::optional<std::string> maybe_text(std::size_t column) const;
    /// For what the server says of itself, where types differ between servers: a text, a number's decimal form, or empty for null.
    [[nodiscard]] std::string words(std::size_t column) const;
    /// A partition of the topic.
    [[nodiscard]] std::int32_t partition(std::size_t column) const;
    /// Milliseconds since 1970, not before and not beyond the year 9999.
    [[nodiscard]] Instant moment(std::size_t column) const;
    [[nodiscard]] std::optional<Instant> maybe_moment(std::size_t column) const;

    /// The buffers, for mysql_stmt_bind_result().
    [[nodiscard]] MYSQL_BIND* binds() { return binds_.data(); }
    /// Reads what did not fit into a buffer. Called after each fetch.
    void complete();

private:
    struct Cell {
        std::string name; ///< of the column, escaped
        std::int64_t number = 0;
        std::vector<char> bytes; ///< bound: never resized
        std::string whole;       ///< of a value that is longer
        unsigned long length = 0;
        my_bool is_null = 0;
        bool is_number = false;
        bool is_unsigned = false;
    };

    [[nodiscard]] const Cell& cell(std::size_t column) const;
    [[nodiscard]] const Cell& number(std::size_t column) const;

    MYSQL_STMT* statement_;
    std::vector<Cell> cells_; // never resized: the binds point into it
    std::vector<MYSQL_BIND> binds_;
};

/// The values as Connector/C wants them. They point into `values` and into this.
class Parameters {
public:
    explicit Parameters(std::span<const Value> values);

    [[nodiscard]] MYSQL_BIND* binds() { return binds_.data(); }

private:
    std::vector<unsigned long> lengths_;
    std::vector<MYSQL_BIND> binds_;
};

} // namespace coupon
