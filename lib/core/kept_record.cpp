#include "core/kept_record.hpp"

#include "core/decimal.hpp"
#include "core/issue_record.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace coupon {

namespace {

constexpr std::string_view null_netstring = "-,";

/// Hands the parts of a record to `take`, in the order of the packed form.
template <class Take>
void for_each_part(const RawRecord& raw, const Take& take) {
    take(raw.key);
    take(raw.value);
    for (const auto& header : raw.headers) {
        take(std::optional<std::string_view>(header.name));
        take(header.value);
    }
}

/// Takes one netstring off the front; the outer optional is "well formed", the inner one "not null".
std::optional<std::optional<std::string>> take_netstring(std::string_view& text) {
    if (text.starts_with(null_netstring)) {
        text.remove_prefix(null_netstring.size());
        return std::optional<std::string>{};
    }
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto size = parse_decimal(text.substr(0, colon));
    if (!size || static_cast<std::uint64_t>(*size) >= text.size() - colon - 1) return std::nullopt;
    const auto length = static_cast<std::size_t>(*size);
    if (text[colon + 1 + length] != ',') return std::nullopt;
    std::string bytes(text.substr(colon + 1, length));
    text.remove_prefix(colon + length + 2);
    return std::optional<std::string>{std::move(bytes)};
}

} // namespace

std::size_t packed_size(const std::optional<std::string_view>& bytes) {
    if (!bytes) return null_netstring.size();
    std::size_t digits = 1;
    for (auto rest = bytes->size(); rest >= 10; rest /= 10)
        ++digits;
    return digits + bytes->size() + 2;
}

void RecordPacker::append(std::string_view bytes) {
    sha256_.add(bytes);
    length_ += static_cast<std::int64_t>(bytes.size());
    raw_.append(bytes.substr(0, most_ - raw_.size()));
}

void RecordPacker::add(const std::optional<std::string_view>& bytes) {
    if (!bytes) return append(null_netstring);
    append(std::to_string(bytes->size()) + ":");
    append(*bytes);
    append(",");
}

KeptRecord RecordPacker::kept() const {
    return {raw_, length_, sha256_.digest()};
}

std::size_t packed_size(const RawRecord& raw) {
    if (raw.cut) return static_cast<std::size_t>(raw.cut->length);
    std::size_t size = 0;
    for_each_part(raw, [&](const std::optional<std::string_view>& part) { size += packed_size(part); });
    return size;
}

KeptRecord keep(const RawRecord& raw, std::size_t most) {
    if (raw.cut) {
        auto kept = *raw.cut;
        kept.raw.resize(std::min(kept.raw.size(), most));
        return kept;
    }
    RecordPacker packer(most);
    for_each_part(raw, [&](const std::optional<std::string_view>& part) { packer.add(part); });
    return packer.kept();
}

RawRecord shortened(RawRecord raw) {
    if (raw.cut || packed_size(raw) <= longest_kept) return raw;
    RawRecord cut;
    cut.cut = keep(raw);
    return cut;
}

std::size_t held_bytes(const RawRecord& raw) {
    return raw.cut ? raw.cut->raw.size() : packed_size(raw);
}

std::string pack(const RawRecord& raw) {
    assert(!raw.cut);
    return keep(raw, packed_size(raw)).raw;
}

std::optional<RawRecord> unpack(std::string_view text) {
    const auto key = take_netstring(text);
    if (!key) return std::nullopt;
    const auto value = take_netstring(text);
    if (!value) return std::nullopt;
    RawRecord raw{*key, *value, {}, {}};
    while (!text.empty()) {
        const auto name = take_netstring(text);
        if (!name || !*name) return std::nullopt;
        const auto header = take_netstring(text);
        if (!header) return std::nullopt;
        raw.headers.push_back({**name, *header});
    }
    return raw;
}

std::optional<RawRecord> restore(KeptRecord kept) {
    if (kept.is_whole()) return unpack(kept.raw);
    RawRecord raw;
    raw.cut = std::move(kept);
    return raw;
}

} // namespace coupon
