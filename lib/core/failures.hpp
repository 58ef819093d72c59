#pragma once

#include "core/result.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace coupon {

/// How many of many calls failed, and why. The first reason stands for all of them.
struct [[nodiscard]] Failures {
    std::int64_t count = 0;
    std::optional<Fault> first;
    std::optional<Fault> denied; ///< the first refusal for a missing right, which no further try cures

    template <class T>
    void note(const Result<T>& result) {
        if (!result) note(result.fault());
    }
    void note(const Fault& fault);
    /// Those of other calls, after these.
    void add(const Failures& more);
};

/// "3 claims could not be republished: cannot connect to kafka ...", or nothing where none failed. `what`: "be republished".
[[nodiscard]] std::string text_of(const Failures& failures, const std::string& what);

} // namespace coupon
