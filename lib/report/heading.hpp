#pragma once

#include "core/instant.hpp"
#include "core/result.hpp"
#include "core/round.hpp"

#include <optional>
#include <string>

namespace coupon {

/// What stands at the head of every JSON document.
struct Heading {
    std::string schema; ///< for example coupon.audit/1
    std::string tool;
    std::string version;
    std::string event;
    std::optional<Round> round; ///< where it is known
    Instant started_at;
    Instant finished_at;
    std::string verdict;
};

/// The document of a program that could not do its work: the head and what stood in the way.
[[nodiscard]] std::string fault_json(const Heading& heading, const Fault& fault);

/// The version of the JSON library, for --version.
[[nodiscard]] std::string json_library_version();

} // namespace coupon
