#pragma once

#include "core/least_rights.hpp"
#include "ledger/ledger.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>

namespace coupon {

/// Where the MySQL or MariaDB server is and how to log in. The password is read from its file by cli before this is filled.
struct MysqlOptions {
    std::string host = "127.0.0.1";
    int port = 3306;
    std::string user = "coupon";
    std::string password;
    std::string server_key; ///< the server's RSA public key in PEM form; empty: not known
    std::string database = "coupon";
    Milliseconds timeout{5000}; ///< for connecting, and for one statement
    /// Called when a transaction has done everything but its COMMIT; a fault undoes it. May be empty.
    std::function<Status()> before_commit{};

    /// mysql://user@host:port/db, never with the password.
    [[nodiscard]] std::string address() const;
    /// Whether a password that only the server can read may go there: it is on this machine, or its key is known. Elsewhere a login that
    /// makes the client tell its password to any server that answers is refused.
    [[nodiscard]] bool is_private() const;
};

/// Both connect and log in before they return, within options.timeout; a connection lost later is reconnected by the next call.
/// Faults: unreachable (also when what answers there is no MySQL server), denied, missing (no such database), refused, unsupported (an
/// older server; for the ledger also one that may forget in a crash what it committed).
///
/// `rights`: denied, with every missing right, unless the login has all of these; none: the first refused statement names the missing
/// right.
[[nodiscard]] Result<std::unique_ptr<LedgerReader>> open_mysql_ledger_reader(const MysqlOptions& options, const EventName& event,
                                                                             const std::string& topic,
                                                                             std::span<const LedgerRight> rights = {});
[[nodiscard]] Result<std::unique_ptr<Ledger>> open_mysql_ledger(const MysqlOptions& options, const EventName& event,
                                                                const std::string& topic, std::span<const LedgerRight> rights = {});

/// The name and version of the client library, for --version.
[[nodiscard]] std::string mysql_client_version();

} // namespace coupon
