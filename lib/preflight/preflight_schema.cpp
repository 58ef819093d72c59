#include "preflight/preflight_checks.hpp"

namespace coupon {

namespace {

Judgement judge_tables(const PreflightInput& input) {
    const auto& missing = input.ledger->missing_tables;
    if (missing.empty()) return fine("all there");
    const auto found = "missing: " + joined(missing, ", ");
    if (input.opening == Opening::new_round) return fine(found + "; this reset creates them");
    return warning(found,
                   "coupon-reset creates them, and where a round is open lib/ledger/schema.sql does; or check the database in --mysql");
}

Judgement judge_part(const PreflightInput& input, SchemaPart part, const std::string& good) {
    std::vector<std::string> wrong;
    for (const auto& defect : input.ledger->schema_defects) {
        if (defect.part == part) wrong.push_back(defect.sentence);
    }
    if (wrong.empty()) return fine(input.ledger->missing_tables.empty() ? good : "nothing wrong in the tables that are there");
    return dangerous(joined(wrong, "; "),
                     "ALTER TABLE as lib/ledger/schema.sql has it; or use another database, or move the tables away and run coupon-reset");
}

Judgement judge_engine(const PreflightInput& input) {
    return judge_part(input, SchemaPart::engine, "InnoDB");
}

Judgement judge_columns(const PreflightInput& input) {
    return judge_part(input, SchemaPart::column, "types, NOT NULL and collations as made");
}

Judgement judge_unique_keys(const PreflightInput& input) {
    return judge_part(input, SchemaPart::unique_key, "all there");
}

Judgement judge_foreign_keys(const PreflightInput& input) {
    return judge_part(input, SchemaPart::foreign_key, "all there");
}

Judgement judge_checks(const PreflightInput& input) {
    return judge_part(input, SchemaPart::check, "all there and enforced");
}

Judgement judge_foreign_rules(const PreflightInput& input) {
    const auto& rules = input.ledger->foreign_rules;
    if (rules.empty()) return fine("no other key, check or trigger that this account sees");
    return warning(joined(rules, "; ") + ": a coupon that it refuses becomes a failed event",
                   "drop it, or keep it away from the tables of the ledger");
}

constexpr PreflightCheck checks[] = {
    {"ledger-tables", "the tables of lib/ledger/schema.sql", judge_tables},
    {"ledger-engine", "InnoDB", judge_engine},
    {"ledger-columns", "the columns of lib/ledger/schema.sql", judge_columns},
    {"ledger-unique-keys", "one row per slot, one per user", judge_unique_keys},
    {"ledger-foreign-keys", "slot_limit tied to its round", judge_foreign_keys},
    {"ledger-checks", "slot between 1 and slot_limit", judge_checks},
    {"ledger-foreign-rules", "only keys and checks of lib/ledger/schema.sql, no trigger", judge_foreign_rules},
};

} // namespace

std::span<const PreflightCheck> schema_checks() {
    return checks;
}

} // namespace coupon
