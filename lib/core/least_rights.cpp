#include "core/least_rights.hpp"

#include <algorithm>
#include <set>

namespace coupon {

namespace {

constexpr GateRight audit_of_gate[] = {
    {"evalsha_ro", GateKey::both}, {"eval_ro", GateKey::both}, {"hlen", GateKey::gate},  {"hlen", GateKey::outbox},
    {"hmget", GateKey::gate},      {"hget", GateKey::gate},    {"hscan", GateKey::gate}, {"hscan", GateKey::outbox},
    {"info", GateKey::none},       {"time", GateKey::none},
};

constexpr GateRight apply_at_gate[] = {
    {"evalsha_ro", GateKey::both}, {"eval_ro", GateKey::both}, {"evalsha", GateKey::both}, {"eval", GateKey::both},
    {"hlen", GateKey::gate},       {"hlen", GateKey::outbox},  {"hmget", GateKey::gate},   {"hget", GateKey::gate},
    {"hget", GateKey::outbox},     {"hset", GateKey::gate},    {"hset", GateKey::outbox},  {"hdel", GateKey::outbox},
    {"multi", GateKey::none},      {"exec", GateKey::none},    {"info", GateKey::none},    {"time", GateKey::none},
};

// Both arm a gate.
constexpr GateRight worker_or_reset_at_gate[] = {
    {"evalsha_ro", GateKey::both}, {"eval_ro", GateKey::both}, {"evalsha", GateKey::both}, {"eval", GateKey::both},
    {"hlen", GateKey::gate},       {"hlen", GateKey::outbox},  {"hmget", GateKey::gate},   {"hget", GateKey::gate},
    {"hscan", GateKey::gate},      {"hscan", GateKey::outbox}, {"hset", GateKey::gate},    {"hset", GateKey::outbox},
    {"hsetnx", GateKey::gate},     {"hdel", GateKey::gate},    {"hdel", GateKey::outbox},  {"unlink", GateKey::both},
    {"info", GateKey::none},       {"time", GateKey::none},
};

constexpr TopicRight::Resource topic = TopicRight::Resource::topic;
constexpr TopicRight::Resource group = TopicRight::Resource::group;

constexpr TopicRight audit_of_topic[] = {{"Read", topic}, {"Describe", group}};
constexpr TopicRight apply_at_topic[] = {{"Write", topic}};
constexpr TopicRight worker_at_topic[] = {{"Read", topic}, {"Write", topic}, {"Read", group}};
constexpr TopicRight reset_of_topic[] = {{"Read", topic}, {"Create", topic}, {"Delete", topic}, {"Describe", group}};

constexpr LedgerRight audit_of_ledger[] = {
    {"SELECT", "coupon_round"}, {"SELECT", "coupon_fence"}, {"SELECT", "coupon_purge"},    {"SELECT", "coupon_position"},
    {"SELECT", "coupon"},       {"SELECT", "failed_event"}, {"SELECT", "abandoned_claim"}, {"SELECT", "void_claim"},
};

constexpr LedgerRight worker_at_ledger[] = {
    {"SELECT", "coupon_round"}, {"SELECT", "coupon_fence"}, {"SELECT", "coupon_purge"},    {"SELECT", "coupon_position"},
    {"SELECT", "coupon"},       {"SELECT", "failed_event"}, {"SELECT", "abandoned_claim"}, {"SELECT", "void_claim"},
    {"INSERT", "coupon"},       {"INSERT", "coupon_fence"}, {"INSERT", "coupon_position"}, {"INSERT", "failed_event"},
    {"INSERT", "void_claim"},   {"UPDATE", "coupon_round"}, {"UPDATE", "coupon_fence"},    {"UPDATE", "coupon_position"},
    {"UPDATE", "failed_event"},
};

constexpr LedgerRight reset_of_ledger[] = {
    {"SELECT", "coupon_round"}, {"SELECT", "coupon_fence"}, {"SELECT", "coupon_purge"},    {"SELECT", "coupon_position"},
    {"SELECT", "coupon"},       {"SELECT", "failed_event"}, {"SELECT", "abandoned_claim"}, {"SELECT", "void_claim"},
    {"INSERT", "coupon_round"}, {"INSERT", "coupon_fence"}, {"INSERT", "coupon_purge"},    {"INSERT", "abandoned_claim"},
    {"INSERT", "void_claim"},   {"UPDATE", "coupon_round"}, {"UPDATE", "coupon_fence"},    {"CREATE", ""},
    {"REFERENCES", ""},
};

constexpr Account all_accounts[] = {Account::apply, Account::worker, Account::reset, Account::audit};

} // namespace

const char* name_of(Account account) {
    switch (account) {
    case Account::apply: return "apply";
    case Account::worker: return "worker";
    case Account::reset: return "reset";
    case Account::audit: return "audit";
    }
    return "apply";
}

const char* program_of(Account account) {
    switch (account) {
    case Account::apply: return "coupon-apply";
    case Account::worker: return "coupon-consume";
    case Account::reset: return "coupon-reset";
    case Account::audit: return "coupon-audit";
    }
    return "coupon-apply";
}

std::span<const GateRight> gate_rights(Account account) {
    switch (account) {
    case Account::apply: return apply_at_gate;
    case Account::worker:
    case Account::reset: return worker_or_reset_at_gate;
    case Account::audit: return audit_of_gate;
    }
    return apply_at_gate;
}

std::vector<GateRight> all_gate_rights() {
    std::set<GateRight> all;
    for (const auto account : all_accounts)
        all.insert(gate_rights(account).begin(), gate_rights(account).end());
    return {all.begin(), all.end()};
}

std::span<const TopicRight> topic_rights(Account account) {
    switch (account) {
    case Account::apply: return apply_at_topic;
    case Account::worker: return worker_at_topic;
    case Account::reset: return reset_of_topic;
    case Account::audit: return audit_of_topic;
    }
    return {};
}

std::span<const LedgerRight> ledger_rights(Account account) {
    switch (account) {
    case Account::apply: return {};
    case Account::worker: return worker_at_ledger;
    case Account::reset: return reset_of_ledger;
    case Account::audit: return audit_of_ledger;
    }
    return {};
}

std::vector<LedgerRight> all_ledger_rights() {
    std::set<LedgerRight> all;
    for (const auto account : all_accounts)
        all.insert(ledger_rights(account).begin(), ledger_rights(account).end());
    return {all.begin(), all.end()};
}

std::string gate_rules(Account account) {
    std::string rules = account == Account::audit ? "%R~coupon:*" : "~coupon:*";
    std::string_view before;
    for (const auto& right : gate_rights(account)) {
        if (right.command != before) rules += " +" + std::string(right.command);
        before = right.command;
    }
    return rules;
}

} // namespace coupon
