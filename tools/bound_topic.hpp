#pragma once

#include "cli/options/kafka_options.hpp"
#include "core/event_name.hpp"
#include "ledger/mysql/mysql_ledger.hpp"

namespace coupon {

/// Topic, group and cluster as the ledger's highest round names them; the options as they are where it has none. Connects for this one
/// question. Faults: usage where the wish differs; denied where the account lacks one of `rights`; those of the ledger.
[[nodiscard]] Result<KafkaOptions> bound_by_ledger(const KafkaOptions& options, const TopicWish& wish, const MysqlOptions& mysql,
                                                   const EventName& event, std::span<const LedgerRight> rights = {});

} // namespace coupon
