#include "core/result.hpp"

namespace coupon {

const char* name_of(FaultKind kind) {
    switch (kind) {
    case FaultKind::unreachable: return "unreachable";
    case FaultKind::denied: return "denied";
    case FaultKind::unknown: return "unknown";
    case FaultKind::refused: return "refused";
    case FaultKind::not_armed: return "not_armed";
    case FaultKind::missing: return "missing";
    case FaultKind::corrupt: return "corrupt";
    case FaultKind::conflict: return "conflict";
    case FaultKind::not_mine: return "not_mine";
    case FaultKind::not_quiescent: return "not_quiescent";
    case FaultKind::unsupported: return "unsupported";
    case FaultKind::usage: return "usage";
    case FaultKind::already_running: return "already_running";
    case FaultKind::interrupted: return "interrupted";
    }
    return "unknown";
}

std::string Fault::text() const {
    return hint.empty() ? message : message + "; " + hint;
}

std::string Fault::text_with(const std::string& consequence) const {
    return Fault{kind, message + "; " + consequence, hint}.text();
}

} // namespace coupon
