#pragma once

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

/// The row a statement is at. Columns count from 0.
class Row {
public:
    explicit Row(MYSQL_STMT* statement);

    /// REQUIRES: the column is a number and not null.
    [[nodiscard]] std::int64_t integer(std::size_t column) const;
    [[nodiscard]] std::optional<std::int64_t> maybe_integer(std::size_t column) const;
    /// The text or bytes of a column, or a number's decimal form; empty for null.
    [[nodiscard]] std::string text(std::size_t column) const;

    /// The buffers, for mysql_stmt_bind_result().
    [[nodiscard]] MYSQL_BIND* binds() { return binds_.data(); }
    /// Reads what did not fit into a buffer. Called after each fetch.
    void complete();

private:
    struct Cell {
        std::int64_t number = 0;
        std::vector<char> bytes; ///< bound: never resized
        std::string whole;       ///< of a value that is longer
        unsigned long length = 0;
        my_bool is_null = 0;
        bool is_number = false;
    };

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
