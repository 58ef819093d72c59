#include "core/foreign_records.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace coupon;

TEST_SUITE_BEGIN("core/foreign_records");

namespace {

const auto key_of_1 = RoundKey::parse("000102030405060708090a0b0c0d0e0f");
const auto key_of_2 = RoundKey::parse("101112131415161718191a1b1c1d1e1f");
const auto strange_key = RoundKey::parse("202122232425262728292a2b2c2d2e2f");

RoundRow round_with(std::int64_t round, const std::optional<RoundKey>& key) {
    RoundRow row;
    row.event = "coupon";
    row.round = Round(round);
    row.key = key;
    return row;
}

Grant grant_in(std::int64_t round) {
    return {Round(round), Epoch(1), Slot(1), UserId(7), Instant{}};
}

SourceRecord record_at(std::int64_t offset, std::int64_t round, const std::optional<RoundKey>& key, const std::string& event = "coupon") {
    return {{0, offset}, encode(record_of(event, grant_in(round), key))};
}

/// Rounds 1 and 2 have keys, round 3 was opened by a release without keys.
ForeignRecords found_among(const std::vector<SourceRecord>& records, const std::vector<RecordIdentity>& failed = {}) {
    ForeignRecordSearch search("coupon", {round_with(1, key_of_1), round_with(2, key_of_2), round_with(3, {})});
    for (const auto& record : records)
        search.take(record);
    return search.without(failed);
}

} // namespace

TEST_CASE("a record of the event that no key of the ledger signed is foreign") {
    struct Row {
        const char* what;
        SourceRecord record;
        std::int64_t foreign;
    };
    for (const auto& row : {
             Row{"signed by its round", record_at(0, 1, key_of_1), 0},
             Row{"signed by another round of this ledger", record_at(0, 1, key_of_2), 0},
             Row{"of a round without a key", record_at(0, 3, {}), 0},
             Row{"signed by a stranger", record_at(0, 1, strange_key), 1},
             Row{"signed by a stranger, of a round that is unknown here", record_at(0, 9, strange_key), 1},
             Row{"not signed", record_at(0, 2, {}), 1},
             Row{"of another event", record_at(0, 1, strange_key, "spring"), 0},
             Row{"not a record", {{0, 0}, {}}, 0},
         }) {
        CAPTURE(row.what);
        CHECK(found_among({row.record}).count == row.foreign);
    }
}

TEST_CASE("a record that a worker has kept as a failed event is foreign no longer") {
    const std::vector<SourceRecord> records{record_at(4, 1, strange_key), record_at(3, 1, strange_key), record_at(9, 1, strange_key)};
    CHECK(found_among(records) == ForeignRecords{3, {0, 3}});
    CHECK(found_among(records, {identity_of(records[1])}) == ForeignRecords{2, {0, 4}});
    // Another one that lay at the same place before the topic was made again is no reason to pass this one over.
    CHECK(found_among(records, {identity_of(record_at(3, 9, strange_key))}) == ForeignRecords{3, {0, 3}});
}

TEST_CASE("foreign records are told with their number and the first place") {
    CHECK(foreign_records_text({1, {2, 7}}) == "1 record, at 2@7,");
    CHECK(foreign_records_text({12'345, {0, 17}}) == "12,345 records, the first at 0@17,");
}

TEST_SUITE_END();
