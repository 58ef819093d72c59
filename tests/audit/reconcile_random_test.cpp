#include "audit/reconcile.hpp"

#include "audit/kept_records.hpp"
#include "audit/random_event.hpp"
#include "audit/report_text.hpp"

#include <doctest/doctest.h>

#include <functional>

using namespace coupon;

namespace {

/// An event at rest that somebody applied to, or nothing where this seed has none.
std::optional<AuditInput> event_of(std::uint64_t seed) {
    RandomEvent event(seed);
    event.run(60 + static_cast<int>(seed % 7) * 60);
    event.finish();
    CHECK_MESSAGE(event.is_at_rest(), "seed " << seed << " does not come to rest");
    CHECK_MESSAGE(event.failed() == 0, "seed " << seed << " makes failed events");
    CHECK_MESSAGE(!event.was_contradicted(), "seed " << seed << " contradicts itself");
    auto input = event.input();
    return input.ledger->coupons.empty() ? std::nullopt : std::optional(std::move(input));
}

template <class Things>
void drop_first(Things& things, UserId user) {
    things.erase(std::find_if(things.begin(), things.end(), [&](const auto& thing) { return thing.user == user; }));
}

} // namespace

TEST_SUITE("audit/reconcile_random") {
    TEST_CASE("no healthy run raises an alarm, whatever the gate forgot and whatever came late") {
        int events = 0;
        std::int64_t epochs = 0;
        int sold_out = 0;
        int fenced = 0;
        for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
            const auto input = event_of(seed);
            if (!input) continue;
            const auto report = reconcile(*input);
            ++events;
            epochs = std::max(epochs, input->ledger->rounds.back().epoch.value());
            sold_out += report.issued == input->ledger->rounds.back().limit.value() ? 1 : 0;
            for (const auto& check : report.checks)
                fenced += check.id == "I9" && check.examined.find(" 0 fenced") == std::string::npos ? 1 : 0;
            INFO("seed " << seed << ": " << everything_said(report));
            CHECK(report.verdict == Verdict::exact);
            if (report.verdict != Verdict::exact) break;
        }
        // The runs must have met what they are about.
        CHECK(events > 2500);
        CHECK(epochs >= 4);
        CHECK(sold_out > 300);
        CHECK(fenced > 100);
        MESSAGE(events << " events, up to " << epochs << " epochs, " << sold_out << " sold out, " << fenced << " with fenced records");
    }

    TEST_CASE("whatever is planted into such a run is found") {
        const struct {
            const char* what;
            std::function<void(AuditInput&, const Coupon&)> plant;
            Verdict verdict = Verdict::violated;
        } table[] = {
            {"a row deleted", [](AuditInput& in, const Coupon& row) { drop_first(in.ledger->coupons, row.user); }},
            {"a row given to somebody else",
             [](AuditInput& in, const Coupon& row) {
                 std::find(in.ledger->coupons.begin(), in.ledger->coupons.end(), row)->user = UserId(99);
             }},
            {"a claim removed", [](AuditInput& in, const Coupon& row) { drop_first(in.gate->claims, row.user); }},
            {"a claim removed with its counters",
             [](AuditInput& in, const Coupon& row) {
                 drop_first(in.gate->claims, row.user);
                 --in.gate->claims_size;
                 --in.gate->fields.granted;
                 --in.gate->fields.published;
             }},
            {"a row moved to another slot",
             [](AuditInput& in, const Coupon& row) {
                 std::find(in.ledger->coupons.begin(), in.ledger->coupons.end(), row)->slot = Slot(7);
             }},
            {"its records gone",
             [](AuditInput& in, const Coupon& row) {
                 keep_records(in.topic_log->records,
                              [&](const TopicRecord& record) { return std::get<IssueRecord>(record.decoded).grant.user != row.user; });
             },
             Verdict::cannot_tell},
            {"nobody told of it",
             [](AuditInput& in, const Coupon& row) {
                 for (auto& history : in.histories)
                     keep_entries(history.entries, [&](const HistoryEntry& entry) { return entry.user != row.user; });
             }},
            {"only refusals told of it",
             [](AuditInput& in, const Coupon& row) {
                 for (auto& history : in.histories) {
                     keep_entries(history.entries, [&](HistoryEntry& entry) {
                         if (entry.user == row.user) entry = {entry.id, row.user, entry.invoke_ns, entry.invoke_ns, Answer::closed, {}, {}};
                         return true;
                     });
                 }
             }},
        };
        for (const auto& row : table) {
            for (std::uint64_t seed = 1; seed <= 200; ++seed) {
                auto input = event_of(seed);
                if (!input) continue;
                const auto victim = input->ledger->coupons[seed % input->ledger->coupons.size()];
                row.plant(*input, victim);
                const auto report = reconcile(*input);
                INFO(row.what << ", seed " << seed << ": " << everything_said(report));
                CHECK(report.verdict == row.verdict);
                if (report.verdict != row.verdict) break;
            }
        }
    }
}
