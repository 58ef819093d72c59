#include "cli/interruptible.hpp"

#include <cstdlib>

namespace coupon {

void leave_behind(Session& session) {
    const auto code = exit_code_of_signal(stop_signal());
    const Fault fault{FaultKind::interrupted, "interrupted before it was done", "run it again; nothing was changed"};
    session.log.progress("");
    session.log.error(fault.text());
    if (session.result_of_fault) session.print(session.result_of_fault(code, fault));
    session.out.flush();
    std::_Exit(static_cast<int>(code));
}

} // namespace coupon
