#pragma once

#include <string>

/// Statements for an operator of the database, as hints print them.
namespace coupon {

/// Changes a variable, while the server runs and after its next start. `value` as SQL writes it.
[[nodiscard]] inline std::string set_global(const std::string& name, const std::string& value) {
    return "SET GLOBAL " + name + " = " + value + "; and the line \"" + name + " = " + value + "\" under [mysqld] in my.cnf";
}

[[nodiscard]] inline std::string delete_from(const std::string& table, const std::string& condition) {
    return "DELETE FROM " + table + " WHERE " + condition;
}

} // namespace coupon
