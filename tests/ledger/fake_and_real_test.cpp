#include "fakes/fake_ledger.hpp"
#include "ledger/live_mysql.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace coupon;

namespace {

/// The same calls to a fake and to a real ledger, drawn from a seed.
class Twins {
public:
    Twins(const MysqlOptions& options, std::uint32_t seed)
        : event_(fresh_name("e")), topic_(fresh_name("t")), fake_(event_, topic_), real_(open_ledger(options, event_, topic_)),
          chance_(seed) {}

    /// One call, its answers compared.
    void step() {
        switch (draw(0, 19)) {
        case 0: insert_round(); break;
        case 1: close_round(); break;
        case 2: {
            const auto seen = some_owner();
            same([&, closes_at = some_end()](Ledger& ledger) {
                return told_row(ledger.reopen_round(highest(), seen, owner_, closes_at, soon()));
            });
            break;
        }
        case 3:
            if (draw(0, 7) == 0) same([&](Ledger& ledger) { return told(ledger.abandon_round(highest(), owner_, soon())); });
            break;
        case 4:
        case 5: same([&](Ledger& ledger) { return told(ledger.finish_opening(highest(), owner_, some_home, soon())); }); break;
        case 6: store_fence(); break;
        case 7:
            if (draw(0, 5) == 0) {
                const Round keep(draw(0, 5));
                same([&](Ledger& ledger) {
                    const auto dropped = ledger.purge_before(keep, soon());
                    return dropped ? std::to_string(*dropped) : told(dropped);
                });
            }
            break;
        case 8: retry(); break;
        case 9:
            if (draw(0, 3) == 0) dismiss();
            break;
        default: issue(); break;
        }
    }

    void compare_tables() {
        for (std::int64_t round = 1; round <= last_round_; ++round) {
            const auto fake = fake_.snapshot(Round(round), soon());
            const auto real = real_->snapshot(Round(round), soon());
            REQUIRE(fake);
            REQUIRE_MESSAGE(real, told(real));
            CHECK(fake->rounds == real->rounds);
            CHECK(fake->fences == real->fences);
            CHECK(fake->purged_to == real->purged_to);
            CHECK(fake->coupons == real->coupons);
            for (const auto& coupon : fake->coupons) {
                const auto fake_own = fake_.coupons_of(Round(round), coupon.user, soon());
                const auto real_own = real_->coupons_of(Round(round), coupon.user, soon());
                REQUIRE_MESSAGE(real_own, told(real_own));
                REQUIRE(real_own->size() == 1);
                CHECK(fake_own->front().granted_at == real_own->front().granted_at);
            }
            CHECK(spelled(fake->abandoned) == spelled(real->abandoned));
            CHECK(spelled(fake->failed) == spelled(real->failed));
            const auto fake_claims = fake_.failed_claims(Round(round), soon());
            const auto real_claims = real_->failed_claims(Round(round), soon());
            REQUIRE_MESSAGE(real_claims, told(real_claims));
            CHECK(spelled(fake_claims->open) == spelled(real_claims->open));
            CHECK(spelled(fake_claims->dismissed) == spelled(real_claims->dismissed));
        }
    }

    [[nodiscard]] int issued() const { return issued_; }

private:
    std::int64_t draw(std::int64_t from, std::int64_t to) { return std::uniform_int_distribution<std::int64_t>(from, to)(chance_); }

    [[nodiscard]] Round highest() const { return Round(last_round_); }

    template <class Call>
    void same(Call call) {
        const std::string fake = call(fake_);
        CHECK(fake == call(*real_));
    }

    static std::string told_row(const Result<RoundRow>& row) {
        return row ? std::string(name_of(row->state)) + " " + row->owner : told(row);
    }

    static std::string spelled(const FailedEvent& failed) {
        return std::to_string(failed.at.partition) + "@" + std::to_string(failed.at.offset) + " " + failed.event + " " +
               (failed.round ? failed.round->text() : "-") + " " + (failed.user ? failed.user->text() : "-") + " " + name_of(failed.kind) +
               " " + failed.reason + " " + std::to_string(failed.attempts) + (failed.resolved ? " resolved" : "") +
               failed.dismissed_why.value_or("");
    }
    static std::string spelled(const std::vector<FailedEvent>& events) {
        std::string all;
        for (const auto& failed : events)
            all += spelled(failed) + "\n";
        return all;
    }
    static std::string spelled(const std::vector<ClaimedSlot>& claims) {
        std::string all;
        for (const auto& claim : claims)
            all += claim.slot.text() + ":" + claim.user.text() + " ";
        return all;
    }

    [[nodiscard]] std::string some_owner() { return draw(0, 3) == 0 ? "another" : owner_; }

    void close_round() {
        const auto seen = some_owner();
        const auto token = some_owner();
        const bool compares = draw(0, 1) == 0;
        same([&](Ledger& ledger) {
            return told_row(compares ? ledger.close_owned_round(highest(), seen, token, soon())
                                     : ledger.close_round(highest(), token, soon()));
        });
    }

    std::optional<Instant> some_end() { return draw(0, 1) == 0 ? std::nullopt : std::optional(Instant(Milliseconds(draw(1, 1000)))); }

    void insert_round() {
        NewRound fresh;
        fresh.row = {event_, Round(last_round_ + 1), Limit(draw(10, 30)), topic_, RoundState::opening, Epoch(1), {}, owner_};
        if (last_round_ > 0) fresh.previous = highest();
        if (draw(0, 9) == 0) fresh.row.owner = "another";
        if (draw(0, 1) == 0) fresh.row.once_key = "day-" + std::to_string(draw(1, 5));
        for (std::int32_t partition = 0; partition < 2; ++partition)
            fresh.purge_offsets[partition] = draw(0, offset_);
        for (std::int64_t i = draw(0, 3); i > 0 && draw(0, 1) == 0; --i)
            fresh.given_up.push_back({UserId(draw(1, 20)), Slot(draw(1, 20)), Instant{}, Epoch(1)});
        const auto fake = fake_.insert_round(fresh, soon());
        CHECK(told(fake) == told(real_->insert_round(fresh, soon())));
        if (fake) last_round_ = fresh.row.round.value();
    }

    void store_fence() {
        const Epoch epoch(draw(1, 4));
        const std::map<std::int32_t, LogEnd> ends{{0, draw(offset_ / 2, offset_)}, {1, draw(offset_ / 2, offset_)}};
        same([&](Ledger& ledger) {
            const auto state = ledger.store_fence(highest(), epoch, ends, some_place, soon());
            return state ? std::string(name_of(*state)) : told(state);
        });
    }

    void retry() {
        const auto most = draw(1, 20);
        same([&](Ledger& ledger) {
            const auto retried = ledger.retry_failed({}, most, soon());
            return retried ? spelled(retried->resolved) + "/" + spelled(retried->still_failed) : told(retried);
        });
    }

    void dismiss() {
        const auto first = draw(0, offset_);
        const std::vector<FailedSelection> selections{FailedKind::conflict, FailedKind::unknown_round,
                                                      PlaceRange{static_cast<std::int32_t>(draw(0, 2)), first, first + draw(0, 9)}};
        const auto& which = selections[static_cast<std::size_t>(draw(0, 2))];
        same([&](Ledger& ledger) {
            const auto counts = ledger.failed_counts(which, soon());
            const auto dismissed = ledger.dismiss(which, "why", 5, soon());
            return counts->open_text() + "/" + std::to_string(counts->open_of_users) + "/" + std::to_string(counts->dismissed) + "/" +
                   std::to_string(counts->issued) + "/" + (dismissed ? std::to_string(*dismissed) : told(dismissed));
        });
    }

    SourceRecord record() {
        // Mostly what a worker sees: the newest round, its first epoch, a slot it has.
        const Round round(draw(0, 3) == 0 ? draw(1, last_round_ + 1) : std::max<std::int64_t>(last_round_, 1));
        const Grant grant{round, Epoch(draw(0, 3) == 0 ? draw(1, 4) : 1), Slot(draw(1, 31)), UserId(draw(1, 40)),
                          Instant(Milliseconds(draw(0, 1'000'000)))};
        SourceRecord made{{static_cast<std::int32_t>(draw(0, 2)), offset_++}, encode({event_, grant})};
        if (draw(0, 30) == 0) made.raw.headers.erase(made.raw.headers.begin() + draw(0, 5));
        if (draw(0, 60) == 0) made.raw.headers[0].value = "never-heard-of";
        if (draw(0, 60) == 0) made.raw.headers.back().value = "2";
        if (draw(0, 60) == 0) made.raw.value = "short";
        return made;
    }

    void issue() {
        std::vector<SourceRecord> batch;
        for (std::int64_t i = draw(0, 12); i > 0; --i) {
            // Now and then one that came before comes again.
            batch.push_back(sent_.empty() || draw(0, 3) > 0
                                ? record()
                                : sent_[static_cast<std::size_t>(draw(0, static_cast<std::int64_t>(sent_.size()) - 1))]);
            sent_.push_back(batch.back());
        }
        const auto fake = fake_.issue(batch, soon());
        const auto real = real_->issue(batch, soon());
        if (!fake) {
            // The event has no round yet.
            CHECK(kind_of(fake) == FaultKind::missing);
            CHECK(kind_of(real) == FaultKind::missing);
            return;
        }
        REQUIRE_MESSAGE(real, told(real));
        REQUIRE(fake->size() == real->size());
        for (std::size_t i = 0; i < fake->size(); ++i) {
            CHECK((*fake)[i].becomes == (*real)[i].becomes);
            CHECK((*fake)[i].kind == (*real)[i].kind);
            CHECK((*fake)[i].reason == (*real)[i].reason);
            if ((*fake)[i].becomes == RecordClass::issued) ++issued_;
        }
    }

    std::string event_;
    std::string topic_;
    FakeLedger fake_;
    std::unique_ptr<Ledger> real_;
    std::mt19937 chance_;
    std::string owner_ = "me";
    std::int64_t last_round_ = 0;
    std::int64_t offset_ = 0;
    std::vector<SourceRecord> sent_;
    int issued_ = 0;
};

} // namespace

TEST_SUITE_BEGIN("live/ledger/fake_and_real");

TEST_CASE("fake and real server give the same answers to the same calls, and end with the same tables") {
    const LiveDatabase database;
    int issued = 0;
    for (std::uint32_t seed = 1; seed <= 12; ++seed) {
        CAPTURE(seed);
        Twins twins(database.options(), seed);
        for (int i = 0; i < 120; ++i)
            twins.step();
        twins.compare_tables();
        issued += twins.issued();
    }
    CHECK(issued > 100); // else the seeds no longer lead anywhere
}

TEST_SUITE_END();
