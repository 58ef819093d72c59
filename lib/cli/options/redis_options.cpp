#include "cli/options/redis_options.hpp"

#include "cli/config/secret_file.hpp"
#include "cli/options/server_url.hpp"
#include "cli/usage_error.hpp"
#include "core/escape.hpp"
#include "core/loopback.hpp"

#include <fmt/format.h>

#include <memory>

namespace coupon {

void add_redis_options(CommandLine& line, RedisOptions& options, const TimeoutOptions& timeout,
                       std::function<void(const std::string&)> warn) {
    line.group("Redis (the gate)");
    line.value({"--redis", "URL", "redis://[user@]host:port/database (default redis://127.0.0.1:6379/0)", "COUPON_REDIS"},
               [&options](std::string_view text) -> std::string {
                   const auto url = parse_redis_url(text);
                   if (!url) return url.fault().message;
                   options.host = url->host;
                   options.port = url->port;
                   options.database = url->database;
                   options.user = url->user;
                   return {};
               });
    const auto file = std::make_shared<std::string>();
    line.value({"--redis-password-file", "FILE", "file of mode 0600 whose only line is the password", "COUPON_REDIS_PASSWORD_FILE"}, path(),
               *file);
    line.afterwards([&options, &timeout, file, warn = std::move(warn)] {
        options.timeout = timeout.timeout();
        if (file->empty()) return;
        auto password = read_secret_file(*file);
        if (!password) throw UsageError(fmt::format("--redis-password-file: {}", password.fault().message));
        options.password = std::move(*password);
        if (is_loopback(options.host)) return;
        warn(fmt::format("the Redis password goes to {} in clear text; use a tunnel that ends on this machine, such as stunnel or ssh -L",
                         escape(options.host)));
    });
}

Result<RedisOptions> at_listed_address(const RedisOptions& options, const std::string& address) {
    constexpr std::string_view only_on = " on ";
    const auto url = parse_redis_url(std::string_view(address).substr(0, address.find(only_on)));
    if (!url) return url.fault();
    auto there = options;
    there.host = url->host;
    there.port = url->port;
    there.database = url->database;
    if (there.listed_address() != address)
        return Fault{FaultKind::usage, fmt::format("{} means another server on this host", escape(address)), ""};
    return there;
}

} // namespace coupon
