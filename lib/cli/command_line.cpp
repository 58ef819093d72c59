#include "cli/command_line.hpp"

#include "cli/usage_error.hpp"
#include "core/escape.hpp"
#include "core/nearest_name.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace coupon {

namespace {

constexpr std::array programs{"coupon-apply", "coupon-consume", "coupon-reset", "coupon-flood", "coupon-audit"};

/// Keys that every program accepts in a config file, so that one file serves all five: a program that needs no database skips `mysql`.
constexpr std::array shared_keys{"accept-warning",
                                 "event",
                                 "topic",
                                 "group",
                                 "redis",
                                 "redis-password-file",
                                 "brokers",
                                 "kafka-property",
                                 "kafka-password-file",
                                 "mysql",
                                 "mysql-password-file",
                                 "mysql-server-key",
                                 "timeout"};

std::vector<std::string> split_names(const std::string& names) {
    std::vector<std::string> out;
    for (std::size_t begin = 0; begin <= names.size();) {
        const auto end = std::min(names.find(',', begin), names.size());
        out.push_back(names.substr(begin, end - begin));
        begin = end + 1;
    }
    return out;
}

std::string variable(const std::string& name) {
    const char* value = name.empty() ? nullptr : std::getenv(name.c_str());
    return value == nullptr ? "" : value; // an empty variable counts as unset
}

/// The long option a word begins with, without its value.
std::string name_in(const std::string& word) {
    return word.substr(0, word.find('='));
}

} // namespace

void CommandLine::value(OptionText text, Accept accept) {
    add(std::move(text), Kind::once, std::move(accept));
}

void CommandLine::values(OptionText text, Accept accept) {
    add(std::move(text), Kind::many, std::move(accept));
}

void CommandLine::flag(OptionText text, bool& target) {
    add(std::move(text), Kind::flag, [&target](std::string_view word) -> std::string {
        if (word != "true") return invalid_value(word, "the option without a value");
        target = true;
        return {};
    });
}

void CommandLine::arguments(OptionText text, Accept accept) {
    add(std::move(text), Kind::argument, std::move(accept));
}

void CommandLine::add(OptionText text, Kind kind, Accept accept) {
    options_.push_back({std::move(text), kind, group_, std::move(accept), {}, false});
}

CommandLine::Asked CommandLine::parse(const std::vector<std::string>& words) {
    group("Other");
    bool asked = false;
    value({"--config", "FILE",
           "read options from lines \"key = value\", where the key is a long name; lines below [coupon-...] are for that "
           "program only",
           "COUPON_CONFIG"},
          [](std::string_view) { return std::string(); });
    flag({"-h,--help", "", "print this help"}, asked);
    flag({"-V,--version", "", "print the versions of this program and of its libraries"}, asked);

    refuse_empty_values(words);
    read_words(words);
    if (!find("--help")->words.empty()) return Asked::help;
    if (!find("--version")->words.empty()) return Asked::version;
    load_config_or_forgive();
    accept_values();
    check_together();
    for (const auto& [group, check] : checks_)
        forgiving(group, check);
    return Asked::run;
}

void CommandLine::forgiving(const std::string& group, const std::function<void()>& part) const {
    try {
        part();
    } catch (const UsageError& error) {
        const auto rule = std::find_if(forgiven_.begin(), forgiven_.end(), [&](const Forgiven& one) { return one.group == group; });
        if (rule == forgiven_.end() || !rule->when()) throw;
        rule->instead(error.what());
    }
}

void CommandLine::load_config_or_forgive() {
    try {
        load_config();
    } catch (const UsageError& error) {
        config_.clear();
        const auto has_source = [this](const std::string& name) { return !sources_of(*find(name)).empty(); };
        const bool is_forgiven = config_forgiven_ && has_source(config_forgiven_->flag) &&
                                 std::all_of(config_forgiven_->needs.begin(), config_forgiven_->needs.end(), has_source);
        if (!is_forgiven) throw;
        config_forgiven_->instead(error.what());
    }
}

// CLI11 takes the next word as the value of "--event=", so that an unset variable in a script would swallow the option behind it.
void CommandLine::refuse_empty_values(const std::vector<std::string>& words) const {
    for (const auto& word : words) {
        if (word == "--") return;
        if (word.size() > 3 && word.back() == '=' && find(name_in(word)) != nullptr && name_in(word).size() + 1 == word.size()) {
            throw UsageError(fmt::format("{} has no value after the equals sign; is a variable empty?", name_in(word)));
        }
    }
}

void CommandLine::read_words(const std::vector<std::string>& words) {
    CLI::App app;
    app.set_help_flag();
    app.allow_extras();
    std::vector<CLI::Option*> handles;
    for (const auto& option : options_) {
        if (option.kind == Kind::flag) {
            handles.push_back(app.add_flag(option.text.names)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast));
            continue;
        }
        auto* handle = app.add_option(option.text.names)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
        // An option that may take several words cuts "[1,2]" at the comma. One that expects as many as there are words does not.
        if (option.kind == Kind::argument) handle->expected(static_cast<int>(words.size()) + 1);
        handles.push_back(handle);
    }
    try {
        app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const CLI::ArgumentMismatch&) {
        // The only mismatch left to CLI11: the last option expects a value and the line has ended, or a flag was given one it cannot read.
        const auto& last = words.back();
        const auto* option = find(last);
        if (option != nullptr && option->kind != Kind::flag)
            throw UsageError(fmt::format("{} needs a value: {}", last, option->text.value));
        throw UsageError(fmt::format("invalid option \"{}\": expected the option without a value", escape(last, 80)));
    } catch (const CLI::ParseError& error) {
        throw UsageError(escape(error.what()));
    }
    for (std::size_t i = 0; i < options_.size(); ++i)
        options_[i].words = handles[i]->results();
    for (const auto& extra : app.remaining()) {
        if (extra != "--") refuse_unknown(extra);
    }
}

std::string CommandLine::nearest_option(const std::string& name) const {
    const auto names = long_names();
    const auto is_longer = [&name](const std::string& one) { return name.size() > 3 && one.starts_with(name); };
    const auto whole = std::find_if(names.begin(), names.end(), is_longer);
    return whole == names.end() ? nearest_name(name, names) : *whole;
}

void CommandLine::refuse_unknown(const std::string& word) const {
    const bool is_option = word.size() > 1 && word.front() == '-';
    const auto near = nearest_option(is_option ? name_in(word) : "--" + word);
    const auto hint = near.empty() ? std::string("see --help") : fmt::format("did you mean {}?", near);
    if (!is_option) throw UsageError(fmt::format("unexpected argument \"{}\"; {}", escape(word, 80), hint));
    throw UsageError(fmt::format("unknown option {}; {}", escape(name_in(word), 80), hint));
}

void CommandLine::load_config() {
    const auto& option = *find("--config");
    const auto sources = sources_of(option);
    if (sources.empty()) return;
    if (sources.size() > 1) throw UsageError("--config is given more than once; give one file");
    auto lines = read_config_file(sources.front().text);
    if (!lines) throw UsageError(lines.fault().message + sources.front().origin);
    config_path_ = sources.front().text;
    for (auto& line : *lines) {
        const bool is_program = std::find(programs.begin(), programs.end(), line.section) != programs.end();
        if (!line.section.empty() && !is_program) {
            throw UsageError(fmt::format("{} line {}: unknown section [{}]; expected {}", escape(config_path_), line.number,
                                         escape(line.section, 80), fmt::join(programs, ", ")));
        }
        if (line.section.empty() || line.section == program_.name) config_.push_back(std::move(line));
    }
    check_keys();
}

void CommandLine::check_keys() const {
    for (const auto& line : config_) {
        const auto* option = find("--" + line.key);
        const bool is_shared = std::find(shared_keys.begin(), shared_keys.end(), line.key) != shared_keys.end();
        const bool is_known = option != nullptr && option->kind != Kind::flag && line.key != "config";
        const auto place = fmt::format("{} line {}", escape(config_path_), line.number);
        if (!is_known && !is_shared) {
            const auto near = option == nullptr ? nearest_name("--" + line.key, long_names()) : std::string();
            const auto hint =
                near.empty() ? "expected the long name of an option that takes a value" : fmt::format("did you mean {}?", near.substr(2));
            throw UsageError(fmt::format("{}: unknown key \"{}\"; {}", place, escape(line.key, 80), hint));
        }
        if (line.section.empty() && !is_shared) {
            throw UsageError(fmt::format("{}: \"{}\" is for one program only; write it under [{}]", place, line.key, program_.name));
        }
        const auto is_twin = [&line](const ConfigLine& other) { return other.key == line.key && other.section == line.section; };
        if (is_known && option->kind == Kind::once && std::count_if(config_.begin(), config_.end(), is_twin) > 1) {
            throw UsageError(fmt::format("{}: \"{}\" is set more than once; set it once", place, line.key));
        }
    }
}

std::vector<CommandLine::Sourced> CommandLine::sources_of(const Option& option) const {
    std::vector<Sourced> out;
    for (const auto& word : option.words)
        out.push_back({word, ""});
    if (!out.empty() || option.kind == Kind::flag || option.kind == Kind::argument) return out;
    if (const auto text = variable(option.text.variable); !text.empty()) return {{text, fmt::format(" (from {})", option.text.variable)}};
    // What stands under [program] beats what stands outside.
    for (const auto& section : {program_.name, std::string()}) {
        for (const auto& line : config_) {
            if (line.section != section || "--" + line.key != split_names(option.text.names).back()) continue;
            out.push_back({line.value, fmt::format(" (from {} line {})", escape(config_path_), line.number)});
        }
        if (!out.empty()) break;
    }
    return out;
}

void CommandLine::accept_values() {
    for (auto& option : options_)
        forgiving(option.group, [&] { accept_value(option); });
}

void CommandLine::accept_value(Option& option) {
    const auto sources = sources_of(option);
    option.given = !sources.empty();
    if (option.kind == Kind::once && sources.size() > 1) {
        throw UsageError(fmt::format("{} is given more than once; give it once", label(option)));
    }
    for (const auto& source : sources) {
        const auto complaint = option.accept(source.text);
        if (complaint.empty()) continue;
        if (option.kind == Kind::argument) throw UsageError(complaint);
        throw UsageError(fmt::format("{}{}: {}", label(option), source.origin, complaint));
    }
}

void CommandLine::check_together() const {
    for (const auto& [one, other] : excluded_) {
        if (given(one) && given(other)) throw UsageError(fmt::format("{} and {} cannot be used together", one, other));
    }
    // A line of the config file is for every run of the program, whatever this one is about.
    for (const auto& [option, with] : required_) {
        if (!find(option)->words.empty() && !given(with)) throw UsageError(fmt::format("{} requires {}", option, with));
    }
}

const CommandLine::Option* CommandLine::find(std::string_view name) const {
    for (const auto& option : options_) {
        for (const auto& own : split_names(option.text.names)) {
            if (own == name) return &option;
        }
    }
    return nullptr;
}

bool CommandLine::given(std::string_view name) const {
    const auto* option = find(name);
    return option != nullptr && option->given;
}

std::vector<std::string> CommandLine::long_names() const {
    std::vector<std::string> names;
    for (const auto& option : options_) {
        if (option.kind != Kind::argument) names.push_back(split_names(option.text.names).back());
    }
    return names;
}

std::string CommandLine::label(const Option& option) {
    return split_names(option.text.names).back();
}

} // namespace coupon
