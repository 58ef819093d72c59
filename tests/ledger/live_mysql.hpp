#pragma once

#include "ledger/ledger_bench.hpp"
#include "ledger/mysql/mysql_connection.hpp"
#include "ledger/mysql/mysql_ledger.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

/// The sandbox's MariaDB or MySQL, and ways to look at it beside the ledger.
namespace coupon {

/// The server of COUPON_MYSQL with the password of COUPON_MYSQL_PASSWORD_FILE. A live case without a server fails.
[[nodiscard]] MysqlOptions live_mysql();

/// Speaks to the server beside the ledger, to plant and to look.
class RawMysql {
public:
    explicit RawMysql(const MysqlOptions& options);

    /// A statement without rows; throws on a fault.
    void run(const std::string& sql);
    /// The same; 0 or the error's number.
    unsigned error_of(const std::string& sql);
    /// The first column of all rows, as text.
    std::vector<std::string> column(const std::string& sql);
    /// The only value of the only row.
    std::string value(const std::string& sql);
    [[nodiscard]] bool is_mariadb() const;

private:
    std::unique_ptr<MysqlConnection> connection_;
};

/// A database of its own beside the sandbox's, dropped in the end.
class LiveDatabase {
public:
    enum class Tables { none, created };

    explicit LiveDatabase(Tables tables = Tables::created);
    LiveDatabase(const LiveDatabase&) = delete;
    LiveDatabase& operator=(const LiveDatabase&) = delete;
    ~LiveDatabase();

    [[nodiscard]] const MysqlOptions& options() const { return options_; }
    [[nodiscard]] RawMysql raw() const { return RawMysql(options_); }

private:
    MysqlOptions options_;
};

/// Ledgers in a database.
class MysqlBench final : public LedgerBench {
public:
    explicit MysqlBench(MysqlOptions options) : options_(std::move(options)) {}

    std::unique_ptr<Ledger> ledger(const std::string& event, const std::string& topic) override;
    void refuse(std::optional<std::int64_t> user) override;
    void refuse_none() override;

private:
    MysqlOptions options_;
};

/// A ledger at these options, for any event and topic; throws when it cannot be opened.
[[nodiscard]] std::unique_ptr<Ledger> open_ledger(const MysqlOptions& options, const std::string& event, const std::string& topic);

/// Ids of the server's connections to this database, but for the one that asks.
[[nodiscard]] std::vector<std::string> connections_of(RawMysql& raw);

} // namespace coupon
