#pragma once

#include "core/event_name.hpp"
#include "core/failed_kind.hpp"
#include "core/grant.hpp"
#include "core/instant.hpp"
#include "core/kept_record.hpp"
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

/// A record of the topic as the bytes it is made of. Of one that is too large only the beginning of its packed form is held.
struct RawRecord {
    std::optional<std::string> key;
    std::optional<std::string> value;
    std::vector<RecordHeader> headers;
    std::optional<KeptRecord> cut{}; ///< the beginning of a record that is too large; the others are empty then

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
    Instant written_at{};                        ///< the timestamp that Kafka keeps with it; 1 ms before 1970 where there is none
    std::optional<std::int64_t> unbroken_from{}; ///< the reader read each offset from this one up to the record; absent: not told
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

/// A record that this release cannot read as an IssueRecord; the reason names the first thing wrong, for example "header slot is missing".
struct Undecodable {
    std::string reason;
    std::optional<UserId> user{}; ///< where at least the value could be read
    FailedKind kind = FailedKind::undecodable;
};

using DecodedRecord = std::variant<IssueRecord, Undecodable>;

/// The format version this build writes, header `v`.
inline constexpr std::int64_t record_version = 1;

/// The wire form. Key: user id, decimal text. Value: user id, 8 bytes big-endian two's complement, as Kafka's LongSerializer writes a
/// Long. Headers, decimal text but for the event, exactly one each: event, round, epoch, slot, granted_at (ms since epoch), v; and mac,
/// the signature in 32 lower-case hexadecimal digits, where there is one.
[[nodiscard]] RawRecord encode(const IssueRecord& record);

/// The inverse of encode(). Unknown headers are ignored (tracing adds some), and so is a missing key (it only chooses the partition); a key
/// that contradicts the value is undecodable, and so is a record of a newer format, or of more than longest_kept bytes packed. A missing,
/// doubled or malformed mac is no signature.
[[nodiscard]] DecodedRecord decode(const RawRecord& raw);

} // namespace coupon
