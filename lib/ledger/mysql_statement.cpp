#include "ledger/mysql_statement.hpp"

#include <cassert>

namespace coupon {

namespace {

constexpr std::size_t first_buffer = 512;

bool is_number(enum_field_types type) {
    return type == MYSQL_TYPE_TINY || type == MYSQL_TYPE_SHORT || type == MYSQL_TYPE_INT24 || type == MYSQL_TYPE_LONG ||
           type == MYSQL_TYPE_LONGLONG;
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
    for (std::size_t i = 0; i < cells_.size(); ++i) {
        auto& cell = cells_[i];
        auto& bind = binds_[i];
        cell.is_number = columns != nullptr && is_number(columns->fields[i].type);
        if (cell.is_number) {
            bind.buffer_type = MYSQL_TYPE_LONGLONG;
            bind.buffer = &cell.number;
            bind.buffer_length = sizeof cell.number;
        } else {
            cell.bytes.resize(first_buffer);
            bind.buffer_type = MYSQL_TYPE_STRING;
            bind.buffer = cell.bytes.data();
            bind.buffer_length = cell.bytes.size();
        }
        bind.length = &cell.length;
        bind.is_null = &cell.is_null;
    }
}

void Row::complete() {
    for (std::size_t i = 0; i < cells_.size(); ++i) {
        auto& cell = cells_[i];
        if (cell.is_number || cell.is_null || cell.length <= cell.bytes.size()) continue;
        // The row is in memory already; this copies the whole value. It goes beside the first buffer, which the statement keeps writing to.
        cell.whole.resize(cell.length);
        MYSQL_BIND whole{};
        unsigned long length = 0;
        my_bool is_null = 0;
        whole.buffer_type = MYSQL_TYPE_STRING;
        whole.buffer = cell.whole.data();
        whole.buffer_length = cell.whole.size();
        whole.length = &length;
        whole.is_null = &is_null;
        [[maybe_unused]] const int failed = mysql_stmt_fetch_column(statement_, &whole, static_cast<unsigned>(i), 0);
        assert(failed == 0 && length == cell.length);
    }
}

std::int64_t Row::integer(std::size_t column) const {
    const auto value = maybe_integer(column);
    assert(value);
    return *value;
}

std::optional<std::int64_t> Row::maybe_integer(std::size_t column) const {
    const auto& cell = cells_.at(column);
    assert(cell.is_number || cell.is_null);
    if (cell.is_null) return std::nullopt;
    return cell.number;
}

std::string Row::text(std::size_t column) const {
    const auto& cell = cells_.at(column);
    if (cell.is_null) return {};
    if (cell.is_number) return std::to_string(cell.number);
    return cell.length <= cell.bytes.size() ? std::string(cell.bytes.data(), cell.length) : cell.whole;
}

} // namespace coupon
