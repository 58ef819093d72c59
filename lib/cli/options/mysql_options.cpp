#include "cli/options/mysql_options.hpp"

#include "cli/config/my_cnf.hpp"
#include "cli/config/secret_file.hpp"
#include "cli/config/trusted_file.hpp"
#include "cli/options/server_url.hpp"
#include "cli/usage_error.hpp"
#include "core/escape.hpp"
#include "core/public_key.hpp"

#include <fmt/format.h>

#include <memory>

namespace coupon {

namespace {

struct Login {
    std::string password_file;
    std::string server_key_file;
    bool url_names_user = false;
};

/// The key, read and parsed before anybody is asked: the client library would take an unreadable one for none.
std::string read_server_key(const std::string& path) {
    constexpr std::size_t largest = 65536;
    if (path.empty()) return {};
    const auto pem = read_trusted_file(path, largest);
    const auto why = pem ? unusable_public_key_because(*pem) : pem.fault().message;
    if (!why.empty()) throw UsageError(fmt::format("--mysql-server-key: cannot use {}: {}", escape(path), why));
    return *pem;
}

void take_my_cnf(MysqlOptions& options, const Login& login, const std::function<void(const std::string&)>& warn) {
    const auto cnf = read_my_cnf();
    if (!cnf) return warn(cnf.fault().message + "; going on without it");
    // A password belongs to its user: the one of another user would only be tried in vain, and be seen by a server it is not for.
    const auto user = cnf->user.value_or(options.user);
    if (login.url_names_user && user != options.user) return;
    options.user = user;
    options.password = cnf->password.value_or("");
}

} // namespace

void add_mysql_options(CommandLine& line, MysqlOptions& options, const TimeoutOptions& timeout,
                       std::function<void(const std::string&)> warn) {
    line.group("MySQL or MariaDB (the ledger)");
    const auto login = std::make_shared<Login>();
    line.value({"--mysql", "URL", "mysql://[user@]host:port/database (default mysql://coupon@127.0.0.1:3306/coupon)", "COUPON_MYSQL"},
               [&options, login](std::string_view text) -> std::string {
                   const auto url = parse_mysql_url(text);
                   if (!url) return url.fault().message;
                   options.host = url->host;
                   options.port = url->port;
                   options.user = url->user.value_or(options.user);
                   options.database = url->database.value_or(options.database);
                   login->url_names_user = url->user.has_value();
                   return {};
               });
    line.value({"--mysql-password-file", "FILE", "file of mode 0600 whose only line is the password (default: read ~/.my.cnf)",
                "COUPON_MYSQL_PASSWORD_FILE"},
               path(), login->password_file);
    line.value({"--mysql-server-key", "FILE",
                "RSA public key of the server; needed to log in with caching_sha2_password or sha256_password to a server on "
                "another machine",
                "COUPON_MYSQL_SERVER_KEY"},
               path(), login->server_key_file);
    line.afterwards([&options, &timeout, login, warn = std::move(warn)] {
        options.timeout = timeout.timeout();
        options.server_key = read_server_key(login->server_key_file);
        if (login->password_file.empty()) return take_my_cnf(options, *login, warn);
        auto password = read_secret_file(login->password_file);
        if (!password) throw UsageError(fmt::format("--mysql-password-file: {}", password.fault().message));
        options.password = std::move(*password);
    });
}

} // namespace coupon
