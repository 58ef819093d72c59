#pragma once

#include "core/instant.hpp"
#include "core/result.hpp"
#include "ledger/mysql/mysql_fault.hpp"
#include "ledger/mysql/mysql_ledger.hpp"
#include "ledger/mysql/mysql_server_key.hpp"
#include "ledger/mysql/mysql_statement.hpp"

#include <mysql.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace coupon {

/// One login at a server, with the settings every conversation of ours needs. A statement that found no answer before the deadline, or a
/// connection that was cut, is_lost() for good; the server undoes what was not committed. One thread.
class MysqlConnection {
public:
    /// Connects and logs in before the deadline. Faults: unreachable, denied, missing, refused, unsupported.
    [[nodiscard]] static Result<std::unique_ptr<MysqlConnection>> open(const MysqlOptions& options, Deadline deadline);

    MysqlConnection(const MysqlConnection&) = delete;
    MysqlConnection& operator=(const MysqlConnection&) = delete;

    /// Bounds everything from here on; each statement is bounded by the options' timeout besides.
    void set_deadline(Deadline deadline) { deadline_ = deadline; }

    /// A statement without values and without rows.
    [[nodiscard]] Status run(const std::string& sql, Moment moment = Moment::asking);

    /// Has the server look whether the statement may be run, and runs nothing: denied where a right is missing.
    [[nodiscard]] Status look_at(const std::string& sql);

    /// A prepared statement that gives rows; `take` gets each of them in turn and must not use the connection. A cell that is not what
    /// `take` asks for is a fault (corrupt).
    [[nodiscard]] Status select(const std::string& sql, std::span<const Value> values, const std::function<void(const Row&)>& take);

    /// The statement of statements.sql that gives a list, compared with the count of its rows: corrupt where the server or something before
    /// it gives fewer. REQUIRES: a snapshot, locks that keep what is listed as it is, or rows that no program deletes.
    [[nodiscard]] Status list(std::string_view name, std::span<const Value> values, const std::function<void(const Row&)>& take);

    /// The same for a statement that gives `most` rows at the most; those need no count where all of them come.
    [[nodiscard]] Status portion(std::string_view name, std::span<const Value> values, std::int64_t most,
                                 const std::function<void(const Row&)>& take);

    /// A prepared statement that changes rows. A warning is a fault (corrupt): what was stored is not what was given. Returns the number of
    /// rows changed; only a DELETE's means something on every server.
    [[nodiscard]] Result<std::int64_t> change(const std::string& sql, std::span<const Value> values);

    [[nodiscard]] bool is_lost() const { return lost_; }
    /// Lost, and not for silence: the other side ended it.
    [[nodiscard]] bool is_cut() const { return lost_ && !timed_out_; }
    [[nodiscard]] bool is_mariadb() const { return mariadb_; }
    /// The largest packet that the server takes on this connection, in bytes: max_allowed_packet. Asked for once.
    [[nodiscard]] Result<std::size_t> largest_packet();
    /// The error of the last fault, 0 when it was no server's or library's.
    [[nodiscard]] unsigned last_error() const { return last_error_; }
    /// What the server said with it, or with its warning: "error 1644: ...".
    [[nodiscard]] const std::string& last_words() const { return last_words_; }
    [[nodiscard]] const std::string& address() const { return address_; }

private:
    struct CloseConnection {
        void operator()(MYSQL* mysql) const { mysql_close(mysql); }
    };
    struct CloseStatement {
        void operator()(MYSQL_STMT* statement) const { mysql_stmt_close(statement); }
    };
    using Statement = std::unique_ptr<MYSQL_STMT, CloseStatement>;

    explicit MysqlConnection(const MysqlOptions& options);

    [[nodiscard]] Status connect();
    [[nodiscard]] Status prepare_session();
    [[nodiscard]] Result<MYSQL_STMT*> prepared(const std::string& sql);
    [[nodiscard]] Result<MYSQL_STMT*> execute(const std::string& sql, std::span<const Value> values);
    [[nodiscard]] Status fetch_all(MYSQL_STMT* statement, const std::function<void(const Row&)>& take);
    [[nodiscard]] Result<std::string> first_warning();
    [[nodiscard]] Fault stored_otherwise();
    [[nodiscard]] Fault wrong_answer(const std::string& what);
    /// How many rows came.
    [[nodiscard]] Result<std::int64_t> take_rows(std::string_view name, std::span<const Value> values,
                                                 const std::function<void(const Row&)>& take);
    [[nodiscard]] Result<std::int64_t> count_of(std::string_view name, std::span<const Value> values);
    [[nodiscard]] Fault short_list(std::string_view name, std::int64_t taken, std::int64_t expected);
    [[nodiscard]] Fault fault_of(MYSQL_STMT* statement);
    [[nodiscard]] Fault fault(unsigned code, const std::string& text, Moment moment);

    /// Runs one call of Connector/C's non-blocking interface to its end, or to the deadline.
    template <class Start, class Continue>
    void await(Start start, Continue go_on);
    [[nodiscard]] int wait(int events, Deadline until);
    [[nodiscard]] Deadline statement_deadline() const;

    MysqlOptions options_;
    std::string address_;
    Deadline deadline_;
    Tick asked_at_;
    bool timed_out_ = false;
    bool lost_ = false;
    bool mariadb_ = false;
    std::size_t largest_packet_ = 0; ///< 0: not asked for yet
    unsigned last_error_ = 0;
    std::string last_words_;
    std::optional<MysqlServerKey> server_key_; // read when the connection is made
    std::unique_ptr<MYSQL, CloseConnection> mysql_;
    std::map<std::string, Statement, std::less<>> statements_; // by their text; closed before the connection
};

} // namespace coupon
