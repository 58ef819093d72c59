#include "failpoints/failpoints.hpp"

#include "failpoints/failing_gate.hpp"
#include "failpoints/failing_ledger.hpp"
#include "failpoints/failing_topic.hpp"

#include <algorithm>
#include <cstring>

namespace coupon {

namespace {

template <class Failing, class Port>
Result<std::unique_ptr<Port>> wrap(Result<std::unique_ptr<Port>> port, const std::shared_ptr<FailpointSet>& set) {
    if (!set || !port) return port;
    return std::unique_ptr<Port>(std::make_unique<Failing>(std::move(*port), set));
}

} // namespace

Result<Failpoints> Failpoints::read(const char* text) {
    Failpoints failpoints;
    if (text == nullptr || *text == '\0') return failpoints;
    auto orders = FailpointSet::parse(text);
    if (!orders) return orders.fault();
    failpoints.set_ = std::make_shared<FailpointSet>(std::move(*orders));
    return failpoints;
}

std::string Failpoints::version_text() {
    std::size_t width = 0;
    for (const auto& failpoint : all_failpoints())
        width = std::max(width, std::strlen(failpoint.name));
    std::string text = "failpoints, by COUPON_FAILPOINTS=NAME=kill|stop|error[@N][,...]:\n";
    for (const auto& failpoint : all_failpoints()) {
        const std::string name = failpoint.name;
        text += "  " + name + std::string(width + 2 - name.size(), ' ') + failpoint.place + "; error: " + failpoint.error + "\n";
    }
    return text;
}

Result<std::unique_ptr<Gate>> Failpoints::around(Result<std::unique_ptr<Gate>> gate) const {
    return wrap<FailingGate>(std::move(gate), set_);
}

Result<std::unique_ptr<GateKeeper>> Failpoints::around(Result<std::unique_ptr<GateKeeper>> keeper) const {
    return wrap<FailingKeeper>(std::move(keeper), set_);
}

Result<std::unique_ptr<Publisher>> Failpoints::around(Result<std::unique_ptr<Publisher>> publisher) const {
    return wrap<FailingPublisher>(std::move(publisher), set_);
}

Result<std::unique_ptr<Subscriber>> Failpoints::around(Result<std::unique_ptr<Subscriber>> subscriber) const {
    return wrap<FailingSubscriber>(std::move(subscriber), set_);
}

Result<std::unique_ptr<TopicAdmin>> Failpoints::around(Result<std::unique_ptr<TopicAdmin>> admin) const {
    return wrap<FailingAdmin>(std::move(admin), set_);
}

Result<std::unique_ptr<Ledger>> Failpoints::around(Result<std::unique_ptr<Ledger>> ledger) const {
    return wrap<FailingLedger>(std::move(ledger), set_);
}

std::function<Status()> Failpoints::before_commit() const {
    if (!set_) return {};
    return [set = set_] { return set->before_commit(); };
}

} // namespace coupon
