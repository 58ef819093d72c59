#pragma once

#include "audit/evidence.hpp"
#include "audit/story.hpp"

#include <optional>
#include <string>

namespace coupon {

/// How a story ends: what Story says of it.
struct StoryEnding {
    Story::Ending ending = Story::Ending::cannot_tell;
    std::string standing;
    std::string next;
};

/// How it stands with one user, by everything that was read. `fate` is nullopt for somebody never seen.
[[nodiscard]] StoryEnding ending_of(const Evidence& evidence, const std::optional<Fate>& fate, const CloserLook& look);

/// "records were deleted: partition 0 begins at 1020, resets purged up to 1000". REQUIRES: the topic was read and is not whole.
[[nodiscard]] std::string gone_from_topic(const Evidence& evidence);

} // namespace coupon
