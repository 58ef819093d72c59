#include "report/counts.hpp"

#include <fmt/format.h>

namespace coupon {

std::string counts_text(const AnswerCounts& counts) {
    std::string text;
    for (const auto answer : all_answers) {
        if (counts.of(answer) == 0) continue;
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", counts.of(answer), name_of(answer));
    }
    return text.empty() ? "none" : text;
}

Json counts_json(const AnswerCounts& counts) {
    Json object = Json::object();
    for (const auto answer : all_answers)
        object[name_of(answer)] = counts.of(answer);
    return object;
}

} // namespace coupon
