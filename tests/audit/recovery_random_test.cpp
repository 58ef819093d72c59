#include "audit/recovery_plan.hpp"

#include "audit/kept_records.hpp"
#include "audit/random_event.hpp"
#include "audit/recovering.hpp"
#include "audit/report_text.hpp"

#include <doctest/doctest.h>

using namespace coupon;

namespace {

constexpr Milliseconds grace{3000};

/// What a bad day does to an event at rest: everything here can be put right.
class BadDay {
public:
    BadDay(std::uint64_t seed, AuditInput& input, FailedClaims& failed) : chance_(seed), input_(input), failed_(failed) {
        input.gate->now = Instant(Milliseconds(1'000'000));
        const auto claims = input.gate->claims;
        for (const auto& claim : claims) {
            switch (pick(6)) {
            case 0: lose_row(claim.user); break;
            case 1: lose_all(claim.user); break;
            case 2: leave_pending(claim); break;
            case 3:
                lose_all(claim.user);
                leave_pending(claim);
                break;
            case 4: fail(claim); break;
            default: break;
            }
        }
        if (pick(3) == 0) read_again();
        const DecodedRecord unreadable = Undecodable{"the value is null", std::nullopt};
        if (pick(3) == 0) input.topic_log->records.add({next_place(), unreadable});
    }

    [[nodiscard]] int done() const { return done_; }

private:
    [[nodiscard]] std::size_t pick(std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(chance_); }

    void lose_row(UserId user) {
        ++done_;
        std::erase_if(input_.ledger->coupons, [&](const Coupon& one) { return one.user == user; });
    }
    void lose_all(UserId user) {
        lose_row(user);
        // No topic loses single records, so what users were told cannot be compared with the epochs of those that are left.
        input_.histories.clear();
        keep_records(input_.topic_log->records, [&](const TopicRecord& one) {
            const auto* issue = std::get_if<IssueRecord>(&one.decoded);
            return issue == nullptr || issue->grant.user != user;
        });
    }
    void leave_pending(const ClaimedSlot& claim) {
        ++done_;
        input_.gate->outbox.push_back({claim.user, claim.slot, Instant{}, input_.gate->fields.epoch});
        ++input_.gate->outbox_size;
        --input_.gate->fields.published;
        input_.not_quiescent_because.emplace_back("claims are pending");
    }
    /// A worker that did not know the round yet read all records of the user.
    void fail(const ClaimedSlot& claim) {
        lose_row(claim.user);
        const auto& records = input_.topic_log->records;
        for (std::size_t i = 0; i < records.size(); ++i) {
            const auto record = records[i];
            const auto* issue = std::get_if<IssueRecord>(&record.decoded);
            if (issue == nullptr || issue->grant.user != claim.user) continue;
            const ReadRecord read{record.at, *issue, claim.user, {}};
            const Settlement unknown{RecordClass::failed, FailedKind::unknown_round, "round 1 of event coupon is unknown"};
            input_.ledger->failed.push_back(failed_record_of(input_.topic, read, {}, unknown).event);
            const auto identity = input_.ledger->failed.back().identity();
            input_.topic_log->kept_as_failed.insert(identity);
            failed_.open.push_back({read, identity.mark});
        }
    }
    /// The worker died before it committed.
    void read_again() {
        auto& lag = input_.topic_log->partitions[pick(2)];
        lag.committed = static_cast<std::int64_t>(pick(static_cast<std::size_t>(lag.high) + 1));
        if (lag.behind() > 0) input_.not_quiescent_because.emplace_back("behind");
    }
    SourcePosition next_place() {
        auto& lag = input_.topic_log->partitions[0];
        const bool is_read = lag.behind() == 0;
        const SourcePosition at{0, lag.high++};
        if (is_read) lag.committed = lag.high;
        return at;
    }

    std::mt19937_64 chance_;
    AuditInput& input_;
    FailedClaims& failed_;
    int done_ = 0;
};

} // namespace

TEST_SUITE("audit/recovery_random") {
    TEST_CASE("whatever was lost, one recovery and a worker make the event exact, and a second recovery finds nothing") {
        int damages = 0;
        std::size_t pending = 0;
        std::size_t lost = 0;
        std::size_t skipped = 0;
        std::size_t issuable = 0;
        for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
            RandomEvent event(seed);
            event.run(60 + static_cast<int>(seed % 7) * 60);
            event.finish();
            auto input = event.input();
            if (input.ledger->coupons.empty()) continue;
            FailedClaims failed;
            const BadDay day(seed, input, failed);
            damages += day.done();
            const auto plan = plan_recovery(input, failed, grace);
            pending += plan.pending.size();
            lost += plan.lost.size();
            skipped += plan.skipped.size();
            issuable += plan.issuable.size();
            Recovering stores(input, failed);
            stores.carry_out(plan);
            stores.work();
            const auto again = plan_recovery(input, failed, grace);
            const auto report = reconcile(input);
            INFO("seed " << seed << ": " << everything_said(report));
            CHECK_FALSE(again.has_work());
            CHECK(again.for_a_person.empty());
            CHECK(report.verdict == Verdict::exact);
            if (again.has_work() || report.verdict != Verdict::exact) break;
        }
        // The days must have been bad ones.
        CHECK(damages > 3000);
        CHECK(pending > 500);
        CHECK(lost > 300);
        CHECK(skipped > 500);
        CHECK(issuable > 300);
        MESSAGE(damages << " damages: " << pending << " pending, " << lost << " lost, " << skipped << " skipped, " << issuable
                        << " failed events");
    }
}
