#pragma once

#include "core/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The addresses of servers as options spell them. A refusal is Fault usage, with the reason as its message; a password never gets into it.
namespace coupon {

struct RedisUrl {
    std::string host;
    int port = 6379;
    int database = 0;
    std::string user; ///< empty: the default user
};

/// redis://[user@]host[:port][/database]
[[nodiscard]] Result<RedisUrl> parse_redis_url(std::string_view text);

struct MysqlUrl {
    std::string host;
    int port = 3306;
    std::optional<std::string> user;
    std::optional<std::string> database;
};

/// mysql://[user@]host[:port][/database]
[[nodiscard]] Result<MysqlUrl> parse_mysql_url(std::string_view text);

/// host[:port],..., as librdkafka takes it.
[[nodiscard]] Result<std::string> parse_brokers(std::string_view text);
/// The hosts of such a list, without their ports. REQUIRES: parse_brokers() takes it.
[[nodiscard]] std::vector<std::string> hosts_of(std::string_view brokers);

} // namespace coupon
