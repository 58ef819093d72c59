#pragma once

#include "audit/reconcile.hpp"

#include <string>

namespace coupon {

/// A whole report, for the message of a failed check.
inline std::string everything_said(const AuditReport& report) {
    std::string text = std::string(name_of(report.verdict)) + " " + report.reason;
    for (const auto& check : report.checks) {
        text += "\n  " + check.id + " " + name_of(check.status) + ": " + check.examined;
        for (const auto& finding : check.findings) {
            text += "\n    " + finding.name;
            for (const auto& trail : finding.trails)
                text += "\n      " + trail.user.text() + ": " + trail.text;
        }
    }
    return text;
}

} // namespace coupon
