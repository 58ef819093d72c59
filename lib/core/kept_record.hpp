#pragma once

#include "core/sha256.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The packed form of a record, as table failed_event keeps it: netstrings ("LENGTH:BYTES,", a null is "-,") of key, value, then name and
/// value of each header. https://cr.yp.to/proto/netstrings.txt
namespace coupon {

struct RawRecord;

/// Bytes of a packed record that are kept at most. A record of ours takes less than 1 KiB; a larger one than this is never ours.
inline constexpr std::size_t longest_kept = 64 * 1024;

/// A packed record, or the beginning of one that is too large.
struct KeptRecord {
    std::string raw;
    std::int64_t length = 0; ///< bytes of the whole packed record
    Sha256Digest sha256{};   ///< of the whole packed record

    [[nodiscard]] bool is_whole() const { return raw.size() == static_cast<std::size_t>(length); }
    friend bool operator==(const KeptRecord&, const KeptRecord&) = default;
};

/// Bytes of a key, value, header name or header value within a packed record.
[[nodiscard]] std::size_t packed_size(const std::optional<std::string_view>& bytes);

/// Packs a record of any size part by part, in the order of the packed form, and holds no more than `most` bytes of it.
class RecordPacker {
public:
    explicit RecordPacker(std::size_t most = longest_kept) : most_(most) {}

    void add(const std::optional<std::string_view>& bytes);
    [[nodiscard]] KeptRecord kept() const;

private:
    void append(std::string_view bytes);

    std::size_t most_;
    std::string raw_;
    std::int64_t length_ = 0;
    Sha256 sha256_;
};

/// Bytes of the whole packed record, also where it is cut.
[[nodiscard]] std::size_t packed_size(const RawRecord& raw);
/// The record packed, at most `most` bytes of it.
[[nodiscard]] KeptRecord keep(const RawRecord& raw, std::size_t most = longest_kept);
/// The record itself, cut where it is too large to be kept whole.
[[nodiscard]] RawRecord shortened(RawRecord raw);
/// Bytes that are held of a record.
[[nodiscard]] std::size_t held_bytes(const RawRecord& raw);
/// All bytes of a record in one text. REQUIRES: it is not cut.
[[nodiscard]] std::string pack(const RawRecord& raw);
/// The inverse of pack(), nullopt for anything pack() did not write.
[[nodiscard]] std::optional<RawRecord> unpack(std::string_view text);
/// The inverse of keep(): a cut record where it is not whole; nullopt for a whole one that pack() did not write.
[[nodiscard]] std::optional<RawRecord> restore(KeptRecord kept);

} // namespace coupon
