#include "cli/options/server_url.hpp"

#include "cli/options/spelling.hpp"
#include "core/decimal.hpp"
#include "core/escape.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace coupon {

namespace {

/// What all URLs of servers are made of.
struct UrlParts {
    std::optional<std::string> user;
    std::string host;
    std::optional<int> port;
    std::optional<std::string> path; ///< after the slash
};

struct HostAndPort {
    std::string host;
    std::optional<int> port;
};

bool is_word(std::string_view text, std::string_view also) {
    return !text.empty() && text.size() <= 255 && std::all_of(text.begin(), text.end(), [also](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || also.find(c) != std::string_view::npos;
    });
}

std::optional<int> parse_port(std::string_view text) {
    const auto value = parse_decimal(text);
    if (!value || *value < 1 || *value > 65535) return std::nullopt;
    return static_cast<int>(*value);
}

/// localhost, 10.0.0.1, [::1], each with or without :port.
std::optional<HostAndPort> parse_host_and_port(std::string_view text) {
    HostAndPort parts;
    std::string_view after;
    if (!text.empty() && text.front() == '[') {
        const auto end = text.find(']');
        if (end == std::string_view::npos || !is_word(text.substr(1, end - 1), ":.")) return std::nullopt;
        parts.host = text.substr(1, end - 1);
        after = text.substr(end + 1);
    } else {
        const auto end = std::min(text.find(':'), text.size());
        if (!is_word(text.substr(0, end), ".-_")) return std::nullopt;
        parts.host = text.substr(0, end);
        after = text.substr(end);
    }
    if (after.empty()) return parts;
    if (after.front() != ':') return std::nullopt;
    parts.port = parse_port(after.substr(1));
    if (!parts.port) return std::nullopt;
    return parts;
}

std::optional<UrlParts> parse_after_scheme(std::string_view rest) {
    UrlParts parts;
    if (const auto slash = rest.find('/'); slash != std::string_view::npos) {
        parts.path = rest.substr(slash + 1);
        rest = rest.substr(0, slash);
    }
    if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
        parts.user = rest.substr(0, at);
        if (!is_word(*parts.user, ".-_$")) return std::nullopt;
        rest = rest.substr(at + 1);
    }
    const auto place = parse_host_and_port(rest);
    if (!place) return std::nullopt;
    parts.host = place->host;
    parts.port = place->port;
    return parts;
}

/// A colon anywhere before the last @ can only be there for a password. The slash does not end the search: passwords may hold one.
bool holds_password(std::string_view text) {
    const auto scheme = text.find("://");
    const auto rest = scheme == std::string_view::npos ? text : text.substr(scheme + 3);
    const auto at = rest.rfind('@');
    return at != std::string_view::npos && rest.substr(0, at).find(':') != std::string_view::npos;
}

Fault refused(std::string message) {
    return {FaultKind::usage, std::move(message), ""};
}

Fault refused_password(std::string_view scheme, std::string_view file_option) {
    return refused(fmt::format("this {} URL contains a password, which every user of this machine could read; write the password to a file "
                               "of mode 0600, pass the file with {}, and leave the password out of the URL",
                               scheme, file_option));
}

Result<UrlParts> parse_url(std::string_view text, std::string_view scheme, std::string_view expected, std::string_view file_option) {
    if (holds_password(text)) return refused_password(scheme, file_option);
    const auto begin = fmt::format("{}://", scheme);
    if (text.substr(0, begin.size()) != begin) return refused(invalid_value(text, expected));
    const auto parts = parse_after_scheme(text.substr(begin.size()));
    if (!parts) return refused(invalid_value(text, expected));
    return *parts;
}

} // namespace

Result<RedisUrl> parse_redis_url(std::string_view text) {
    constexpr std::string_view expected = "redis://host:port/database, such as redis://127.0.0.1:6379/0";
    // hiredis 0.14 has no TLS. Falling back to clear text would be worse than refusing.
    if (text.substr(0, 9) == "rediss://") {
        return refused(
            "rediss:// is not supported: this build has no TLS for Redis; run stunnel, socat or HAProxy on this machine and pass its "
            "local address as redis://127.0.0.1:port/database");
    }
    const auto parts = parse_url(text, "redis", expected, "--redis-password-file");
    if (!parts) return parts.fault();
    RedisUrl url{parts->host, parts->port.value_or(6379), 0, parts->user.value_or("")};
    if (parts->path && !parts->path->empty()) {
        const auto database = parse_decimal(*parts->path);
        if (!database || *database > 1'000'000) return refused(invalid_value(text, expected));
        url.database = static_cast<int>(*database);
    }
    return url;
}

Result<MysqlUrl> parse_mysql_url(std::string_view text) {
    constexpr std::string_view expected = "mysql://user@host:port/database, such as mysql://coupon@127.0.0.1:3306/coupon";
    const auto parts = parse_url(text, "mysql", expected, "--mysql-password-file");
    if (!parts) return parts.fault();
    MysqlUrl url{parts->host, parts->port.value_or(3306), parts->user, std::nullopt};
    if (parts->path && !parts->path->empty()) {
        if (!is_word(*parts->path, "_$-") || parts->path->size() > 64) return refused(invalid_value(text, expected));
        url.database = parts->path;
    }
    return url;
}

std::vector<std::string> hosts_of(std::string_view brokers) {
    std::vector<std::string> hosts;
    for (std::size_t begin = 0; begin <= brokers.size();) {
        const auto end = std::min(brokers.find(',', begin), brokers.size());
        if (const auto place = parse_host_and_port(brokers.substr(begin, end - begin))) hosts.push_back(place->host);
        begin = end + 1;
    }
    return hosts;
}

Result<std::string> parse_brokers(std::string_view text) {
    constexpr std::string_view expected = "host:port, or several with commas between, such as 127.0.0.1:9092";
    if (holds_password(text)) {
        return refused("brokers take no user and no password; log in with -X sasl.username=NAME and --kafka-password-file");
    }
    for (std::size_t begin = 0; begin <= text.size();) {
        const auto end = std::min(text.find(',', begin), text.size());
        if (!parse_host_and_port(text.substr(begin, end - begin))) return refused(invalid_value(text, expected));
        begin = end + 1;
    }
    return std::string(text);
}

} // namespace coupon
