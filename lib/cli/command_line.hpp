#pragma once

#include "cli/config/config_file.hpp"
#include "cli/options/spelling.hpp"
#include "core/result.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coupon {

/// What a program says about itself in --help.
struct ProgramText {
    std::string name;     ///< coupon-apply
    std::string usage;    ///< what follows the name, for example "[options] USER..."
    std::string about;    ///< what it does, a few sentences
    std::string examples; ///< two lines that work when pasted
    std::string exits;    ///< the exit codes and what they mean here
};

/// What an option is called and what it is for.
struct OptionText {
    std::string names;         ///< "-X,--kafka-property"; the last one names its key in the config file
    std::string value;         ///< what --help calls the value, for example TIME
    std::string meaning;       ///< for --help, with the default
    std::string variable = {}; ///< the environment variable that sets it; such options may stand outside of a section of the config file
};

/// Takes the text of a value; returns why it is refused, or an empty text.
using Accept = std::function<std::string(std::string_view)>;

/// One program's command line: what it accepts, where each value comes from (flag > environment > config file > default), and how it says
/// no.
///
/// CLI11 reads the arguments and nothing more. Its own order is flag > config file > environment, an unknown key of its config file passes,
/// and it blames the flag for what a variable said; so variables and config file are applied here.
class CommandLine {
public:
    enum class Asked { run, help, version };

    explicit CommandLine(ProgramText program) : program_(std::move(program)) {}

    /// The options declared after this appear under the title in --help.
    void group(std::string title) { group_ = std::move(title); }

    /// An option with a value, given at most once.
    void value(OptionText text, Accept accept);
    template <class T, class Target>
    void value(OptionText text, const Spelling<T>& spelling, Target& target) {
        value(std::move(text), accept_into(spelling, [&target](T value) { target = static_cast<Target>(std::move(value)); }));
    }
    /// An option with a value, given any number of times.
    void values(OptionText text, Accept accept);
    template <class T>
    void values(OptionText text, const Spelling<T>& spelling, std::vector<T>& target) {
        values(std::move(text), accept_into(spelling, [&target](T value) { target.push_back(std::move(value)); }));
    }
    /// An option without a value; only on the command line.
    void flag(OptionText text, bool& target);
    /// The arguments without an option, any number of them.
    template <class T>
    void arguments(OptionText text, const Spelling<T>& spelling, std::vector<T>& target) {
        arguments(std::move(text), accept_into(spelling, [&target](T value) { target.push_back(std::move(value)); }));
    }

    /// Two options that cannot be used together.
    void exclude(const std::string& one, const std::string& other) { excluded_.emplace_back(one, other); }
    /// An option that requires another one: on the command line it is an error without it.
    void require(const std::string& option, const std::string& with) { required_.emplace_back(option, with); }
    /// What is wrong with the options of a group, such as a file of theirs that cannot be read, is told to `instead` where `when` says so,
    /// and ends nothing. `when` may look at options that were declared before the group.
    void forgive(std::string group, std::function<bool()> when, std::function<void(const std::string&)> instead) {
        forgiven_.push_back({std::move(group), std::move(when), std::move(instead)});
    }
    /// The same for the config file with this flag, where all the options in `needs` are given outside of it.
    void forgive_config(std::string flag, std::vector<std::string> needs, std::function<void(const std::string&)> instead) {
        config_forgiven_ = {std::move(flag), std::move(needs), std::move(instead)};
    }
    /// Runs after all values were accepted, in the order declared: to read files, to check what options say together. Throws UsageError.
    void afterwards(std::function<void()> check) { checks_.emplace_back(group_, std::move(check)); }

    /// Reads everything. --help and --version win over all but arguments that cannot be read at all. Throws UsageError.
    [[nodiscard]] Asked parse(const std::vector<std::string>& words);

    /// Whether a value for this option came from anywhere.
    [[nodiscard]] bool given(std::string_view name) const;
    [[nodiscard]] const std::string& program() const { return program_.name; }
    [[nodiscard]] std::string help() const;

private:
    enum class Kind { once, many, flag, argument };

    struct Option {
        OptionText text;
        Kind kind = Kind::once;
        std::string group;
        Accept accept;
        std::vector<std::string> words; ///< as CLI11 found them
        bool given = false;
    };

    struct Forgiven {
        std::string group;
        std::function<bool()> when;
        std::function<void(const std::string&)> instead;
    };

    struct ForgivenConfig {
        std::string flag;
        std::vector<std::string> needs;
        std::function<void(const std::string&)> instead;
    };

    /// A value and where it came from, for the sentence that refuses it: "" or " (from COUPON_REDIS)".
    struct Sourced {
        std::string text;
        std::string origin;
    };

    template <class T, class Store>
    static Accept accept_into(const Spelling<T>& spelling, Store store) {
        return [spelling, store](std::string_view text) -> std::string {
            auto value = spelling.read(text);
            if (!value) return invalid_value(text, spelling.expected, spelling.noun);
            store(std::move(*value));
            return {};
        };
    }

    void arguments(OptionText text, Accept accept);
    void add(OptionText text, Kind kind, Accept accept);
    void read_words(const std::vector<std::string>& words);
    void refuse_empty_values(const std::vector<std::string>& words) const;
    /// The option that a mistyped or shortened name means; empty where none is near.
    [[nodiscard]] std::string nearest_option(const std::string& name) const;
    void refuse_unknown(const std::string& word) const;
    void load_config();
    void load_config_or_forgive();
    /// Runs `part`, which reads options of the group.
    void forgiving(const std::string& group, const std::function<void()>& part) const;
    void check_keys() const;
    [[nodiscard]] std::vector<Sourced> sources_of(const Option& option) const;
    void accept_values();
    void accept_value(Option& option);
    void check_together() const;
    [[nodiscard]] const Option* find(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> long_names() const;
    [[nodiscard]] static std::string label(const Option& option);

    ProgramText program_;
    std::string group_;
    std::vector<Option> options_;
    std::vector<std::pair<std::string, std::string>> excluded_;
    std::vector<std::pair<std::string, std::string>> required_;
    std::vector<std::pair<std::string, std::function<void()>>> checks_; ///< each with its group
    std::vector<Forgiven> forgiven_;
    std::optional<ForgivenConfig> config_forgiven_;
    std::string config_path_;
    std::vector<ConfigLine> config_;
};

} // namespace coupon
