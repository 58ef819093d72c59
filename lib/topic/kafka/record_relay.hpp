#pragma once

#include "core/issue_record.hpp"
#include "topic/kafka/kafka_handle.hpp"

#include <cstddef>
#include <exception>
#include <functional>
#include <semaphore>
#include <thread>
#include <vector>

/// Private to this room.
namespace coupon {

/// Hands records to `take` on a second thread while the next ones are fetched and copied: to decode and verify a record costs as much.
/// They are taken one at a time and in their order. Used by one thread.
class RecordRelay {
public:
    using Take = std::function<void(const SourceRecord&)>;

    /// `take` outlives the relay.
    explicit RecordRelay(const Take& take);
    RecordRelay(const RecordRelay&) = delete;
    RecordRelay& operator=(const RecordRelay&) = delete;
    /// Waits for what `take` is working at. Records that were not handed over yet are dropped.
    ~RecordRelay();

    /// Copies the record. Waits where those before are not all taken yet. Throws what `take` threw.
    void add(const rd_kafka_message_t& message);
    /// Returns once all were taken. Throws what `take` threw.
    void finish();

private:
    /// Records whose memory is used again and again; the first `count` are to be taken.
    struct Batch {
        std::vector<SourceRecord> records;
        std::size_t count = 0;
        std::size_t bytes = 0;
    };

    void hand_over();
    /// Waits until the batch that was handed over is taken.
    void wait();
    void take_all(const Take& take);

    Batch coming_;  ///< of the one thread
    Batch leaving_; ///< of the other, from `handed_` to `taken_`
    std::exception_ptr failure_;
    bool is_over_ = false;
    std::binary_semaphore handed_{0};
    std::binary_semaphore taken_{1};
    std::thread taker_;
};

} // namespace coupon
