#include "core/failures.hpp"

namespace coupon {

void Failures::note(const Fault& fault) {
    ++count;
    if (!first) first = fault;
    if (!denied && fault.kind == FaultKind::denied) denied = fault;
}

void Failures::add(const Failures& more) {
    count += more.count;
    if (!first) first = more.first;
    if (!denied) denied = more.denied;
}

std::string text_of(const Failures& failures, const std::string& what) {
    if (!failures.first) return {};
    return std::to_string(failures.count) + (failures.count == 1 ? " claim" : " claims") + " could not " + what + ": " +
           failures.first->message;
}

} // namespace coupon
