#include "sim/app/options.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <cmath>
#include <utility>

namespace qslice::sim {

namespace {

/// Parses a number; the whole text must be one.
template <class Number>
std::optional<Number> number_in(std::string_view text) {
    Number value{};
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

value_rule whole_number(std::uint64_t least, std::uint64_t most) {
    std::string expected = "a whole number";
    if (most != UINT64_MAX) {
        expected += " from " + std::to_string(least) + " to " + std::to_string(most);
    } else if (least > 0) {
        expected += " of at least " + std::to_string(least);
    }
    return {std::move(expected), [least, most](std::string_view text) {
                const auto value = number_in<std::uint64_t>(text);
                return value && *value >= least && *value <= most;
            }};
}

value_rule positive_number() {
    return {"a number above 0", [](std::string_view text) {
                const auto value = number_in<double>(text);
                return value && std::isfinite(*value) && *value > 0;
            }};
}

option option::type_name(std::string name) const {
    const option named(*described_->type_name(name));
    if (name != "FILE" && name != "DIR") return named;
    // Otherwise an empty variable in a script would ask for nothing.
    return named.check({name == "FILE" ? "a file's name" : "a directory's name",
                        [](std::string_view text) { return !text.empty(); }});
}

option option::description(std::string text) const {
    return option(*described_->description(std::move(text)));
}

option option::group(std::string name) const { return option(*described_->group(name)); }

option option::check(value_rule rule) const {
    described_->check(
        [rule = std::move(rule)](const std::string& text) {
            return rule.accepts(text) ? std::string()
                                      : "expected " + rule.expected + ", found '" + text + "'";
        },
        "");
    return *this;
}

option option::one_of(const std::vector<std::string_view>& words) const {
    return option(
        *described_->check(CLI::IsMember(std::vector<std::string>(words.begin(), words.end()))));
}

option option::between(double least, double most) const {
    return option(*described_->check(CLI::Range(least, most)));
}

option option::capture_default_str() const { return option(*described_->capture_default_str()); }
option option::required() const { return option(*described_->required()); }
option option::needs(option other) const { return option(*described_->needs(other.described_)); }

option option::excludes(option other) const {
    return option(*described_->excludes(other.described_));
}

option option::delimiter(char separator) const { return option(*described_->delimiter(separator)); }

option option::allow_extra_args(bool may) const {
    return option(*described_->allow_extra_args(may));
}

template <option_value T>
option command_options::add_option(std::string names, T& value, std::string text) const {
    return option(*described_->add_option(std::move(names), value, std::move(text)));
}

template option command_options::add_option(std::string, std::string&, std::string) const;
template option command_options::add_option(std::string, std::uint64_t&, std::string) const;
template option command_options::add_option(std::string, std::uint32_t&, std::string) const;
template option command_options::add_option(std::string, double&, std::string) const;
template option command_options::add_option(std::string, std::optional<std::uint64_t>&,
                                            std::string) const;
template option command_options::add_option(std::string, std::optional<double>&, std::string) const;
template option command_options::add_option(std::string, std::vector<std::string>&,
                                            std::string) const;
template option command_options::add_option(std::string, std::vector<std::uint64_t>&,
                                            std::string) const;
template option command_options::add_option(std::string, std::vector<double>&, std::string) const;

option command_options::add_option_function(std::string names,
                                            std::function<void(const std::string&)> set,
                                            std::string text) const {
    return option(*described_->add_option_function(std::move(names), set, std::move(text)));
}

option command_options::add_flag(std::string names, bool& value, std::string text) const {
    return option(*described_->add_flag(std::move(names), value, std::move(text)));
}

option command_options::add_flag(std::string names, double& value, std::string text) const {
    return option(*described_->add_flag(std::move(names), value, std::move(text)));
}

option command_options::get_option(const std::string& name) const {
    return option(*described_->get_option(name));
}

void command_options::footer(std::string text) const { described_->footer(std::move(text)); }

command_options command_options::add_subcommand(std::string name, std::string summary,
                                                std::function<void()> chosen) const {
    CLI::App& added = *described_->add_subcommand(std::move(name), std::move(summary));
    added.callback(std::move(chosen));
    return command_options(added);
}

}  // namespace qslice::sim
