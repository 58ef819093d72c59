#include "core/issue_record.hpp"

#include "core/escape.hpp"
#include "core/outside_number.hpp"
#include "core/sha256.hpp"

#include <cassert>

namespace coupon {

namespace {

constexpr std::size_t value_size = 8;

std::string big_endian(std::int64_t number) {
    std::string bytes(value_size, '\0');
    auto rest = static_cast<std::uint64_t>(number);
    for (std::size_t i = value_size; i-- > 0; rest >>= 8)
        bytes[i] = static_cast<char>(rest & 0xff);
    return bytes;
}

std::int64_t from_big_endian(std::string_view bytes) {
    std::uint64_t number = 0;
    for (const char byte : bytes)
        number = number << 8 | static_cast<unsigned char>(byte);
    return static_cast<std::int64_t>(number);
}

/// Finds the one header of a name; `problem` gets a sentence when there is none, a second one, or no value.
std::optional<std::string_view> only_header(const RawRecord& raw, std::string_view name, std::string& problem) {
    const RecordHeader* found = nullptr;
    for (const auto& header : raw.headers) {
        if (header.name != name) continue;
        if (found != nullptr) {
            problem = "header " + std::string(name) + " is doubled";
            return std::nullopt;
        }
        found = &header;
    }
    if (found == nullptr) {
        problem = "header " + std::string(name) + " is missing";
        return std::nullopt;
    }
    if (!found->value) {
        problem = "header " + std::string(name) + " is null";
        return std::nullopt;
    }
    return *found->value;
}

std::optional<std::int64_t> only_number(const RawRecord& raw, std::string_view name, std::string& problem) {
    const auto text = only_header(raw, name, problem);
    if (!text) return std::nullopt;
    const auto number = parse_decimal(*text);
    if (!number) problem = "header " + std::string(name) + " is not a number: '" + escape(*text, 40) + "'";
    return number;
}

/// The same, from 0 to `most`.
std::optional<std::int64_t> only_number_to(std::int64_t most, const RawRecord& raw, std::string_view name, std::string& problem) {
    const auto number = only_number(raw, name, problem);
    if (!number || *number <= most) return number;
    problem = "header " + std::string(name) + " is beyond " + std::to_string(most) + ": " + std::to_string(*number);
    return std::nullopt;
}

std::optional<UserId> user_in(const RawRecord& raw, std::string& problem) {
    if (!raw.value) {
        problem = "the value is null";
        return std::nullopt;
    }
    if (raw.value->size() != value_size) {
        problem = "the value has " + std::to_string(raw.value->size()) + " bytes instead of 8";
        return std::nullopt;
    }
    const std::int64_t number = from_big_endian(*raw.value);
    if (number < 0) {
        problem = "the user id is negative";
        return std::nullopt;
    }
    const UserId user(number);
    if (raw.key && *raw.key != user.text()) problem = "the key '" + escape(*raw.key, 40) + "' is not the user of the value";
    return user;
}

/// The signature a record carries. It is read leniently: one of another shape signs nothing, as a missing one does.
Signature signature_in(const RawRecord& raw) {
    std::string problem;
    const auto text = only_header(raw, "mac", problem);
    const auto mac = text ? parse_mac(*text) : std::nullopt;
    return mac ? Signature{Signature::Kind::given, *mac} : Signature{};
}

} // namespace

IssueRecord record_of(std::string event, const Grant& grant, const std::optional<RoundKey>& key) {
    IssueRecord record{std::move(event), grant, {}};
    if (key) record.signature = {Signature::Kind::given, key->sign(record.event, grant)};
    return record;
}

bool is_signed(const IssueRecord& record, const RoundKey& key) {
    switch (record.signature.kind) {
    case Signature::Kind::none: return false;
    case Signature::Kind::given: return record.signature.mac == key.sign(record.event, record.grant);
    case Signature::Kind::verified: return true;
    }
    return false;
}

RawRecord encode(const IssueRecord& record) {
    const auto& grant = record.grant;
    assert(EventName::parse(record.event) && grant.round.value() >= 1 && grant.slot.value() >= 1 && grant.user.value() >= 0);
    // Negative numbers have no spelling that decode() would read.
    assert(grant.epoch.value() >= 0 && grant.granted_at >= Instant{});
    RawRecord raw{grant.user.text(),
                  big_endian(grant.user.value()),
                  {{"event", record.event},
                   {"round", grant.round.text()},
                   {"epoch", grant.epoch.text()},
                   {"slot", grant.slot.text()},
                   {"granted_at", std::to_string(grant.granted_at.time_since_epoch().count())},
                   {"v", std::to_string(record_version)}},
                  {}};
    assert(record.signature.kind != Signature::Kind::verified);
    if (record.signature.kind == Signature::Kind::given) raw.headers.push_back({"mac", hex(record.signature.mac)});
    return raw;
}

DecodedRecord decode(const RawRecord& raw) {
    // Before anything else: only of a whole record is there anything else.
    if (const auto size = packed_size(raw); raw.cut || size > longest_kept)
        return Undecodable{"too large to keep whole: " + std::to_string(size) + " bytes", {}, FailedKind::too_large};
    std::string problem;
    // The version comes first: a newer format may differ in everything else.
    const auto version = only_number(raw, "v", problem);
    if (version && *version > record_version) {
        return Undecodable{"format version " + std::to_string(*version) + " is newer than " + std::to_string(record_version) +
                               ", the newest that this release knows",
                           {},
                           FailedKind::newer_format};
    }
    std::string user_problem;
    const auto user = user_in(raw, user_problem);
    if (!version) return Undecodable{problem, user};
    if (*version != record_version) return Undecodable{"format version " + std::to_string(*version) + " never existed", user};
    if (!user_problem.empty()) return Undecodable{user_problem, user};

    const auto event = only_header(raw, "event", problem);
    if (!event) return Undecodable{problem, user};
    if (!EventName::parse(*event)) return Undecodable{"header event is not an event name: '" + escape(*event, 40) + "'", user};
    const auto round = only_number_to(highest_count, raw, "round", problem);
    if (!round) return Undecodable{problem, user};
    const auto epoch = only_number_to(highest_count, raw, "epoch", problem);
    if (!epoch) return Undecodable{problem, user};
    const auto slot = only_number_to(highest_count, raw, "slot", problem);
    if (!slot) return Undecodable{problem, user};
    const auto granted_at = only_number_to(latest_ms, raw, "granted_at", problem);
    if (!granted_at) return Undecodable{problem, user};
    return IssueRecord{
        std::string(*event), {Round(*round), Epoch(*epoch), Slot(*slot), *user, Instant(Milliseconds(*granted_at))}, signature_in(raw)};
}

} // namespace coupon
