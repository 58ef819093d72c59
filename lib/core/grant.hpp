#pragma once

#include "core/instant.hpp"
#include "core/round.hpp"
#include "core/user_id.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace coupon {

/// The random name of one application, 32 hexadecimal digits. It stays the same when the application is asked again.
using ApplicationId = std::string;

/// What stands in a claim in place of the application id when the claim was put back by arming: records and rows do not carry it.
inline constexpr std::string_view restored_application = "-";

/// One user asking for one coupon of one round.
struct Application {
    UserId user;
    ApplicationId id;
    Round round; ///< the round the program read at its start
};

/// Why users are turned away. round_over is about the round asked for, the others about its opening hours.
enum class ClosedReason { not_yet, ended, by_operator, round_over };

/// Whether the gate still has the claim in its outbox.
enum class ClaimState { pending, confirmed };

/// A slot the gate gave to a user: all that the record on the topic says.
struct Grant {
    Round round;
    Epoch epoch;
    Slot slot;
    UserId user;
    Instant granted_at; ///< by the gate's clock; informative, slots are the order

    friend bool operator==(const Grant&, const Grant&) = default;
};

/// The gate's record of one granted application.
struct Claim {
    UserId user;
    Slot slot;
    ApplicationId application;

    friend auto operator<=>(const Claim&, const Claim&) = default;
};

/// A claim among many: whose slot it is, without the application.
struct ClaimedSlot {
    UserId user;
    Slot slot;

    friend bool operator==(const ClaimedSlot&, const ClaimedSlot&) = default;
};

/// One entry of the outbox: a claim not yet known to be on the topic.
struct PendingClaim {
    UserId user;
    Slot slot;
    Instant granted_at;
    Epoch epoch;

    friend bool operator==(const PendingClaim&, const PendingClaim&) = default;
};

/// What a user is told. The first four and closed are definite; pending promises nothing yet; error certainly had no effect;
/// unknown may have had one and is never turned into "no".
enum class Answer { granted, pending, duplicate, sold_out, closed, error, unknown };

inline constexpr std::array all_answers{Answer::granted, Answer::pending, Answer::duplicate, Answer::sold_out,
                                        Answer::closed,  Answer::error,   Answer::unknown};

/// How far a grant is known to have come: claimed by the gate, acknowledged by the topic, committed in the ledger.
enum class Level { claimed, published, issued };

[[nodiscard]] const char* name_of(Answer answer);
[[nodiscard]] const char* name_of(Level level);
[[nodiscard]] const char* name_of(ClosedReason reason);
[[nodiscard]] std::optional<Answer> parse_answer(std::string_view text);
[[nodiscard]] std::optional<Level> parse_level(std::string_view text);
[[nodiscard]] std::optional<ClosedReason> parse_closed_reason(std::string_view text);

/// The outcome of one application as it is printed and kept in the history.
struct Told {
    UserId user;
    Answer answer = Answer::unknown;
    std::optional<Slot> slot;   ///< with granted, pending (where known) and duplicate
    std::optional<Level> level; ///< with the slot
    std::string reason;         ///< why closed, pending, error or unknown; empty otherwise
};

} // namespace coupon
