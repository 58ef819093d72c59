#pragma once

#include "flow/world.hpp"

#include <string>

namespace coupon {

/// Tells of a trouble when it begins, when it becomes another one, and when it is over; never again in between.
class SayOnce {
public:
    explicit SayOnce(Journal& journal) : journal_(journal) {}

    void trouble(const std::string& line) {
        if (line == last_) return;
        last_ = line;
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
