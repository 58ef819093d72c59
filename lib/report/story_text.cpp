#include "report/story.hpp"

#include <fmt/format.h>

namespace coupon {

std::string story_text(const Story& story) {
    auto text = fmt::format("user {}, event {}, round {}: {}\n", story.user.text(), story.event, story.round ? story.round->text() : "none",
                            story.standing);
    if (!story.next.empty()) text += fmt::format("next step: {}\n", story.next);
    for (const auto& line : story.lines)
        text += fmt::format("{:<8} {}\n", line.place, line.text);
    return text;
}

} // namespace coupon
