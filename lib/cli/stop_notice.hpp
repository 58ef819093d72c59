#pragma once

#include "cli/config/descriptor.hpp"
#include "cli/log.hpp"

#include <string>
#include <thread>

namespace coupon {

/// Says on stderr that the first signal was understood, at once, whatever the program is waiting for at that moment.
class StopNotice {
public:
    /// `doing` is what the program does before it ends, for example "finishing the batch". Throws a LimitReached without a thread.
    StopNotice(Log& log, std::string doing);
    StopNotice(const StopNotice&) = delete;
    StopNotice& operator=(const StopNotice&) = delete;
    ~StopNotice();

private:
    void watch() const;

    Log& log_;
    std::string doing_;
    Descriptor end_reader_; ///< readable once the notice is over
    Descriptor end_writer_;
    std::thread thread_;
};

} // namespace coupon
