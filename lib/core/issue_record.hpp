#pragma once

#include "core/event_name.hpp"
#include "core/grant.hpp"
#include "core/round_key.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace coupon {

/// One header of a Kafka record; Kafka allows a null value and repeated names.
struct RecordHeader {
    std::string name;
    std::optional<std::string> value;

    friend bool operator==(const RecordHeader&, const RecordHeader&) = default;
};

/// A record of the topic as the bytes it is made of.
struct RawRecord {
    std::optional<std::string> key;
    std::optional<std::string> value;
    std::vector<RecordHeader> headers;

    friend bool operator==(const RawRecord&, const RawRecord&) = default;
};

/// Where a record lies on the topic; offsets count from 0 within a partition.
struct SourcePosition {
    std::int32_t partition = 0;
    std::int64_t offset = 0;

    friend auto operator<=>(const SourcePosition&, const SourcePosition&) = default;
};

/// A record together with its place.
struct SourceRecord {
    SourcePosition at;
    RawRecord raw;
};

/// What a record carries to prove that its round's gate granted it.
struct Signature {
    enum class Kind : std::uint8_t {
        none,     ///< no header `mac`, two of them, or one of another shape
        given,    ///< `mac` is what the header said; nobody compared it yet
        verified, ///< compared with the round's key before the header was dropped (topic_records.hpp)
    };

    Kind kind = Kind::none;
    Mac mac{}; ///< with given

    friend bool operator==(const Signature&, const Signature&) = default;
};

/// What a winner's record says: the event it belongs to, the grant, and its signature.
struct IssueRecord {
    std::string event;
    Grant grant;
    Signature signature{};

    friend bool operator==(const IssueRecord&, const IssueRecord&) = default;
};

/// The record of a grant, signed with its round's key; unsigned in a round that has none.
[[nodiscard]] IssueRecord record_of(std::string event, const Grant& grant, const std::optional<RoundKey>& key);

/// Whether the holder of this key signed the record as it stands. A record that fails this is evidence of nothing.
[[nodiscard]] bool is_signed(const IssueRecord& record, const RoundKey& key);

/// A record that can never be read as an IssueRecord; the reason names the first thing wrong, for example "header slot is missing".
struct Undecodable {
    std::string reason;
    std::optional<UserId> user; ///< where at least the value could be read
};

/// A record of a newer format than this build knows; the worker must stop rather than misread it.
struct NewerFormat {
    std::int64_t version = 0;
};

using DecodedRecord = std::variant<IssueRecord, Undecodable, NewerFormat>;

/// The format version this build writes, header `v`.
inline constexpr std::int64_t record_version = 1;

/// The wire form. Key: user id, decimal text. Value: user id, 8 bytes big-endian two's complement, as Kafka's LongSerializer writes a
/// Long. Headers, decimal text but for the event, exactly one each: event, round, epoch, slot, granted_at (ms since epoch), v; and mac,
/// the signature in 32 lower-case hexadecimal digits, where there is one.
[[nodiscard]] RawRecord encode(const IssueRecord& record);

/// The inverse of encode(). Foreign headers beside ours are let pass (tracing adds such), a missing key too (it only chooses the
/// partition); a key that contradicts the value is undecodable. A missing, doubled or malformed mac is no signature.
[[nodiscard]] DecodedRecord decode(const RawRecord& raw);

/// All bytes of a record in one text, as `failed_event.raw` keeps it: netstrings ("LENGTH:BYTES,", a null is "-,") of key, value, then
/// name and value of each header. https://cr.yp.to/proto/netstrings.txt
[[nodiscard]] std::string pack(const RawRecord& raw);

/// The inverse of pack(), nullopt for anything pack() did not write.
[[nodiscard]] std::optional<RawRecord> unpack(std::string_view text);

} // namespace coupon
