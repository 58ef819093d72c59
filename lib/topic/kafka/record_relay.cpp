#include "topic/kafka/record_relay.hpp"

#include "core/kept_record.hpp"
#include "topic/kafka/kafka_record.hpp"

#include <utility>

namespace coupon {

namespace {

constexpr std::size_t most_at_once = 1024;
constexpr std::size_t most_bytes_at_once = std::size_t{4} << 20U;

} // namespace

RecordRelay::RecordRelay(const Take& take) : taker_([this, &take] { take_all(take); }) {}

RecordRelay::~RecordRelay() {
    taken_.acquire();
    is_over_ = true;
    handed_.release();
    taker_.join();
}

void RecordRelay::add(const rd_kafka_message_t& message) {
    if (coming_.count == coming_.records.size()) coming_.records.emplace_back();
    auto& record = coming_.records[coming_.count++];
    read_into(record, message);
    coming_.bytes += held_bytes(record.raw);
    if (coming_.count >= most_at_once || coming_.bytes >= most_bytes_at_once) hand_over();
}

void RecordRelay::finish() {
    hand_over();
    wait();
    taken_.release();
}

void RecordRelay::hand_over() {
    wait();
    // What large records took is given back.
    if (leaving_.bytes >= most_bytes_at_once) leaving_.records.clear();
    leaving_.count = leaving_.bytes = 0;
    std::swap(coming_, leaving_);
    handed_.release();
}

void RecordRelay::wait() {
    taken_.acquire();
    if (!failure_) return;
    taken_.release();
    std::rethrow_exception(std::exchange(failure_, nullptr));
}

void RecordRelay::take_all(const Take& take) {
    while (true) {
        handed_.acquire();
        if (is_over_) return;
        try {
            for (std::size_t i = 0; i < leaving_.count; ++i)
                take(leaving_.records[i]);
        } catch (...) {
            failure_ = std::current_exception();
        }
        taken_.release();
    }
}

} // namespace coupon
