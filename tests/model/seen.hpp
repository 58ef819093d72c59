#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace coupon::model {

/// The states that were seen, each by a fingerprint of 64 bits. Two different states with the same fingerprint are taken for one, and what
/// lies behind the second may be missed: among n states with a probability below n^2 / 2^65, 3 in 100,000 for 30 million.
class Seen {
public:
    Seen() : slots_(std::size_t{1} << 16U) {}

    /// True when the state is new.
    bool insert(std::uint64_t fingerprint) {
        if (fingerprint == 0) fingerprint = 1; // 0 marks a free slot
        if ((size_ + 1) * 8 > slots_.size() * 7) grow();
        auto& slot = slots_[slot_of(fingerprint)];
        if (slot == fingerprint) return false;
        slot = fingerprint;
        ++size_;
        return true;
    }
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    [[nodiscard]] std::size_t slot_of(std::uint64_t fingerprint) const {
        std::size_t at = fingerprint & (slots_.size() - 1);
        while (slots_[at] != 0 && slots_[at] != fingerprint)
            at = (at + 1) & (slots_.size() - 1);
        return at;
    }

    void grow() {
        std::vector<std::uint64_t> before(slots_.size() * 2);
        before.swap(slots_);
        for (const auto fingerprint : before) {
            if (fingerprint != 0) slots_[slot_of(fingerprint)] = fingerprint;
        }
    }

    std::vector<std::uint64_t> slots_;
    std::size_t size_ = 0;
};

} // namespace coupon::model
