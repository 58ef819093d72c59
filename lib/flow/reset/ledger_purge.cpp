#include "flow/reset/ledger_purge.hpp"

#include "core/wording.hpp"
#include "flow/patience.hpp"

namespace coupon {

namespace {

constexpr auto step = "purge ledger";

/// What is deleted.
struct Purge {
    Round keep_from;          ///< the first round that stays
    std::int64_t rounds = 0;  ///< that hold coupons and go
    std::int64_t coupons = 0; ///< of these
};

Result<Purge> look(const ResetSettings& settings, const std::vector<RoundRow>& rounds, LedgerReader& ledger, World& world) {
    Purge purge;
    const auto keep = static_cast<std::size_t>(settings.purge->keep);
    if (rounds.size() <= keep) return purge;
    purge.keep_from = rounds[rounds.size() - keep].round;
    for (const auto& row : rounds) {
        if (row.round >= purge.keep_from) break;
        const auto count = ledger.coupon_count(row.round, world.now() + settings.timeout);
        if (!count) return count.fault();
        purge.coupons += *count;
        purge.rounds += *count > 0 ? 1 : 0;
    }
    return purge;
}

std::string text_of(const ResetSettings& settings, const Purge& purge, std::int64_t coupons) {
    const auto kept = "; the newest " + (settings.purge->keep == 1 ? "round is" : grouped(settings.purge->keep) + " rounds are") + " kept";
    return counted_coupons(coupons) + " of " + grouped(purge.rounds) + (purge.rounds == 1 ? " older round" : " older rounds") + kept +
           ", in " + settings.servers.ledger;
}

} // namespace

Status purge_rounds(const ResetSettings& settings, const std::vector<RoundRow>& rounds, Ledger& ledger, World& world, ResetReport& report) {
    const auto purge = look(settings, rounds, ledger, world);
    if (!purge) return purge.fault();
    const auto gone = ledger.purge_before(purge->keep_from, world.now() + time_for(purge->coupons, settings.timeout));
    report.steps.push_back({step, gone ? "done" : "failed", gone ? text_of(settings, *purge, *gone) : gone.fault().message});
    if (gone) return Done{};
    return Fault{gone.fault().kind, gone.fault().message, "coupon-reset --purge-ledger --no-round goes on with it"};
}

Status plan_purge_rounds(const ResetSettings& settings, const std::vector<RoundRow>& rounds, LedgerReader& ledger, World& world,
                         ResetReport& report) {
    const auto purge = look(settings, rounds, ledger, world);
    if (!purge) return purge.fault();
    report.steps.push_back({step, "planned", text_of(settings, *purge, purge->coupons)});
    return Done{};
}

Status purge_ledger(const ResetSettings& settings, Ledger& ledger, World& world, ResetReport& report) {
    if (auto locked = ledger.lock_resets(world.now() + settings.timeout); !locked) return locked;
    const auto rounds = ledger.rounds(world.now() + settings.timeout);
    if (!rounds) return rounds.fault();
    return purge_rounds(settings, *rounds, ledger, world, report);
}

Status plan_purge_ledger(const ResetSettings& settings, Ledger& ledger, World& world, ResetReport& report) {
    const auto rounds = ledger.rounds(world.now() + settings.timeout);
    if (!rounds) return rounds.fault();
    return plan_purge_rounds(settings, *rounds, ledger, world, report);
}

} // namespace coupon
