#include "failpoints/failpoints.hpp"

namespace coupon {

Result<Failpoints> Failpoints::read(const char* text) {
    if (text == nullptr || *text == '\0') return Failpoints{};
    // The person who set it believes that faults are being injected.
    return Fault{FaultKind::usage, "COUPON_FAILPOINTS is set, and this program has no failpoints",
                 "unset it, or take the program of a build that has them (scripts/build --with-failpoints)"};
}

std::string Failpoints::version_text() {
    return "failpoints: not compiled in\n";
}

Result<std::unique_ptr<Gate>> Failpoints::around(Result<std::unique_ptr<Gate>> gate) const {
    return gate;
}

Result<std::unique_ptr<GateKeeper>> Failpoints::around(Result<std::unique_ptr<GateKeeper>> keeper) const {
    return keeper;
}

Result<std::unique_ptr<Publisher>> Failpoints::around(Result<std::unique_ptr<Publisher>> publisher) const {
    return publisher;
}

Result<std::unique_ptr<Subscriber>> Failpoints::around(Result<std::unique_ptr<Subscriber>> subscriber) const {
    return subscriber;
}

Result<std::unique_ptr<TopicAdmin>> Failpoints::around(Result<std::unique_ptr<TopicAdmin>> admin) const {
    return admin;
}

Result<std::unique_ptr<Ledger>> Failpoints::around(Result<std::unique_ptr<Ledger>> ledger) const {
    return ledger;
}

std::function<Status()> Failpoints::before_commit() const {
    return {};
}

} // namespace coupon
