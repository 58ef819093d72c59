#pragma once

#include "core/least_rights.hpp"
#include "topic/kafka/kafka_client.hpp"

/// Private to this room.
namespace coupon {

/// denied, with every missing right, unless the user of this client (a reader) has all rights of `account`. Asking changes
/// nothing. Write counts as there if the user may write to any topic: only a record shows whether to this one. Of a topic
/// that does not exist only Create is asked for. Other faults: unreachable.
[[nodiscard]] Status check_rights(KafkaClient& client, Account account, Deadline deadline);

} // namespace coupon
