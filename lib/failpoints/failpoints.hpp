#pragma once

#include "core/result.hpp"
#include "gate/gate.hpp"
#include "gate/gate_keeper.hpp"
#include "ledger/ledger.hpp"
#include "topic/publisher.hpp"
#include "topic/subscriber.hpp"
#include "topic/topic_admin.hpp"

#include <functional>
#include <memory>
#include <string>

namespace coupon {

class FailpointSet;

/// Faults at named places of a program, for tests: COUPON_FAILPOINTS=NAME=kill|stop|error[@N][,...]. On the N-th time the program comes
/// past the place (the first without @N), it kills itself (SIGKILL), stops itself (SIGSTOP) or takes the answer there for a fault.
///
/// One header, two libraries: coupon_failpoints puts decorators around the ports; coupon_no_failpoints, which the programs in bin/ are
/// linked with, hands every port back as it is and refuses the variable. All other objects of a program are the same in both.
class Failpoints {
public:
    /// `text`: the variable's value, null or empty where it is not set. Fault: usage (unknown name or action, and which was probably meant;
    /// or failpoints are not compiled in).
    [[nodiscard]] static Result<Failpoints> read(const char* text);
    /// For --version: that none are compiled in, or all names with their places, one line each, with a newline at the end.
    [[nodiscard]] static std::string version_text();

    [[nodiscard]] Result<std::unique_ptr<Gate>> around(Result<std::unique_ptr<Gate>> gate) const;
    [[nodiscard]] Result<std::unique_ptr<GateKeeper>> around(Result<std::unique_ptr<GateKeeper>> keeper) const;
    [[nodiscard]] Result<std::unique_ptr<Publisher>> around(Result<std::unique_ptr<Publisher>> publisher) const;
    [[nodiscard]] Result<std::unique_ptr<Subscriber>> around(Result<std::unique_ptr<Subscriber>> subscriber) const;
    [[nodiscard]] Result<std::unique_ptr<TopicAdmin>> around(Result<std::unique_ptr<TopicAdmin>> admin) const;
    [[nodiscard]] Result<std::unique_ptr<Ledger>> around(Result<std::unique_ptr<Ledger>> ledger) const;
    /// For MysqlOptions::before_commit of the ledger that around() is given; empty where nothing is to happen there.
    [[nodiscard]] std::function<Status()> before_commit() const;

private:
    std::shared_ptr<FailpointSet> set_; ///< null: every port is left as it is
};

} // namespace coupon
