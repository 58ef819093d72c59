#pragma once

#include <compare>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The least rights with which each program does its whole job (README.md, "Least rights"). Optional rights are not listed: CONFIG GET and
/// DescribeConfigs only let a preflight tell more.
namespace coupon {

/// The accounts of the programs. coupon-flood shares that of coupon-apply.
enum class Account { apply, worker, reset, audit };

/// The account's name, which is also the login that scripts/sandbox makes for it.
[[nodiscard]] const char* name_of(Account account);
/// The program whose account it is.
[[nodiscard]] const char* program_of(Account account);

/// The keys of the gate that a command of Redis is run on.
enum class GateKey { none, gate, outbox, both };

/// A command, as ACL SETUSER spells it ("hset"), on one or both keys of the gate.
struct GateRight {
    std::string_view command;
    GateKey key = GateKey::none;

    friend auto operator<=>(const GateRight&, const GateRight&) = default;
};

/// The commands of the account's scripts, and those that its program sends itself.
[[nodiscard]] std::span<const GateRight> gate_rights(Account account);
/// Every right of any account, each once.
[[nodiscard]] std::vector<GateRight> all_gate_rights();
/// All of it as rules of ACL SETUSER, for example "%R~coupon:* +evalsha_ro +hlen".
[[nodiscard]] std::string gate_rules(Account account);

/// An operation of Kafka's ACLs on the topic or on the group of the workers. Read, Write and Delete include Describe.
struct TopicRight {
    enum class Resource { topic, group };

    std::string_view operation; ///< as kafka-acls.sh spells it, "Read"
    Resource resource = Resource::topic;

    friend auto operator<=>(const TopicRight&, const TopicRight&) = default;
};

/// The account's rights in Kafka. Create is needed only until the topic exists.
[[nodiscard]] std::span<const TopicRight> topic_rights(Account account);

/// A privilege on a table of the ledger, or, with an empty table, on its database.
struct LedgerRight {
    std::string_view privilege; ///< as GRANT spells it, "INSERT"
    std::string_view table;

    friend auto operator<=>(const LedgerRight&, const LedgerRight&) = default;
};

/// The account's rights in MySQL or MariaDB; none for coupon-apply. CREATE and REFERENCES are needed only until the tables
/// exist, and REFERENCES only in MySQL.
[[nodiscard]] std::span<const LedgerRight> ledger_rights(Account account);
/// In addition, for coupon-reset --purge-ledger.
inline constexpr LedgerRight right_to_purge_ledger{"DELETE", "coupon"};
/// Every right of any account, each once.
[[nodiscard]] std::vector<LedgerRight> all_ledger_rights();

} // namespace coupon
