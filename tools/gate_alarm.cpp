#include "tools/gate_alarm.hpp"

#include <fmt/format.h>

#include <atomic>
#include <memory>

namespace coupon {

std::function<void(const Grant&)> gate_alarm(Session& session, const RedisOptions& options, const EventName& event,
                                             const std::string& seal) {
    return [&session, &options, event, seal, told = std::make_shared<std::atomic<std::int64_t>>(0)](const Grant& grant) {
        auto last = told->load();
        do {
            if (grant.epoch.value() <= last) return;
        } while (!told->compare_exchange_weak(last, grant.epoch.value()));
        session.log.error(fmt::format("the gate went back in time within epoch {}: it gave slot {} to user {} out of turn, or forgot that "
                                      "it had; it grants nothing until coupon-consume has armed it again",
                                      grant.epoch.text(), grant.slot.text(), grant.user.text()));
        const auto keeper = open_redis_gate_keeper(options, event);
        const auto deadline = session.deadline(options.timeout);
        const auto done = keeper ? (*keeper)->disarm(grant.round, grant.epoch, seal, deadline) : Status(keeper.fault());
        // A conflict says that it was armed again meanwhile; a refused confirm has taken the arms away itself.
        if (!done && done.fault().kind != FaultKind::conflict)
            session.log.error(fmt::format("the gate's arms could not be taken away: {}", done.fault().text()));
    };
}

} // namespace coupon
