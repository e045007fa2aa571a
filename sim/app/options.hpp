/// @file
/// How the sources of qslice-sim describe options: handles to CLI11's objects, named as in CLI11.
/// Its headers have 80,000 lines; only options.cpp and three more sources include them, no command
/// does.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace qslice::sim {

/// Which values an option accepts, and how an error describes them.
struct value_rule {
    std::string expected;  ///< "a whole number", printed after "expected"
    std::function<bool(std::string_view)> accepts;
};

/// Accepts whole numbers from `least` to `most`.
[[nodiscard]] value_rule whole_number(std::uint64_t least = 0, std::uint64_t most = UINT64_MAX);

/// Accepts finite numbers above 0.
[[nodiscard]] value_rule positive_number();

/// A type that the value of an option can be read into.
template <class T>
concept option_value = std::same_as<T, std::string> || std::same_as<T, std::uint64_t> ||
    std::same_as<T, std::uint32_t> || std::same_as<T, double> ||
    std::same_as<T, std::optional<std::uint64_t>> || std::same_as<T, std::optional<double>> ||
    std::same_as<T, std::vector<std::string>> || std::same_as<T, std::vector<std::uint64_t>> ||
    std::same_as<T, std::vector<double>>;

/// An option or an argument of a command; copies refer to the same option. Unless stated otherwise,
/// each function returns the option itself.
class option {
public:
    explicit option(CLI::Option& described) : described_(&described) {}

    /// Sets the name of the value in help; a "FILE" or "DIR" must not be empty.
    option type_name(std::string name) const;
    option description(std::string text) const;
    option group(std::string name) const;
    option check(value_rule rule) const;
    /// Accepts these words only; help lists them.
    option one_of(const std::vector<std::string_view>& words) const;
    /// Accepts numbers from `least` to `most`; help names both.
    option between(double least, double most) const;
    /// Makes help show the variable's current value as the default.
    option capture_default_str() const;
    option required() const;
    option needs(option other) const;
    option excludes(option other) const;
    /// The separator of several values in one argument: --seen 4,3,0.
    option delimiter(char separator) const;
    /// Whether the words after the value may be further values.
    option allow_extra_args(bool may) const;

private:
    CLI::Option* described_;
};

/// The program or one of its commands, to which options are added; copies refer to the same
/// command.
class command_options {
public:
    explicit command_options(CLI::App& described) : described_(&described) {}

    /// @param names  "-o,--output", or "SCENARIO" for a positional argument
    /// @param value  set when the command line is parsed; must live until then
    template <option_value T>
    option add_option(std::string names, T& value, std::string text) const;
    option add_option_function(std::string names, std::function<void(const std::string&)> set,
                               std::string text) const;
    option add_flag(std::string names, bool& value, std::string text) const;
    /// A flag with an optional value: "--watch{2}" sets 2, --watch=5 sets 5.
    option add_flag(std::string names, double& value, std::string text) const;
    /// An option added before.
    [[nodiscard]] option get_option(const std::string& name) const;

    /// Sets the text that help shows below the options.
    void footer(std::string text) const;

    /// @param chosen  is called when the command line names this command
    command_options add_subcommand(std::string name, std::string summary,
                                   std::function<void()> chosen) const;

    /// CLI11's own object, for the sources that include CLI11.
    [[nodiscard]] const CLI::App& described() const { return *described_; }

private:
    CLI::App* described_;
};

}  // namespace qslice::sim
