#include "ledger/mysql/mysql_statement.hpp"

#include "core/escape.hpp"
#include "core/outside_number.hpp"

namespace coupon {

namespace {

constexpr std::size_t first_buffer = 512;
constexpr std::size_t longest_text = 16UL * 1024 * 1024;
constexpr std::size_t longest_name = 64;

bool is_number(enum_field_types type) {
    return type == MYSQL_TYPE_TINY || type == MYSQL_TYPE_SHORT || type == MYSQL_TYPE_INT24 || type == MYSQL_TYPE_LONG ||
           type == MYSQL_TYPE_LONGLONG;
}

bool is_text(enum_field_types type) {
    return type == MYSQL_TYPE_VARCHAR || type == MYSQL_TYPE_VAR_STRING || type == MYSQL_TYPE_STRING || type == MYSQL_TYPE_ENUM ||
           type == MYSQL_TYPE_SET || type == MYSQL_TYPE_TINY_BLOB || type == MYSQL_TYPE_MEDIUM_BLOB || type == MYSQL_TYPE_LONG_BLOB ||
           type == MYSQL_TYPE_BLOB;
}

MYSQL_BIND bind_of(const Value& value, unsigned long& length) {
    MYSQL_BIND bind{};
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
        bind.buffer_type = MYSQL_TYPE_LONGLONG;
        bind.buffer = const_cast<std::int64_t*>(number); // only read: the interface is that of results, too
    } else if (const auto* text = std::get_if<std::string_view>(&value)) {
        bind.buffer_type = MYSQL_TYPE_STRING;
        bind.buffer = const_cast<char*>(text->data());
        length = text->size();
    } else if (const auto* bytes = std::get_if<Bytes>(&value)) {
        // As a string these would be read in the connection's character set, and MySQL 8 warns of bytes that are none.
        bind.buffer_type = MYSQL_TYPE_BLOB;
        bind.buffer = const_cast<char*>(bytes->bytes.data());
        length = bytes->bytes.size();
    } else {
        bind.buffer_type = MYSQL_TYPE_NULL;
    }
    bind.buffer_length = length;
    bind.length = &length;
    return bind;
}

} // namespace

Parameters::Parameters(std::span<const Value> values) : lengths_(values.size()) {
    binds_.reserve(values.size());
    for (std::size_t i = 0; i < values.size(); ++i)
        binds_.push_back(bind_of(values[i], lengths_[i]));
}

Row::Row(MYSQL_STMT* statement) : statement_(statement), cells_(mysql_stmt_field_count(statement)), binds_(cells_.size()) {
    const std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)> columns(mysql_stmt_result_metadata(statement), &mysql_free_result);
    if (columns == nullptr || mysql_num_fields(columns.get()) != cells_.size()) throw WrongCell{"no columns"};
    for (std::size_t i = 0; i < cells_.size(); ++i) {
        const auto& column = columns->fields[i];
        auto& cell = cells_[i];
        auto& bind = binds_[i];
        cell.name = escape({column.name, column.name_length}, longest_name);
        cell.is_number = is_number(column.type);
        if (cell.is_number) {
            cell.is_unsigned = (column.flags & UNSIGNED_FLAG) != 0;
            bind.buffer_type = MYSQL_TYPE_LONGLONG;
            bind.is_unsigned = cell.is_unsigned ? 1 : 0;
            bind.buffer = &cell.number;
            bind.buffer_length = sizeof cell.number;
        } else if (is_text(column.type)) {
            cell.bytes.resize(first_buffer);
            bind.buffer_type = MYSQL_TYPE_STRING;
            bind.buffer = cell.bytes.data();
            bind.buffer_length = cell.bytes.size();
        } else {
            throw WrongCell{"a column " + cell.name + " of type " + std::to_string(column.type) + ", neither a whole number nor a text"};
        }
        bind.length = &cell.length;
        bind.is_null = &cell.is_null;
    }
}

void Row::complete() {
    for (std::size_t i = 0; i < cells_.size(); ++i) {
        auto& cell = cells_[i];
        if (cell.is_null) continue;
        if (cell.is_number) {
            if (cell.is_unsigned && cell.number < 0) throw WrongCell{"a number beyond 9223372036854775807 in column " + cell.name};
            continue;
        }
        if (cell.length <= cell.bytes.size()) continue;
        if (cell.length > longest_text) {
            throw WrongCell{"a text of " + std::to_string(cell.length) + " bytes in column " + cell.name + ", longer than 16 MiB"};
        }
        // The row is in memory already; this copies the whole value, into a buffer of its own: the statement keeps writing to the first.
        cell.whole.resize(cell.length);
        MYSQL_BIND whole{};
        unsigned long length = 0;
        my_bool is_null = 0;
        whole.buffer_type = MYSQL_TYPE_STRING;
        whole.buffer = cell.whole.data();
        whole.buffer_length = cell.whole.size();
        whole.length = &length;
        whole.is_null = &is_null;
        if (mysql_stmt_fetch_column(statement_, &whole, static_cast<unsigned>(i), 0) != 0 || length != cell.length) {
            throw WrongCell{"a text in column " + cell.name + " that cannot be read whole"};
        }
    }
}

const Row::Cell& Row::cell(std::size_t column) const {
    if (column >= cells_.size()) throw WrongCell{"no column " + std::to_string(column)};
    return cells_[column];
}

const Row::Cell& Row::number(std::size_t column) const {
    const auto& found = cell(column);
    if (!found.is_number) throw WrongCell{"a text in column " + found.name + ", where a number must be"};
    return found;
}

std::int64_t Row::integer(std::size_t column) const {
    const auto& found = number(column);
    if (found.is_null) throw WrongCell{"NULL in column " + found.name + ", where a number must be"};
    return found.number;
}

std::int64_t Row::integer(std::size_t column, std::int64_t least, std::int64_t most) const {
    const auto value = integer(column);
    if (value < least || value > most) throw WrongCell{std::to_string(value) + " in column " + cell(column).name + ", which cannot be"};
    return value;
}

std::optional<std::int64_t> Row::maybe_integer(std::size_t column) const {
    if (number(column).is_null) return std::nullopt;
    return integer(column);
}

std::string Row::text(std::size_t column) const {
    auto found = maybe_text(column);
    if (!found) throw WrongCell{"NULL in column " + cell(column).name + ", where a text must be"};
    return std::move(*found);
}

std::optional<std::string> Row::maybe_text(std::size_t column) const {
    const auto& found = cell(column);
    if (found.is_number) throw WrongCell{"a number in column " + found.name + ", where a text must be"};
    return found.is_null ? std::nullopt : std::optional(words(column));
}

std::string Row::words(std::size_t column) const {
    const auto& found = cell(column);
    if (found.is_null) return {};
    if (found.is_number) return std::to_string(found.number);
    return found.length <= found.bytes.size() ? std::string(found.bytes.data(), found.length) : found.whole;
}

std::int32_t Row::partition(std::size_t column) const {
    return static_cast<std::int32_t>(integer(column, 0, INT32_MAX));
}

Instant Row::moment(std::size_t column) const {
    return Instant(Milliseconds(integer(column, 0, latest_ms)));
}

std::optional<Instant> Row::maybe_moment(std::size_t column) const {
    if (number(column).is_null) return std::nullopt;
    return moment(column);
}

} // namespace coupon
