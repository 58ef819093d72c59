#include "flow/worker/redrive.hpp"

#include "core/quiescence.hpp"
#include "core/restore_plan.hpp"
#include "flow/patience.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace coupon {

namespace {

/// Records or confirms under way at a time.
constexpr std::size_t at_once = 10'000;

/// Claims name no round. Read between two looks that show an armed gate in the same round and epoch, they are that round's: within an epoch
/// the gate's memory is continuous. Otherwise claims of another round could be published, and issued, as this one's.
Result<bool> is_unchanged(GateReader& reader, const GateSummary& first, Deadline deadline) {
    const auto summary = reader.summary(deadline);
    if (!summary) return summary.fault();
    return summary->armed() && summary->fields.round == first.fields.round && summary->fields.epoch == first.fields.epoch;
}

/// A round that was given up keeps no promise: its records are stale, and publishing them again would never end.
Result<bool> is_issued_into(LedgerReader& ledger, Round round, Deadline deadline) {
    const auto rounds = ledger.rounds(deadline);
    if (!rounds) return rounds.fault();
    return std::any_of(rounds->begin(), rounds->end(), [&](const RoundRow& row) {
        return row.round == round && (row.state == RoundState::open || row.state == RoundState::closed);
    });
}

/// The group has committed all that the topic holds.
Result<bool> is_read_to_end(TopicLog& topic, Deadline deadline) {
    const auto partitions = topic.partitions(deadline);
    if (!partitions) return partitions.fault();
    return std::none_of(partitions->begin(), partitions->end(), [](const PartitionLag& one) { return one.behind() > 0; });
}

} // namespace

PublishedAgain publish_again(const std::vector<Grant>& grants, const std::optional<RoundKey>& key, Publisher& publisher, World& world,
                             const std::string& event) {
    PublishedAgain published;
    std::vector<Delivery> deliveries;
    for (std::size_t from = 0; from < grants.size() && !published.failures.denied && !world.stopping(); from += at_once) {
        const auto to = std::min(grants.size(), from + at_once);
        for (auto i = from; i < to; ++i)
            publisher.submit(i, record_of(event, grants[i], key));
        // Every submission is reported, at the latest after the message timeout, so this ends.
        while (publisher.in_flight() > 0 && !world.stopping()) {
            deliveries.clear();
            publisher.poll(deliveries, Milliseconds(100));
            for (const auto& delivery : deliveries) {
                if (delivery.report && delivery.ticket < grants.size()) published.acknowledged.push_back(grants[delivery.ticket]);
                published.failures.note(delivery.report);
            }
        }
    }
    return published;
}

Failures confirm_published(const std::vector<Grant>& grants, const std::optional<RoundKey>& key, Gate& gate, World& world,
                           Milliseconds timeout) {
    gate.expect_seal(seal_of(key));
    std::vector<GateCompletion> completions;
    Failures failures;
    for (std::size_t from = 0; from < grants.size() && !failures.denied && !world.stopping(); from += at_once) {
        const auto to = std::min(grants.size(), from + at_once);
        for (auto i = from; i < to; ++i)
            gate.submit_confirm(i, grants[i], world.now() + timeout);
        while (gate.in_flight() > 0 && !world.stopping()) {
            completions.clear();
            gate.poll(completions, Milliseconds(100));
            for (const auto& completion : completions) {
                const auto* confirmed = std::get_if<Result<ConfirmReply>>(&completion.reply);
                if (confirmed != nullptr) failures.note(*confirmed);
            }
        }
    }
    return failures;
}

Result<PendingAgain> redrive_pending(GateReader& reader, Gate& gate, Publisher& publisher, World& world, const std::string& event,
                                     Milliseconds grace, Milliseconds timeout) {
    const auto summary = reader.summary(world.now() + timeout);
    if (!summary) return summary.fault();
    if (!summary->armed() || summary->outbox == 0) return PendingAgain{};
    const auto outbox = reader.outbox(world.now() + time_for(summary->outbox, timeout));
    if (!outbox) return outbox.fault();
    const auto is_same = is_unchanged(reader, *summary, world.now() + timeout);
    if (!is_same) return is_same.fault();
    if (!*is_same) return PendingAgain{};
    const auto due = pending_to_publish_again(summary->fields.round, outbox->entries, summary->now, grace);
    auto published = publish_again(due, summary->fields.key, publisher, world, event);
    auto unconfirmed = confirm_published(published.acknowledged, summary->fields.key, gate, world, timeout);
    if (published.failures.denied) return *published.failures.denied;
    if (unconfirmed.denied) return *unconfirmed.denied;
    return PendingAgain{std::ssize(published.acknowledged), std::move(published.failures), std::move(unconfirmed)};
}

Result<PublishedAgain> redrive_missing(GateReader& reader, Publisher& publisher, TopicLog& topic, LedgerReader& ledger, World& world,
                                       const std::string& event, Milliseconds timeout) {
    const auto summary = reader.summary(world.now() + timeout);
    if (!summary) return summary.fault();
    if (!summary->armed()) return PublishedAgain{};
    // While the workers are behind, which is most of a flood, there is no need to count rows, nor to read the whole gate.
    const auto is_read = is_read_to_end(topic, world.now() + timeout);
    if (!is_read) return is_read.fault();
    if (!*is_read) return PublishedAgain{};
    const auto rows_counted = ledger.coupon_count(summary->fields.round, world.now() + timeout);
    if (!rows_counted) return rows_counted.fault();
    if (*rows_counted == summary->fields.granted) return PublishedAgain{.is_compared = true};

    // In this order a claim that stands neither in the outbox nor as a row was on the topic before it was read to its end.
    const auto claims = reader.claims(world.now() + time_for(summary->claims, timeout));
    if (!claims) return claims.fault();
    const auto outbox = reader.outbox(world.now() + time_for(summary->outbox, timeout));
    if (!outbox) return outbox.fault();
    const auto is_same = is_unchanged(reader, *summary, world.now() + timeout);
    if (!is_same) return is_same.fault();
    const auto is_issued = is_issued_into(ledger, summary->fields.round, world.now() + timeout);
    if (!is_issued) return is_issued.fault();
    if (!*is_same || !*is_issued) return PublishedAgain{};
    const auto is_still_read = is_read_to_end(topic, world.now() + timeout);
    if (!is_still_read) return is_still_read.fault();
    if (!*is_still_read) return PublishedAgain{};
    const auto rows = ledger.coupons(summary->fields.round, world.now() + time_for(summary->claims, timeout));
    if (!rows) return rows.fault();
    auto failed = ledger.failed_claims(summary->fields.round, world.now() + timeout);
    if (!failed) return failed.fault();
    // Published again, the record of a dismissed one would only fail again.
    failed->open.insert(failed->open.end(), failed->dismissed.begin(), failed->dismissed.end());

    std::vector<Grant> grants;
    for (const auto& claim : claims_to_publish_again(claims->entries, outbox->entries, *rows, failed->open)) {
        // When it was granted is forgotten with the outbox entry; the slot is the order, the time is informative.
        grants.push_back({summary->fields.round, summary->fields.epoch, claim.slot, claim.user, summary->now});
    }
    auto published = publish_again(grants, summary->fields.key, publisher, world, event);
    if (published.failures.denied) return *published.failures.denied;
    published.is_compared = true;
    return published;
}

} // namespace coupon
