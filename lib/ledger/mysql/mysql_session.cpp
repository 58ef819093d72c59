#include "ledger/mysql/mysql_session.hpp"

namespace coupon {

Result<MysqlConnection*> MysqlSession::connection(Deadline deadline) {
    drop_if_lost();
    if (connection_ == nullptr) {
        auto opened = MysqlConnection::open(options_, deadline);
        if (!opened) return opened.fault();
        connection_ = std::move(*opened);
    }
    connection_->set_deadline(deadline);
    return connection_.get();
}

void MysqlSession::drop_if_lost() {
    if (connection_ != nullptr && connection_->is_lost()) connection_.reset();
}

Status MysqlSession::start(MysqlConnection& connection, Isolation isolation) {
    switch (isolation) {
    case Isolation::snapshot:
        // Under READ COMMITTED a consistent snapshot is a note in the warnings, and none.
        if (auto set = connection.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"); !set) return set;
        return connection.run("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
    case Isolation::with_the_gap:
        if (auto set = connection.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"); !set) return set;
        break;
    case Isolation::committed: break;
    }
    return connection.run("START TRANSACTION");
}

Result<MysqlConnection*> MysqlSession::begin(Isolation isolation, Deadline deadline) {
    const bool is_new = connection_ == nullptr || connection_->is_lost();
    auto ready = connection(deadline);
    if (!ready) return ready;
    auto started = start(**ready, isolation);
    // A connection kept from an earlier call may have been cut in the meantime (KILL, wait_timeout, a restart of the server). Nothing
    // was asked yet, so that one fresh one is safe.
    if (!started && !is_new && (*ready)->is_cut()) {
        ready = connection(deadline);
        if (!ready) return ready;
        started = start(**ready, isolation);
    }
    if (!started) return started.fault();
    return ready;
}

Status MysqlSession::Open::commit() {
    is_over_ = true;
    auto committed = session_.connection_->run("COMMIT", end_);
    // Where COMMIT was answered with an error the transaction may still be open; the next one must not begin inside it.
    if (!committed) session_.connection_.reset();
    return committed;
}

MysqlSession::Open::~Open() {
    if (is_over_) return;
    // A lock wait that ran out undoes the statement only, so ROLLBACK is always sent. Where it fails, the end of the connection does it.
    // The server holds the locks of a lost connection until it is closed, and the next call may come late.
    if (session_.connection_->is_lost() || !session_.connection_->run("ROLLBACK")) session_.connection_.reset();
}

} // namespace coupon
