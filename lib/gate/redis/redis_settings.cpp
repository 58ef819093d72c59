#include "gate/redis/redis_settings.hpp"

#include "core/escape.hpp"
#include "gate/redis/redis_rights.hpp"

#include <array>
#include <iterator>

namespace coupon {

namespace {

/// The lines "name:value" of INFO.
SettingValues read_info(std::string_view text) {
    SettingValues values;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        const auto colon = line.find(':');
        if (line.starts_with('#') || colon == std::string_view::npos) continue;
        const auto value = line.substr(colon + 1);
        values.emplace(escape(line.substr(0, colon)), escape(value.substr(0, value.find('\r'))));
    }
    return values;
}

} // namespace

Result<GateSettings> read_gate_settings(RedisCaller& caller, const RedisOptions& options, const GateKeys& keys, Deadline deadline) {
    GateSettings settings;
    settings.address = options.address();
    settings.database = options.database;

    const auto info = caller.call(std::array<std::string_view, 1>{"INFO"}, deadline);
    if (!info) return info.fault();
    settings.values = read_info(info->text);

    std::vector<std::string_view> question{"CONFIG", "GET"};
    question.insert(question.end(), std::begin(asked_of_redis), std::end(asked_of_redis));
    const auto config = caller.call(question, deadline);
    if (!config && config.fault().kind == FaultKind::unreachable) return config.fault();
    if (config) {
        for (std::size_t i = 0; i + 1 < config->elements.size(); i += 2)
            settings.values[escape(config->elements[i].text)] = escape(config->elements[i + 1].text);
    } else {
        settings.untold = config.fault().message;
    }

    auto lacking = lacking_rights(caller, keys, all_gate_rights(), deadline);
    if (!lacking) return lacking.fault();
    settings.lacks_rights = std::move(lacking->rights);

    const auto now = read_clock(caller, deadline);
    if (!now) return now.fault();
    settings.now = *now;
    return settings;
}

} // namespace coupon
