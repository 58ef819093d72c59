#include "ledger/mysql/mysql_ledger.hpp"

#include "core/loopback.hpp"
#include "ledger/mysql/mysql_reads.hpp"
#include "ledger/mysql/mysql_rights.hpp"

namespace coupon {

namespace {

class MysqlLedgerReader final : public MysqlReads<LedgerReader> {
public:
    MysqlLedgerReader(MysqlSession session, LedgerScope scope) : MysqlReads(std::move(session), std::move(scope)) {}
};

} // namespace

std::string MysqlOptions::address() const {
    return "mysql://" + user + "@" + host + ":" + std::to_string(port) + "/" + database;
}

bool MysqlOptions::is_private() const {
    return is_loopback(host) || !server_key.empty();
}

Result<std::unique_ptr<LedgerReader>> open_mysql_ledger_reader(const MysqlOptions& options, const EventName& event,
                                                               const std::string& topic, std::span<const LedgerRight> rights) {
    MysqlSession session(options);
    auto connection = session.connection(Deadline::clock::now() + options.timeout);
    if (!connection) return connection.fault();
    if (auto allowed = check_rights(**connection, options, rights); !allowed) return allowed.fault();
    return std::unique_ptr<LedgerReader>(std::make_unique<MysqlLedgerReader>(std::move(session), LedgerScope{event.text(), topic}));
}

} // namespace coupon
