#pragma once

#include "core/instant.hpp"
#include "core/quiescence.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace coupon {

/// What an audit saw of an event that moved, on both sides of its reading (lib/README.md, "In progress").
struct Motion {
    QuiescenceLook before;           ///< the last look before the stores were read
    QuiescenceLook after;            ///< the first look after everything was read, histories too
    bool goes_forward = false;       ///< something went forward between the first look and the last
    std::vector<std::string> faults; ///< what an event in good health does not show, one sentence each

    /// No other epoch began between the two looks: nothing the gate held was forgotten or fenced.
    [[nodiscard]] bool is_one_epoch() const;
    /// Everything below it was settled in the ledger before the ledger was read: the group had committed it.
    [[nodiscard]] std::int64_t settled_to(std::int32_t partition) const;
};

/// Watches an event look by look. Pure: the time of each look is handed in.
class MotionWatch {
public:
    /// How long records may stay unread, or claims pending, while none of them goes on.
    static constexpr Milliseconds longest_standstill{10'000};

    void look(const QuiescenceLook& look, Tick now);
    /// What the last two looks show; nullopt unless both found the gate armed, in one round and epoch. The looks of an earlier epoch count
    /// for nothing.
    [[nodiscard]] std::optional<Motion> motion() const;

private:
    /// A count that should grow, and since when it has not.
    struct Standing {
        std::int64_t position = 0;
        Tick since;
    };
    /// Since the gate was armed.
    struct Watched {
        QuiescenceLook first;
        Tick first_at;
        std::optional<QuiescenceLook> last_but_one;
        QuiescenceLook last;
        Tick last_at;
        std::map<std::int32_t, Standing> unread; ///< partitions with unread records, by committed offset
        std::optional<Standing> pending;         ///< while claims are pending, by claims published
        std::vector<std::string> went_back;      ///< one sentence each
    };

    static void note_standing(Watched& watched);
    static void note_going_back(Watched& watched);
    [[nodiscard]] static std::vector<std::string> standstills(const Watched& watched);

    std::optional<Watched> watched_;
};

} // namespace coupon
