#include "core/issue_record.hpp"

#include "core/escape.hpp"
#include "core/outside_number.hpp"
#include "core/sha256.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <limits>

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

/// The headers that a record of ours has, in the order in which encode() writes them.
enum class Field : std::uint8_t { event, round, epoch, slot, granted_at, version, mac };
constexpr std::array<std::string_view, 7> field_names{"event", "round", "epoch", "slot", "granted_at", "v", "mac"};

/// Where each of them is, found in one pass.
class Fields {
public:
    explicit Fields(const RawRecord& raw) {
        std::size_t expected = 0;
        for (const auto& header : raw.headers) {
            // Most often the one that comes next.
            const bool is_next = expected < field_names.size() && header.name == field_names[expected];
            const std::size_t at = is_next ? expected : place_of(header.name);
            if (at == field_names.size()) continue;
            expected = at + 1;
            is_doubled_[at] = is_doubled_[at] || found_[at] != nullptr;
            found_[at] = &header;
        }
    }

    /// The value of the one header of a name; nullptr when there is none, a second one, or no value, and a sentence in `problem`.
    [[nodiscard]] const std::string* only_header(Field field, std::string& problem) const {
        const auto at = static_cast<std::size_t>(field);
        if (found_[at] != nullptr && !is_doubled_[at] && found_[at]->value) return &*found_[at]->value;
        problem = "header " + name_of(field);
        problem += found_[at] == nullptr ? " is missing" : is_doubled_[at] ? " is doubled" : " is null";
        return nullptr;
    }

    /// The number that the one header of a name spells, from 0 to `most`.
    [[nodiscard]] bool read_number(Field field, std::int64_t most, std::int64_t& number, std::string& problem) const {
        const auto* const text = only_header(field, problem);
        if (text == nullptr) return false;
        if (const auto spelled = parse_decimal(*text)) {
            number = *spelled;
            if (number <= most) return true;
            problem = "header " + name_of(field) + " is beyond " + std::to_string(most) + ": " + std::to_string(number);
        } else {
            problem = "header " + name_of(field) + " is not a number: '" + escape(*text, 40) + "'";
        }
        return false;
    }

private:
    static std::size_t place_of(std::string_view name) {
        return static_cast<std::size_t>(std::ranges::find(field_names, name) - field_names.begin());
    }
    static std::string name_of(Field field) { return std::string(field_names[static_cast<std::size_t>(field)]); }

    std::array<const RecordHeader*, field_names.size()> found_{};
    std::array<bool, field_names.size()> is_doubled_{};
};

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
Signature signature_in(const Fields& fields) {
    std::string problem;
    const auto* const text = fields.only_header(Field::mac, problem);
    const auto mac = text != nullptr ? parse_mac(*text) : std::nullopt;
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
    const Fields fields(raw);
    std::string problem;
    // The version comes first: a newer format may differ in everything else.
    std::int64_t version = 0;
    const bool has_version = fields.read_number(Field::version, std::numeric_limits<std::int64_t>::max(), version, problem);
    if (has_version && version > record_version) {
        return Undecodable{"format version " + std::to_string(version) + " is newer than " + std::to_string(record_version) +
                               ", the newest that this release knows",
                           {},
                           FailedKind::newer_format};
    }
    std::string user_problem;
    const auto user = user_in(raw, user_problem);
    if (!has_version) return Undecodable{problem, user};
    if (version != record_version) return Undecodable{"format version " + std::to_string(version) + " never existed", user};
    if (!user_problem.empty()) return Undecodable{user_problem, user};

    const auto* const event = fields.only_header(Field::event, problem);
    if (event == nullptr) return Undecodable{problem, user};
    if (!EventName::parse(*event)) return Undecodable{"header event is not an event name: '" + escape(*event, 40) + "'", user};
    std::int64_t round = 0;
    std::int64_t epoch = 0;
    std::int64_t slot = 0;
    std::int64_t granted_at = 0;
    const bool has_all = fields.read_number(Field::round, highest_count, round, problem) &&
                         fields.read_number(Field::epoch, highest_count, epoch, problem) &&
                         fields.read_number(Field::slot, highest_count, slot, problem) &&
                         fields.read_number(Field::granted_at, latest_ms, granted_at, problem);
    if (!has_all) return Undecodable{problem, user};
    return IssueRecord{*event, {Round(round), Epoch(epoch), Slot(slot), *user, Instant(Milliseconds(granted_at))}, signature_in(fields)};
}

} // namespace coupon
