#pragma once

#include "core/result.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace coupon {

/// How to log in to the database, as an option file says.
struct MyCnf {
    std::optional<std::string> user;
    std::optional<std::string> password;
};

/// Reads user and password from the groups [client] and, over it, [coupon] of an option file. Everything else in it is ignored.
/// Spelling: https://mariadb.com/kb/en/configuring-mariadb-with-option-files/
[[nodiscard]] MyCnf parse_my_cnf(std::string_view text);

/// What ~/.my.cnf says, nothing when there is none. Fault usage when it is there but not private (secret_file.hpp).
[[nodiscard]] Result<MyCnf> read_my_cnf();

} // namespace coupon
