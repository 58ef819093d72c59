#pragma once

#include "core/gate_rule.hpp"
#include "core/ledger_rule.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>

namespace coupon::model {

/// The record of a failed event.
struct FailedGrant : Grant {
    bool is_signed = true;
};

/// Everything a part of a state depends on as bytes: two parts with the same key behave the same from here on.
class Key {
public:
    Key& add(std::int64_t value) {
        // Most values are small: one byte each, a marker and eight bytes otherwise.
        if (value >= 0 && value < 255) {
            bytes_ += static_cast<char>(value);
        } else {
            bytes_ += static_cast<char>(255);
            for (int i = 0; i < 8; ++i)
                bytes_ += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
        }
        return *this;
    }
    Key& add(const std::string& text) {
        add(static_cast<std::int64_t>(text.size()));
        bytes_ += text;
        return *this;
    }
    template <class Tag>
    Key& add(Number<Tag> number) {
        return add(number.value());
    }
    Key& add(UserId user) { return add(user.value()); }
    template <class Enum>
    requires std::is_enum_v<Enum> Key& add(Enum value) { return add(static_cast<std::int64_t>(value)); }
    template <class T>
    Key& add(const std::optional<T>& value) {
        add(static_cast<std::int64_t>(value.has_value()));
        return value ? add(*value) : *this;
    }
    Key& add(const Grant& grant) { return add(grant.round).add(grant.epoch).add(grant.slot).add(grant.user); }
    Key& add(const FailedGrant& failed) { return add(static_cast<const Grant&>(failed)).add(std::int64_t{failed.is_signed}); }
    Key& add(const ServerIdentity& server) { return add(server.run_id).add(server.master_replid).add(server.database); }
    Key& add(const GateMark& mark) { return add(mark.round).add(mark.token); }
    Key& add(const GateHome& home) { return add(home.run_id).add(home.database).add(home.addresses); }
    Key& add(const RoundRow& row) { return add(row.round).add(row.limit).add(row.state).add(row.epoch).add(row.owner).add(row.home); }
    Key& add(const RoundFacts& facts) {
        return add(facts.round)
            .add(facts.limit)
            .add(facts.state)
            .add(facts.epoch)
            .add(facts.met)
            .add(facts.home_run_id)
            .add(facts.home_database);
    }
    Key& add(const ArmingTicket& ticket) {
        return add(ticket.round).add(ticket.epoch).add(ticket.server).add(std::int64_t{ticket.is_old_copy}).add(ticket.remembered);
    }
    Key& add(const Fence& fence) { return add(fence.epoch).add(std::int64_t{fence.partition}).add(fence.end_offset).add(fence.below); }
    Key& add(const SourcePosition& at) { return add(std::int64_t{at.partition}).add(at.offset); }
    Key& add(const RecordIdentity& record) { return add(record.at).add(record.mark.written_at.time_since_epoch().count()); }
    Key& add(const Claim& claim) { return add(claim.user).add(claim.slot).add(claim.application); }
    Key& add(const ClaimedSlot& claim) { return add(claim.user).add(claim.slot); }
    Key& add(const PendingClaim& pending) { return add(pending.user).add(pending.slot).add(pending.epoch); }
    Key& add(const RestoredClaim& claim) { return add(claim.user).add(claim.slot); }
    template <class A, class B>
    Key& add(const std::pair<A, B>& pair) {
        return add(pair.first).add(pair.second);
    }
    /// A list, or a map as a list of pairs.
    template <class List>
    requires requires(const List& list) { list.begin(); }
    Key& add(const List& list) {
        add(static_cast<std::int64_t>(list.size()));
        for (const auto& entry : list)
            add(entry);
        return *this;
    }

    [[nodiscard]] const std::string& bytes() const { return bytes_; }

private:
    std::string bytes_;
};

/// Each distinct part of a state once, by a small number. A state is then a handful of numbers, exact and cheap to compare, however rich
/// its parts are. Part needs `void add_to(Key&) const`.
template <class Part>
class Interned {
public:
    std::uint32_t number_of(const Part& part) {
        Key key;
        part.add_to(key);
        const auto [at, is_new] = numbers_.emplace(key.bytes(), static_cast<std::uint32_t>(parts_.size()));
        if (is_new) parts_.push_back(part);
        return at->second;
    }
    [[nodiscard]] const Part& operator[](std::uint32_t number) const { return parts_[number]; }
    [[nodiscard]] std::size_t size() const { return parts_.size(); }

private:
    std::deque<Part> parts_; // a deque, so that a part stays where it is while others come
    std::unordered_map<std::string, std::uint32_t> numbers_;
};

} // namespace coupon::model
