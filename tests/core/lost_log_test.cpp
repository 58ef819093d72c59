#include "core/lost_log.hpp"

#include <doctest/doctest.h>

using namespace coupon;

TEST_SUITE_BEGIN("core/lost_log");

namespace {

const RecordMark own{Instant(Milliseconds(5)), sha256("own")};
const RecordMark other{Instant(Milliseconds(5)), sha256("other")};
const RecordMark own_bytes_later{Instant(Milliseconds(6)), sha256("own")};

/// Epoch 3 began at offset 17, behind a record at 15: offset 16 is the end of a transaction.
const Fence fence{Epoch(3), 0, 17, RecordIdentity{{0, 15}, own}};

} // namespace

TEST_CASE("a log is another one where it ends below the stored offset, or holds another record before it") {
    struct Row {
        const char* what;
        PartitionLag log;
        std::optional<RecordMark> found;
        bool is_lost;
    };
    for (const auto& row : {
             Row{"the same record lies there", {0, 0, 40, {}}, own, false},
             Row{"no log begins again where it ends", {0, 0, 17, {}}, own, false},
             Row{"it was purged: nothing lies there", {0, 17, 17, {}}, {}, false},
             Row{"it ends before the offset", {0, 0, 16, {}}, {}, true},
             Row{"it is empty", {0, 0, 0, {}}, {}, true},
             Row{"it has grown beyond the offset, with another record", {0, 0, 40, {}}, other, true},
             Row{"the same bytes were written at another time", {0, 0, 40, {}}, own_bytes_later, true},
         }) {
        CAPTURE(row.what);
        CHECK(why_lost(fence, row.log, row.found).empty() != row.is_lost);
    }
    const Fence without_a_record{Epoch(3), 0, 17, {}};
    CHECK(why_lost(without_a_record, {0, 0, 40, {}}, {}).empty());
    CHECK_FALSE(why_lost(without_a_record, {0, 0, 16, {}}, {}).empty());
}

TEST_CASE("the newest offset of each partition is compared; 0 is an offset of every log") {
    const std::vector<Fence> fences{{Epoch(2), 0, 10, {}}, {Epoch(3), 0, 20, {}}, {Epoch(4), 0, 0, {}}, {Epoch(3), 1, 0, {}}};
    const auto newest = newest_offsets(fences);
    REQUIRE(newest.size() == 1);
    CHECK(newest.at(0) == fences[1]);
}

TEST_CASE("the fences of a lost log end at 0, so that every record of an earlier epoch is fenced, and none of a later fence's log") {
    std::vector<Fence> fences{{Epoch(2), 0, 10, {}}, {Epoch(3), 0, 17, fence.below}, {Epoch(3), 1, 5, {}}, {Epoch(4), 0, 2, {}}};
    begin_again_at_zero(fences, fence);
    CHECK(fences == std::vector<Fence>{{Epoch(2), 0, 0, {}}, {Epoch(3), 0, 0, {}}, {Epoch(3), 1, 5, {}}, {Epoch(4), 0, 2, {}}});
    CHECK(is_fenced(Epoch(2), {0, 0}, fences));
    // Of epoch 3, which wrote the new log up to offset 2.
    CHECK_FALSE(is_fenced(Epoch(3), {0, 1}, fences));
    CHECK_FALSE(is_fenced(Epoch(4), {0, 1}, fences));
}

TEST_CASE("a purge counts for the log it was made in") {
    const std::map<std::int32_t, std::int64_t> stored{{0, 100}};
    CHECK(stored_offset(stored, {0, 100, 100, {}}) == 100);
    CHECK(stored_offset(stored, {0, 100, 140, {}}) == 100);
    CHECK(stored_offset(stored, {0, 0, 99, {}}) == 0);
    CHECK(stored_offset(stored, {1, 0, 5, {}}) == 0);
}

TEST_CASE("a lost log is told with what was stored, what is there now, and what follows") {
    const auto text = lost_log_text(fence, why_lost(fence, {0, 0, 4, {}}, {}));
    CHECK(
        text.starts_with("partition 0: the log in which epoch 3 began at offset 17 is gone (its end is 4 now): the broker lost its data"));
    CHECK(text.ends_with("every record of an earlier epoch is fenced, and claims without a coupon are republished"));
}

TEST_SUITE_END();
