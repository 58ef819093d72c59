#include "ledger/mysql_rows.hpp"

#include "ledger/mysql_statements.hpp"

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

namespace {

/// Hands the values of each statement that the numbers need to `run` (text, values -> Status).
template <class Run>
Status for_numbers(std::string_view statement_name, const std::vector<Value>& fixed, const std::vector<std::int64_t>& numbers,
                   const Run& run) {
    for (std::size_t done = 0; done < numbers.size();) {
        const auto size = holding_size(numbers.size() - done);
        auto values = fixed;
        for (std::size_t i = 0; i < size; ++i)
            values.emplace_back(numbers[std::min(done + i, numbers.size() - 1)]);
        if (auto answer = run(repeated(statement_name, size), values); !answer) return answer;
        done += size;
    }
    return Done{};
}

} // namespace

Status change_numbers(MysqlConnection& connection, std::string_view statement_name, const std::vector<Value>& fixed,
                      const std::vector<std::int64_t>& numbers) {
    return for_numbers(statement_name, fixed, numbers, [&](const std::string& sql, const std::vector<Value>& values) -> Status {
        auto changed = connection.change(sql, values);
        return changed ? Status(Done{}) : changed.fault();
    });
}

Status select_numbers(MysqlConnection& connection, std::string_view statement_name, const std::vector<Value>& fixed,
                      const std::vector<std::int64_t>& numbers, const std::function<void(const Row&)>& take) {
    return for_numbers(statement_name, fixed, numbers,
                       [&](const std::string& sql, const std::vector<Value>& values) { return connection.select(sql, values, take); });
}

} // namespace coupon
