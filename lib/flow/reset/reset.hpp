#pragma once

#include "core/clock_text.hpp"
#include "core/close_steps.hpp"
#include "core/event_name.hpp"
#include "core/reset_brakes.hpp"
#include "flow/world.hpp"
#include "gate/gate_keeper.hpp"
#include "gate/gate_reader.hpp"
#include "ledger/ledger.hpp"
#include "preflight/preflight.hpp"
#include "topic/topic_admin.hpp"
#include "topic/topic_log.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace coupon {

/// Where the three servers are, for people.
struct ServerAddresses {
    std::string gate;
    std::string topic;
    std::string ledger;
};

inline constexpr int default_partitions = 4;

/// Which coupons are deleted.
struct LedgerPurge {
    std::int64_t keep = 1; ///< rounds, the newest ones, the new one among them
};

/// What the operator wants of a new round.
struct ResetSettings {
    std::string event;
    ServerAddresses servers;
    std::string topic;
    std::string group = "coupon_issuer"; ///< of the workers
    std::string cluster_id{};            ///< of the Kafka cluster the topic is in
    bool moves_topic = false;            ///< the last round used another topic, which is the one the ports read, or another cluster
    Limit limit{100};
    Window window;                             ///< absolute by the gate's clock; of a reopen only its end, where that is to be another one
    UtcOffset utc_offset{0};                   ///< in which times are told
    std::optional<int> partitions{};           ///< of a topic that does not exist yet; absent: default_partitions
    bool force = false;                        ///< give up what is still on its way
    MayEnd may_end;                            ///< the running round that it may end
    std::optional<std::string> once_key{};     ///< --once: at most one round is opened with it
    std::optional<LedgerPurge> purge{};        ///< --purge-ledger
    std::vector<std::string> gate_addresses{}; ///< --gate-address: where else the gate may be made again, as the ledger lists them
    Milliseconds wait{30000};                  ///< for the old round to become quiescent
    Milliseconds timeout{5000};                ///< of each server call
};

/// One step of a reset, for people and for coupon.reset/1.
struct ResetStep {
    std::string name;   ///< for example "close gate"
    std::string status; ///< done, skipped, failed, planned
    std::string detail; ///< a sentence, may be empty
};

/// What a reset did, or would do.
struct ResetReport {
    std::optional<Round> round; ///< the new round; absent where none was opened
    std::optional<Round> previous_round;
    std::optional<RunningRound> running; ///< planned: the running round that the reset would end
    std::vector<ResetStep> steps;
    std::vector<std::string> warnings;    ///< for example a purge that failed
    std::vector<PreflightLine> preflight; ///< those that are not ok
    std::optional<CloseEnd> close;        ///< of the kill switch alone
    std::string outcome;                  ///< what the event is like now, a sentence; empty where that was not reached
};

/// The gate at another address that the ledger lists.
struct OtherGate {
    std::unique_ptr<GateReader> reader;
    std::unique_ptr<GateKeeper> keeper;
};

/// A reset's ports.
struct ResetPorts {
    GateReader& reader;
    GateKeeper& keeper;
    TopicAdmin& admin;
    TopicLog& topic;
    Ledger& ledger;
    World& world;
    /// Told at each look what the old round still waits for; may be null.
    std::function<void(const std::vector<std::string>& reasons)> waiting{};
    TopicLog* other_topic = nullptr; ///< that of the new round, where it is not `topic`, the last round's
    /// For a reopen that moves the gate. usage where the address means another server on this host; null: none can be asked.
    std::function<Result<OtherGate>(const std::string& address)> open_elsewhere{};

    /// The topic of the new round.
    [[nodiscard]] TopicLog& new_topic() const { return other_topic != nullptr ? *other_topic : topic; }
};

/// --once: whether a round was opened with the key before. Then the report says which, and there is nothing left to do. Faults: those of
/// the ledger.
[[nodiscard]] Result<bool> was_opened_once(const ResetSettings& settings, LedgerReader& ledger, Deadline deadline, ResetReport& report);

/// Opens a new round (lib/README.md, "Reset"), unless one was opened with its --once key. On a fault the report so far is in `report`.
/// Faults: already_running, not_quiescent (refused, the gate left closed), refused (nothing was changed: core/reset_brakes.hpp), conflict
/// (another reset took over), unreachable, denied.
[[nodiscard]] Status reset(const ResetSettings& settings, const ResetPorts& ports, ResetReport& report);

/// What reset() would do now; nothing is touched. Faults as it would before it touches anything, then with the whole plan in `report`.
[[nodiscard]] Status plan_reset(const ResetSettings& settings, const ResetPorts& ports, ResetReport& report);

/// --reopen: lets users in again (lib/README.md, "Closing").
[[nodiscard]] Status reopen_event(const ResetSettings& settings, const ResetPorts& ports, ResetReport& report);
/// What reopen_event() would do now; nothing is touched.
[[nodiscard]] Status plan_reopen(const ResetSettings& settings, const ResetPorts& ports, ResetReport& report);

} // namespace coupon
