#include "tools/bound_topic.hpp"

#include <chrono>

namespace coupon {

Result<KafkaOptions> bound_by_ledger(const KafkaOptions& options, const TopicWish& wish, const MysqlOptions& mysql, const EventName& event,
                                     std::span<const LedgerRight> rights) {
    const auto reader = open_mysql_ledger_reader(mysql, event, options.topic, rights);
    if (!reader) return reader.fault();
    const auto rounds = (*reader)->rounds(std::chrono::steady_clock::now() + mysql.timeout);
    if (!rounds && rounds.fault().kind != FaultKind::missing) return rounds.fault();
    if (!rounds || rounds->empty()) return options;
    const auto& row = rounds->back();
    return bound(options, wish, {row.topic, row.group, row.cluster_id, row.state == RoundState::open}, event, row.round);
}

} // namespace coupon
