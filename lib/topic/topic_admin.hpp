#pragma once

#include "core/instant.hpp"
#include "core/result.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace coupon {

/// What a reset does to the topic. Blocking, each call bounded by its deadline. One thread. Faults: unreachable, denied, missing, refused.
class TopicAdmin {
public:
    virtual ~TopicAdmin() = default;

    /// The id of the cluster, which tells it from every other one. Empty where the brokers have none.
    [[nodiscard]] virtual Result<std::string> cluster_id(Deadline deadline) = 0;
    /// Whether the topic exists.
    [[nodiscard]] virtual Result<bool> exists(Deadline deadline) = 0;
    /// Creates the topic and waits until every partition has a leader. A topic that exists already is left as it is.
    [[nodiscard]] virtual Status create(int partitions, Deadline deadline) = 0;
    /// Deletes all records before the given offset of each partition. Every partition must succeed; purging again is done.
    [[nodiscard]] virtual Status purge(const std::map<std::int32_t, std::int64_t>& up_to, Deadline deadline) = 0;
};

} // namespace coupon
