#pragma once

#include "core/gate_standing.hpp"
#include "flow/worker/lanes.hpp"
#include "flow/world.hpp"
#include "gate/gate.hpp"
#include "gate/gate_keeper.hpp"
#include "gate/gate_reader.hpp"
#include "ledger/ledger.hpp"
#include "load/pacer.hpp"
#include "topic/publisher.hpp"
#include "topic/subscriber.hpp"
#include "topic/topic_log.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace coupon {

/// How a worker works.
struct ConsumeSettings {
    std::string event;
    std::string group{};                         ///< consumer group, for messages
    std::size_t batch = 500;                     ///< records of one transaction at the most
    Milliseconds linger{5};                      ///< how long a batch waits to fill
    std::optional<Rate> max_rate{};              ///< coupons written per time, steadily
    bool until_drained = false;                  ///< end when the event is quiescent and every claim has its row
    std::optional<Milliseconds> drain_timeout{}; ///< bounds until_drained; absent: it waits without end
    Milliseconds redrive_interval{2000};
    Milliseconds redrive_grace{3000};
    Milliseconds timeout{5000}; ///< of each server call
};

/// When a worker that was given a time must have ended; absent: it has all the time there is.
using EndsAt = std::optional<Tick>;

/// How long a server call that begins now may take: near the end as long as is left, and a moment after it, for what is in flight.
[[nodiscard]] Milliseconds time_of_call(const ConsumeSettings& settings, const EndsAt& ends_at, Tick now);

/// What the redrive of a worker works with, connections of its own: it runs in a thread of its own, so that a gate that is away never
/// holds up the issuing.
struct RedriveSide {
    std::unique_ptr<Gate> gate;
    std::unique_ptr<GateReader> reader;
    std::unique_ptr<GateKeeper> keeper;
    std::unique_ptr<TopicLog> topic;
    std::unique_ptr<Publisher> publisher;
    std::unique_ptr<Ledger> ledger;
    /// What is at another address that the ledger lists. Faults: unreachable (also a replica), denied, usage (it means nothing on this
    /// host).
    std::function<Result<GateSight>(const std::string& address)> look_elsewhere{};
};

/// Connects to the topic as one that only looks.
using OpenTopicLog = std::function<Result<std::unique_ptr<TopicLog>>()>;

/// What a worker did. Counts are records, but for `redriven`, which are claims republished.
struct ConsumeReport {
    std::int64_t issued = 0;
    std::int64_t already_issued = 0;
    std::int64_t stale = 0;
    std::int64_t fenced = 0;
    std::int64_t failed = 0;
    std::map<FailedKind, std::int64_t> failed_by_kind{};
    std::int64_t redriven = 0;
    bool drained = false;            ///< with until_drained: every claim has its coupon
    bool interrupted = false;        ///< a signal ended it
    std::string not_drained_because; ///< with until_drained, when it was not
};

/// missing where the ledger has no round of the event: another ledger, or another event, is meant. A worker that went on would make failed
/// events of the winners.
[[nodiscard]] Status check_event(LedgerReader& ledger, const std::string& event, Deadline deadline);

/// The worker. Runs until a signal, until drained (or the drain timeout is over), or until a fault that no waiting cures: denied, missing,
/// corrupt. No record is such a fault. Servers that go away are waited for, said once, without end.
/// Records are issued through all of `ledgers` at the same time, those of one partition through one of them.
/// `open_redrive_side` connects everything, and again after a connection was lost; it is called in the redrive's thread. `open_topic` is
/// called in the thread that watches the consumer group. `world` and `journal` are used from all three threads.
[[nodiscard]] Result<ConsumeReport> consume(const ConsumeSettings& settings, Subscriber& subscriber, const Ledgers& ledgers,
                                            const std::function<Result<RedriveSide>()>& open_redrive_side, const OpenTopicLog& open_topic,
                                            World& world, Journal& journal);

} // namespace coupon
