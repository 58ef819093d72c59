#pragma once

#include "ledger/mysql/mysql_connection.hpp"

#include <chrono>
#include <memory>
#include <type_traits>

namespace coupon {

/// What a transaction sees of others that run at the same time.
enum class Isolation {
    snapshot,     ///< reads only, everything as it was at one moment
    committed,    ///< each statement sees what is committed: few locks
    with_the_gap, ///< what a locking read did not find cannot come to be either
};

/// The way to a server, and its transactions. A lost connection is reconnected by the next transaction. One thread.
class MysqlSession {
public:
    explicit MysqlSession(MysqlOptions options) : options_(std::move(options)) {}

    [[nodiscard]] const MysqlOptions& options() const { return options_; }

    /// The connection, reconnected if there is none, bounded by the deadline from here on.
    [[nodiscard]] Result<MysqlConnection*> connection(Deadline deadline);

    /// Runs `body` (MysqlConnection& -> Result<T>) in a transaction: committed when it gives a value, undone when it faults or throws. One
    /// that met a table which another program has just made is run again.
    template <class Body>
    [[nodiscard]] std::invoke_result_t<Body, MysqlConnection&> transaction(Isolation isolation, Deadline deadline, Body body) {
        while (true) {
            bool is_outdated = false;
            auto result = run_once(isolation, deadline, body, is_outdated);
            if (!is_outdated || std::chrono::steady_clock::now() >= deadline) return result;
        }
    }

private:
    template <class Body>
    [[nodiscard]] std::invoke_result_t<Body, MysqlConnection&> run_once(Isolation isolation, Deadline deadline, Body& body,
                                                                        bool& is_outdated) {
        auto begun = begin(isolation, deadline);
        if (!begun) return begun.fault();
        // A snapshot writes nothing, so that losing its COMMIT leaves no doubt.
        Open open(*this, isolation == Isolation::snapshot ? Moment::asking : Moment::committing);
        auto result = body(**begun);
        if (!result) {
            is_outdated = is_older_than_its_table((*begun)->last_error());
            return result;
        }
        if (options_.before_commit) {
            if (auto ready = options_.before_commit(); !ready) return ready.fault();
        }
        if (auto committed = open.commit(); !committed) return committed.fault();
        return result;
    }

    /// An open transaction: undone unless committed.
    class Open {
    public:
        Open(MysqlSession& session, Moment end) : session_(session), end_(end) {}
        Open(const Open&) = delete;
        Open& operator=(const Open&) = delete;
        ~Open();
        [[nodiscard]] Status commit();

    private:
        MysqlSession& session_;
        Moment end_;
        bool is_over_ = false;
    };

    [[nodiscard]] Result<MysqlConnection*> begin(Isolation isolation, Deadline deadline);
    [[nodiscard]] static Status start(MysqlConnection& connection, Isolation isolation);
    void drop_if_lost();

    MysqlOptions options_;
    std::unique_ptr<MysqlConnection> connection_;
};

} // namespace coupon
