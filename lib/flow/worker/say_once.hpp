#pragma once

#include "flow/world.hpp"

#include <string>

namespace coupon {

/// Tells of a trouble when it begins, when it becomes another one, and when it is over; never again in between.
class SayOnce {
public:
    explicit SayOnce(Journal& journal) : journal_(journal) {}

    void trouble(const std::string& line) { trouble(line, line); }

    /// `reason` is what makes it another trouble; the line may have numbers that change all the time.
    void trouble(const std::string& reason, const std::string& line) {
        if (reason == last_) return;
        last_ = reason;
        journal_.warn(line);
    }

    void over(const std::string& line) {
        if (last_.empty()) return;
        last_.clear();
        journal_.info(line);
    }

private:
    Journal& journal_;
    std::string last_;
};

} // namespace coupon
