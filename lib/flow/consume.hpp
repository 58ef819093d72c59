#pragma once

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
#include <memory>
#include <optional>
#include <string>

namespace coupon {

/// How a worker works.
struct ConsumeSettings {
    std::string event;
    std::size_t batch = 500;                   ///< records of one transaction at the most
    Milliseconds linger{20};                   ///< how long a batch waits to fill
    std::optional<Rate> max_rate;              ///< coupons written per time, steadily
    bool until_drained = false;                ///< end when the event is quiescent and every claim has its row
    std::optional<Milliseconds> drain_timeout; ///< bounds until_drained; absent: it waits without end
    Milliseconds redrive_interval{5000};
    Milliseconds redrive_grace{3000};
    Milliseconds timeout{5000}; ///< of each server call
};

/// What the gate's side of a worker needs; it may be away while records are issued.
struct GateSide {
    std::unique_ptr<Gate> gate;
    std::unique_ptr<GateReader> reader;
    std::unique_ptr<GateKeeper> keeper;
};

/// What a worker did. Counts are records, but for `redriven`, which are claims published again.
struct ConsumeReport {
    std::int64_t issued = 0;
    std::int64_t already_issued = 0;
    std::int64_t stale = 0;
    std::int64_t fenced = 0;
    std::int64_t failed = 0;
    std::int64_t redriven = 0;
    bool drained = false;                         ///< with until_drained: every claim has its row
    bool interrupted = false;                     ///< a signal ended it
    std::vector<std::string> not_drained_because; ///< with until_drained, when it was not
};

/// The worker. Runs until a signal, until drained, or until a fault that no waiting cures: denied, missing, corrupt, unsupported (a record
/// it must not judge), not_quiescent (drain_timeout is over). Servers that go away are waited for, said once, without end. `open_gate_side`
/// connects to the gate, and again after it was lost; a gate that cannot be reached stops only the redrive.
[[nodiscard]] Result<ConsumeReport> consume(const ConsumeSettings& settings, Subscriber& subscriber, TopicLog& topic, Publisher& publisher,
                                            Ledger& ledger, const std::function<Result<GateSide>()>& open_gate_side, World& world,
                                            Journal& journal);

} // namespace coupon
