#include "ledger/mysql/mysql_rows.hpp"

#include "ledger/mysql/mysql_statements.hpp"

#include <algorithm>

namespace coupon {

Status insert_rows(MysqlConnection& connection, std::string_view statement_name, std::size_t count,
                   const std::function<void(std::size_t, std::vector<Value>&)>& append) {
    std::vector<Value> values;
    for (std::size_t done = 0; done < count;) {
        const auto size = filled_size(count - done);
        values.clear();
        for (std::size_t i = 0; i < size; ++i)
            append(done + i, values);
        if (auto inserted = connection.change(repeated(statement_name, size), values); !inserted) return inserted.fault();
        done += size;
    }
    return Done{};
}

Status select_numbers(MysqlConnection& connection, std::string_view statement_name, const std::vector<Value>& fixed,
                      const std::vector<std::int64_t>& numbers, const std::function<void(const Row&)>& take) {
    for (std::size_t done = 0; done < numbers.size();) {
        const auto size = holding_size(numbers.size() - done);
        auto values = fixed;
        for (std::size_t i = 0; i < size; ++i)
            values.emplace_back(numbers[std::min(done + i, numbers.size() - 1)]);
        if (auto read = connection.select(repeated(statement_name, size), values, take); !read) return read;
        done += size;
    }
    return Done{};
}

} // namespace coupon
