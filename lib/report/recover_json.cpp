#include "report/recover.hpp"

#include "report/finding_json.hpp"

namespace coupon {

namespace {

Json plan_json(const RecoveryPlan& plan) {
    return {{"publish_and_confirm", plan.pending.size()}, {"publish", plan.lost.size()},
            {"give_again", plan.skipped.size()},          {"issue_failed", plan.issuable.size()},
            {"steps", findings_json(plan.steps)},         {"for_a_person", findings_json(plan.for_a_person)}};
}

Json done_json(const RecoveryDone& done) {
    return {{"published", done.published},           {"issued", done.issued},
            {"kept_as_failed", done.kept},           {"passed_over", done.passed_over},
            {"issued_at_last", done.issued_at_last}, {"still_failed", done.still_failed}};
}

} // namespace

std::string recover_json(const Heading& heading, const RecoverReport& report, const std::optional<Fault>& fault) {
    auto document = begin_document(heading);
    document["cannot_tell_because"] = report.moving;
    document["plan"] = plan_json(report.plan);
    document["done"] = report.done ? done_json(*report.done) : Json(nullptr);
    document["left"] = report.left ? plan_json(*report.left) : Json(nullptr);
    if (fault) document["error"] = fault_object(*fault);
    return to_text(document);
}

} // namespace coupon
