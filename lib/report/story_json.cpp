#include "report/story.hpp"

#include "report/json.hpp"

namespace coupon {

std::string story_json(const Heading& heading, const Story& story) {
    auto document = begin_document(heading);
    document["user"] = story.user.text();
    document["ending"] = name_of(story.ending);
    document["standing"] = story.standing;
    document["next"] = story.next;
    document["seen"] = Json::array();
    for (const auto& line : story.lines)
        document["seen"].push_back({{"place", line.place}, {"text", line.text}});
    return to_text(document);
}

} // namespace coupon
